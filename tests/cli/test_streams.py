"""Closed and full streams, no home, and a Ctrl-C at any time: no traceback, and nothing lost in silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from postagger import Tagger, load_corpus

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell's redirections are tried")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    Tagger.train(load_corpus("sample").train[:50], {"training": {"epochs": 1}}).save(path)
    return str(path)


def shell(line: str, model: str) -> subprocess.CompletedProcess[str]:
    line = line.replace("postagger", f"{sys.executable} -m postagger").replace("MODEL", model)
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("echo dog | postagger tag MODEL >&-", 1, "postagger: stdout is closed, so results would be lost"),
        ("postagger evaluate MODEL sample --json >&-", 1, "postagger: stdout is closed"),
        ("postagger tag MODEL <&-", 1, "postagger: stdin is closed: name a file to tag"),
        ("echo dog | postagger tag MODEL >/dev/full", 1, "No space left on device"),
        ("postagger info MODEL >/dev/full", 1, "No space left on device"),
        ("postagger info MODEL 2>&-", 0, ""),
        ("postagger info nothing 2>&-", 1, ""),
        ("echo dog | postagger tag MODEL 2>&-", 0, ""),
        ("yes dog | head -50000 | postagger tag MODEL | head -1", 0, ""),
        ("echo 'Ärger 食' | env -u HOME LC_ALL=C postagger tag MODEL", 0, ""),
    ],
)
def test_streams(line: str, status: int, message: str, model: str) -> None:
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    done = shell(line, model)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert message in done.stderr
    if status == 0 and " tag " in line:
        assert done.stdout.startswith(("dog/", "Ärger/"))


@pytest.mark.parametrize("wait", [0.05, 0.1, 0.2, 0.5, 1.0, 2.0])
def test_ctrl_c_at_any_time(wait: float, tmp_path: Path) -> None:
    """From the first line of the program on; before it, Python itself is starting."""
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"  # it may be ignored here
        "from postagger.__main__ import run; print('starting', flush=True); run()"
    )
    command = [sys.executable, "-c", program, "train", "window", "--set", "corpus.name=sample"]
    command += ["-o", str(tmp_path / "m.safetensors")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "starting\n"
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in errors
