"""A program that runs commands, each time with a Ctrl-C at another place, and prints how they ended as JSON.

It is given a JSON list of trials: the command's arguments, a place, and a number, so that the signal comes at
the number-th event of the interpreter in functions whose ``file:name`` ends with the place. An event is the
call of a function in Python, or the return of one in C: there, the interpreter looks for signals. Without a
place, the number is a share of all events of the command. Each trial is a fork of this small process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from types import FrameType
from typing import Any, TextIO


def interrupt(place: str, number: float) -> list[int]:
    """From now on counts events in a list of one number, and sends the signal."""
    events = [0]

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event in ("call", "c_return"):
            code = frame.f_code
            if not place or f"{code.co_filename}:{code.co_name}".endswith(place):
                events[0] += 1
                if events[0] == number:
                    sys.setprofile(None)
                    signal.raise_signal(signal.SIGINT)

    sys.setprofile(look)
    return events


def start(arguments: list[str], place: str, number: float, errors: TextIO) -> None:
    """The command, in a process of its own, which ends as the command does."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream, file in ((0, nothing), (1, nothing), (2, errors.fileno())):
        os.dup2(file, stream)
    sys.argv = ["postagger", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored here
    from postagger.__main__ import run

    events = interrupt(place, number)
    try:
        run()
    finally:
        sys.setprofile(None)
        if not number:
            print(events[0], file=sys.stderr)


def trial(arguments: list[str], place: str, number: float) -> tuple[int, str] | None:
    """The exit status and stderr of a command; None in the process of the command."""
    with tempfile.TemporaryFile("w+") as errors:
        process = os.fork()
        if process == 0:
            start(arguments, place, number, errors)
            return None
        _, status = os.waitpid(process, 0)
        errors.seek(0)
        return os.waitstatus_to_exitcode(status), errors.read()


def main() -> None:
    totals: dict[str, int] = {}
    results = []
    for arguments, place, given in json.loads(sys.argv[1]):
        number, key = given, json.dumps(arguments)
        if not place:
            if key not in totals:
                counted = trial(arguments, "", 0)
                assert counted is not None
                totals[key] = int(counted[1].split()[-1])
            number = int(given * totals[key])
        results.append(trial(arguments, place, number))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
