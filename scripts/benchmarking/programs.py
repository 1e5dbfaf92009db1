"""Whole programs: starting up until the first sentence is tagged, and tagging a file of raw text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple, TypeVar

from benchmarking.files import Files
from benchmarking.ours import INT8, NUMPY, OURS, TORCH, implementations, instruction_sets
from postagger import PostaggerError

SCRIPTS = Path(__file__).resolve().parents[1]
KERNEL = "kernel"

_WITHOUT_KERNEL = "import sys; sys.modules['postagger_native'] = None\n"
_REPORT = """
import json, time
memory = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([time.process_time(), int(memory[0]) / 1000]))
"""

Found = TypeVar("Found")


class Start(NamedTuple):
    """From the start of a process to its first answer.

    Attributes:
        cpu: seconds, of all threads.
        memory: the peak, in MB. (A process asks the system for its own; what the system tells its parent
            includes the parent's.)
    """

    cpu: float
    memory: float


class Run(NamedTuple):
    """A run of a command: seconds of CPU time, in the program and in the system, and by the clock."""

    user: float
    system: float
    wall: float


def start_programs(files: Files) -> dict[str, str]:
    """The programs that tag one sentence, by name; and what it costs to import torch alone."""
    programs: dict[str, str] = {}
    for kind in OURS:
        answer = (
            f"from postagger import Tagger\nTagger.load({str(files.model(kind))!r}).tag(['Time', 'flies'])\n"
        )
        found = implementations(kind)
        if instruction_sets():
            programs[f"{kind}, {KERNEL}"] = answer
            if TORCH in found:
                programs[f"{kind}, {KERNEL}, torch imported too"] = "import torch\n" + answer
        programs[f"{kind}, {NUMPY}"] = _WITHOUT_KERNEL + answer
        if TORCH in found:
            programs[f"{kind}, {TORCH}"] = (
                f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
                "from benchmarking.ours import our_tagger\n"
                f"from pathlib import Path\nour_tagger(Path({str(files.model(kind))!r}), {TORCH!r})"
                ".tag(['Time', 'flies'])\n"
            )
    if TORCH in implementations(OURS[0]):
        programs["import torch, nothing else"] = "import torch\n"
    return programs


def start(program: str) -> Start:
    """Runs a program to its end; the report's own cost is a fraction of a millisecond."""
    done = subprocess.run(
        [sys.executable, "-c", program + _REPORT], check=True, stdout=subprocess.PIPE, text=True
    )
    return Start(*json.loads(done.stdout.splitlines()[-1]))


def raw_programs(files: Files) -> dict[str, list[str]]:
    """The command lines that tag `Files.raw`, by name."""
    programs: dict[str, list[str]] = {}
    for kind in OURS:
        command = ["tag", str(files.model(kind)), str(files.raw), "--format", "raw"]
        run = [sys.executable, "-m", "postagger", *command]
        found = implementations(kind)
        if instruction_sets():
            programs[f"{kind}, {KERNEL}"] = run
        if INT8 in found:
            programs[f"{kind}, {INT8}"] = [*run, "--dtype", INT8]
        without = _WITHOUT_KERNEL + "from postagger.cli import run; run()"
        programs[f"{kind}, {NUMPY}"] = [sys.executable, "-c", without, *command]
    return programs


def run_command(command: list[str]) -> Run:
    """Runs a command without its output.

    Raises:
        PostaggerError: it failed; the message is the last line that it wrote to stderr.
    """
    clock = time.perf_counter()
    with TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=complaints)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - clock
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaints.seek(0)
            raise PostaggerError(complaints.read().strip().rpartition("\n")[2])
    return Run(usage.ru_utime, usage.ru_stime, wall)


def in_turns(
    programs: Mapping[str, Found], measure: Callable[[Found], tuple[float, ...]], rounds: int
) -> dict[str, list[tuple[float, ...]]]:
    """Measures programs, one after another in each round. One that fails is left out, and stderr says why."""
    measured: dict[str, list[tuple[float, ...]]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name in list(measured):
            try:
                measured[name].append(measure(programs[name]))
            except PostaggerError as error:
                print(f"without {name}: {error}", file=sys.stderr)
                del measured[name]
    return measured
