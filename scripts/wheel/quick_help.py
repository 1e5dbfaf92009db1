"""Checks that help, the version and usage errors import neither torch nor NLTK; prints how long help takes.

Run it in an environment in which the package is installed.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import time

CALLS = {
    "--version": 0,
    "--help": 0,
    "train --help": 0,
    "": 2,
    "trian": 2,
    "train": 2,
    "train window --epochs 5": 2,
    "explain": 2,
    "compare window --seeds none": 2,
}
"""Arguments of the command, with the expected exit status."""

SLOW = ("torch", "nltk")


def status(arguments: str) -> object:
    """The command's exit status; its output is discarded."""
    from postagger.cli import main

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return main(arguments.split())
        except SystemExit as stop:
            return stop.code or 0


def fastest(command: list[str], times: int = 5) -> float:
    """Seconds of the fastest of several runs, the one least disturbed by other processes."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> int:
    found = []
    for arguments, expected in CALLS.items():
        command = f"postagger {arguments}".rstrip()
        got = status(arguments)
        if got != expected:
            found.append(f"{command}: exit status {got}, expected {expected}")
        loaded = [name for name in SLOW if name in sys.modules]
        if loaded:
            found.append(f"{command}: imports {' and '.join(loaded)}")
            break  # they stay imported, so the remaining calls can't be checked
    seconds = fastest(["postagger", "--help"])
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"{len(CALLS)} calls checked, {len(found)} problems; postagger --help takes {seconds:.2f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
