"""Runs of ``postagger tag -o DIR`` that are stopped midway."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds after which a run that does not do what it should is a failure."""


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run in a session of its own, whose processes are all gone when the block ends."""
    command = [sys.executable, "-m", "postagger", "tag", "en", *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit status and stderr of a run."""
    with started(folder, *arguments) as process:
        _, stderr = process.communicate(timeout=PATIENCE)
        return process.returncode, stderr


def until(condition: Callable[[], Any]) -> Any:
    """Waits until something is true, and returns it."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "this takes too long"
        time.sleep(0.005)
    return found


def being_written(folder: Path) -> dict[str, int]:
    """The outputs that are being written, and the processes that write them."""
    found = {}
    for file in folder.rglob(".*.part"):
        name, _, number, _, _ = file.name.removeprefix(".").rsplit(".", 4)
        found[name.removesuffix(f".{os.uname().nodename}")] = int(number)
    return found


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def complete(folder: Path) -> dict[str, bytes]:
    """The contents of the outputs that the record has."""
    record = folder / ".postagger.jsonl"
    lines = record.read_text().splitlines() if record.exists() else []
    names = [json.loads(line)["output"] for line in lines if line]
    return {name: (folder / name).read_bytes() for name in names}


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
