#!/usr/bin/env python3
"""Gives readers, configs, model files and taggers what nobody would, for a long time.

A case counts as wrong if there is neither a result nor an error of the package in one line, if the result
is wrong, or if it takes more than 2 seconds of CPU or 300 MB. It is printed then, and the exit status is 1.

With atheris, cases are chosen by which lines of the package they reach, and those that reached new ones are
kept in .cache/fuzz for the next time; without it they are drawn by hypothesis.

Example:
    scripts/fuzz 600 corpus vectors
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
_STARTS = 8
KEPT = HERE.parents[1] / ".cache" / "fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "seconds", metavar="SECONDS", type=int, nargs="?", default=600, help="for all of them"
    )
    parser.add_argument("names", metavar="READER", nargs="*", help="beginnings of names; default: all")
    parser.add_argument("--only", action="store_true", help=argparse.SUPPRESS)  # in this process
    options = parser.parse_args()
    if options.only:
        return fuzz(options.names[0], options.seconds)
    names = _chosen(options.names)
    if not names:
        parser.error(f"choose from {', '.join(_chosen([]))}")
    failed = []
    for name in names:
        print(f"{name} ... ", end="", flush=True)
        command = [sys.executable, __file__, str(max(1, options.seconds // len(names))), name, "--only"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        print(_summary(done.stdout.decode(errors="replace"), wrong=done.returncode != 0), flush=True)
        failed += [name] * bool(done.returncode)
    print(f"wrong: {', '.join(failed)}" if failed else f"{len(names)} readers, nothing wrong")
    return int(bool(failed))


def _summary(output: str, *, wrong: bool) -> str:
    """The number of cases; or what was printed, without what atheris does."""
    if wrong:
        return "\n" + "\n".join(line for line in output.splitlines() if not line.startswith("INFO: "))
    found = re.findall(r"^stat::number_of_executed_units: (\d+)$|^(\d+) cases$", output, re.MULTILINE)
    return f"{sum(int(number) for numbers in found for number in numbers if number):,} cases"


def _chosen(beginnings: list[str]) -> list[str]:
    sys.path[:0] = [str(HERE.parent / "runtime")]
    from targets import TARGETS

    return [name for name in TARGETS if name.startswith(tuple(beginnings) or "")]


def fuzz(name: str, seconds: int) -> int:
    """Fuzzes one target; returns only without atheris, which ends the process."""
    try:
        import atheris
    except ImportError:
        atheris = None
    sys.path[:0] = [str(HERE.parent / "runtime")]  # whose networks some targets use
    if atheris is None:
        from targets import TARGETS
    else:
        with atheris.instrument_imports(include=["postagger"]):
            from targets import TARGETS
    warnings.simplefilter("error")
    kept = KEPT / name
    kept.mkdir(parents=True, exist_ok=True)
    for number in range(_STARTS):  # short inputs, with which it would begin, are too short for a case
        (kept / f"start-{number}").write_bytes(random.Random(number).randbytes(2000))
    memory = Path("/dev/shm")  # where waiting for the disk costs no time
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        os.chdir(folder)
        if atheris is None:
            return _drawn(TARGETS[name].test, seconds)
        one = TARGETS[name].test(timed=True).hypothesis.fuzz_one_input
        limits = [f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=4096", "-max_len=4096"]
        quiet = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], *limits, *quiet, str(kept)], _telling(one))
        atheris.Fuzz()
    return 0


def _telling(run: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """The same function; what it raises is printed with its notes."""

    def told(data: bytes) -> None:
        try:
            run(data)
        except Exception:
            traceback.print_exc()
            raise

    return told


def _drawn(make: Callable[..., Callable[[], None]], seconds: int) -> int:
    """Fuzzes with hypothesis alone."""
    from hypothesis import HealthCheck, Phase

    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        try:
            make(
                timed=True,
                max_examples=200,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )()
        except Exception:
            traceback.print_exc()
            return 1
        count += 200
    print(f"{count} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
