"""A headless Chromium for the tests of the page, and the server that it asks."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

_PATIENCE = 20.0
"""Seconds that a busy machine may take for what takes a moment."""

_WHEN_AT_REST = """
const [element, done] = arguments;
let last = null, frames = 0;
function look() {
  element.scrollIntoView({ block: "nearest", behavior: "instant" });
  const box = element.getBoundingClientRect(), now = `${box.left} ${box.top} ${box.width} ${box.height}`;
  frames = now === last ? frames + 1 : 0;
  last = now;
  if (frames === 3) done(); else requestAnimationFrame(look);
}
look();
"""


@contextlib.contextmanager
def serving(models: Sequence[str], *options: str) -> Iterator[str]:
    """Runs ``postagger serve`` at a free port, and gives its address."""
    command = [sys.executable, "-m", "postagger", "serve", *models, "--port", "0", *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        try:
            said = []
            for line in server.stderr:
                said.append(line)
                found = re.search(r" at (http://\S+)", line)
                if found:
                    yield found[1]
                    break
            else:
                pytest.fail(f"the server has not started: {''.join(said)}")
        finally:
            server.kill()  # how it stops is tested elsewhere, and takes a while with torch
            server.communicate(timeout=_PATIENCE)


@contextlib.contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """Runs Chromium, or skips the test where it is not installed.

    Args:
        folder: where downloads go.
    """
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium (the extra test)")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("needs Chromium and chromedriver (Debian's packages chromium and chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("headless=new", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars"):
        options.add_argument(f"--{argument}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(chromedriver))
    try:
        yield Browser(driver, folder)
    finally:
        driver.quit()


class Browser:
    """What the tests do with the page."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self._driver = driver
        self._folder = folder
        self._tell("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def _tell(self, command: str, **settings: Any) -> None:
        self._driver.execute_cdp_cmd(command, settings)

    def look(self, *, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        """Sets the size of the window, and the theme of the system."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._tell("Emulation.setDeviceMetricsOverride", **size)
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self._tell("Emulation.setEmulatedMedia", features=[theme, still])

    def offline(self, is_offline: bool) -> None:
        self._tell("Network.enable")
        self._tell(
            "Network.emulateNetworkConditions",
            offline=is_offline,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def open(self, address: str) -> None:
        self._driver.get("about:blank")  # so that another part after # is another page
        self._driver.get(address)
        # get() is told of a load, but now and then of that of the empty page.
        script = "return location.href !== 'about:blank' && document.readyState === 'complete'"
        self.wait(lambda: self.run(script))

    def run(self, script: str, *arguments: Any) -> Any:
        return self._driver.execute_script(script, *arguments)

    def press(self, *keys: str) -> None:
        """Presses keys, wherever the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self._driver, duration=0).send_keys(*keys).perform()

    def _at_rest(self, selector: str) -> Any:
        """Scrolls to an element, and gives it when it stays where it is.

        Sentences out of sight have an estimated height until they are scrolled to, so that what is below
        them moves: a click would hit the place where it was.
        """
        element = self._driver.find_element("css selector", selector)
        self._driver.execute_async_script(_WHEN_AT_REST, element)
        return element

    def click(self, selector: str) -> None:
        self._at_rest(selector).click()

    def hover(self, selector: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        element = self._at_rest(selector)
        ActionChains(self._driver, duration=0).move_to_element(element).perform()

    def choose(self, name: str, value: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self._driver.find_element("id", name)).select_by_value(value)

    def type(self, text: str) -> None:
        """Replaces the text, as a paste does: in one event."""
        self.run(
            "const t = document.getElementById('text'); t.value = arguments[0];"
            "t.dispatchEvent(new Event('input', { bubbles: true }))",
            text,
        )

    def text(self, selector: str) -> str:
        """The text that can be seen of the first such element; none if there is no such element now."""
        script = (
            "const e = document.querySelector(arguments[0]); return e?.checkVisibility() ? e.innerText : ''"
        )
        return str(self.run(script, selector)).replace("\xa0", " ").strip()

    def texts(self, selector: str) -> list[str]:
        """The text of each element, also of what is only heard."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)", selector
        )
        return found

    def tags(self, which: str = ".tag:not(.second)") -> list[str]:
        return self.texts(f"#tagged .token > {which}")

    def focused(self) -> str:
        """The text of the element that has the focus."""
        return str(self.run("return document.activeElement.textContent"))

    def wait(self, found: Callable[[], T], wanted: Callable[[T], bool] = bool) -> T:
        """Waits until something is as wanted, and gives it."""
        end = time.monotonic() + _PATIENCE
        while True:
            last = found()
            if wanted(last):
                return last
            if time.monotonic() > end:
                pytest.fail(f"after {_PATIENCE} s there is still {last!r}; seen: {self.text('body')[:2000]}")
            time.sleep(0.02)

    def wait_for(self, selector: str, text: str) -> str:
        """Waits for an element that contains a text."""
        return self.wait(lambda: self.text(selector), lambda there: text in there)

    def wait_for_words(self, text: str) -> None:
        """Waits until the words of a text are those that are tagged."""
        wanted = "".join(text.split())
        self.wait(lambda: "".join(self.texts("#tagged .word")), lambda words: words == wanted)

    def download(self, form: str) -> str:
        """Clicks on a download, and gives the file's text."""
        file = self._folder / f"tagged.{form}"
        file.unlink(missing_ok=True)
        self.click(f"[data-form={form}]")
        self.wait(file.exists)
        return file.read_bytes().decode()

    def errors(self) -> list[str]:
        """What the console has complained of since the last call."""
        return [entry["message"] for entry in self._driver.get_log("browser") if entry["level"] != "INFO"]

    def requests(self) -> set[str]:
        """The addresses that were asked since the last call."""
        entries = (json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance"))
        return {
            entry["params"]["request"]["url"]
            for entry in entries
            if entry["method"] == "Network.requestWillBeSent"
        }
