"""Pages in a browser: they fit a phone and a wide screen, and can be read in the light and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import page_browser
import pytest
from fake_results import FIVE, LADDER, ready_pictures, ready_results
from page_browser import Browser, browsing

from postagger import Config, Corpus, Tagger
from postagger.comparison import evaluation_page
from postagger.comparison.report import as_html

CONTRAST = Path(page_browser.__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("downloads")) as found:
        yield found


@pytest.fixture(scope="module")
def files(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    tagger = Tagger.train(tiny_corpus, tiny_config())
    pages = {
        "five": as_html(ready_results(*FIVE), ready_pictures(*FIVE)),
        "ladder": as_html(ready_results(*LADDER), ready_pictures(*LADDER)),
        "evaluation": evaluation_page(tagger.evaluate_on(tiny_corpus), name="window", title="window on tiny"),
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.mark.parametrize("name", ["five", "ladder", "evaluation"])
def test_pages_fit_their_screen_and_can_be_read(name: str, files: dict[str, Path], browser: Browser) -> None:
    for width in (400, 1200, 1800):
        for dark in (False, True):
            browser.look(width=width, dark=dark)
            browser.open(files[name].as_uri())
            browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true })")
            assert browser.run("return document.documentElement.scrollWidth") <= width
            seen, poor = browser.run(CONTRAST)
            assert seen > 100
            assert poor == []


def test_a_phone_has_pictures_of_its_own(files: dict[str, Path], browser: Browser) -> None:
    script = (
        "return [...document.querySelectorAll('figure svg')]"
        ".filter((e) => e.checkVisibility()).map((e) => {0})"
    )
    for width in (400, 1200):
        browser.look(width=width)
        browser.open(files["five"].as_uri())
        widths = browser.run(script.replace("{0}", "e.getBoundingClientRect().width"))
        natural = browser.run(script.replace("{0}", "e.viewBox.baseVal.width * 4 / 3"))
        assert len(widths) == len(ready_pictures(*FIVE))
        assert max(widths) <= width - 2 * 16
        # Nothing is drawn so small that its text can't be read: 9 points are 12 pixels.
        assert min(seen / drawn for seen, drawn in zip(widths, natural, strict=True)) > 0.9


def test_pictures_are_drawn_in_the_colours_of_the_page(files: dict[str, Path], browser: Browser) -> None:
    script = (
        "return [...document.querySelectorAll('.wide-picture text')]"
        ".map((each) => getComputedStyle(each).fill)"
    )
    colours = []
    for dark in (False, True):
        browser.look(width=1200, dark=dark)
        browser.open(files["five"].as_uri())
        colours.append(set(browser.run(script)))
    assert colours == [{"rgb(34, 34, 34)"}, {"rgb(230, 232, 235)"}]


def test_a_wide_table_scrolls_by_itself(files: dict[str, Path], browser: Browser) -> None:
    browser.look(width=400)
    browser.open(files["ladder"].as_uri())
    room, whole = browser.run(
        "const e = document.querySelector('.wide'); return [e.clientWidth, e.scrollWidth]"
    )
    assert room <= 400 < whole
