"""Starts `postagger serve` and watches its memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_READY = re.compile(r"serving .* at (http://\S+)")


class Running:
    """A server that runs.

    Attributes:
        url: where it serves.
    """

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def memory(self) -> tuple[float, float]:
        """Megabytes of all its processes: the sum of what each holds, and that with what they share once."""
        return self._sum("Rss"), self._sum("Pss")

    def seconds(self) -> float:
        """Processor time of all its processes."""
        ticks = 0
        for process in [self.process.pid, *self._workers()]:
            fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _sum(self, what: str) -> float:
        kilobytes = 0
        for process in [self.process.pid, *self._workers()]:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))
        return kilobytes / 1000

    def _workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in children.read_text(encoding="ascii").split()]


@contextmanager
def running(models: list[str], options: list[str], core: int | None = None) -> Iterator[Running]:
    """Runs a server on a free port, and stops it at the end.

    Args:
        core: the only core that it may use.
    """
    command = [sys.executable, "-m", "postagger", "serve", *models, "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        assert process.stderr is not None
        line = process.stderr.readline()
        found = _READY.search(line)
        if found is None:
            raise SystemExit(f"the server did not start: {line}{process.stderr.read()}")
        yield Running(process, found[1])
        if process.poll() is not None:
            raise SystemExit(f"the server ended with status {process.returncode}: {process.stderr.read()}")
    finally:
        process.terminate()
        process.wait(60)
