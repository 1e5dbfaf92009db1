"""Checkpoints of a run: when its state is saved, and what happens when somebody stops it."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from postagger.io.interrupts import handle, stop
from postagger.training.distributed import world
from postagger.training.run_state import read_state, write_state

INTERVAL = 300.0
"""Seconds between two checkpoints, unless the caller wants another number."""

_SHARE = 20
"""Training takes at least so many times as long as saving its checkpoints."""

State = dict[str, Any]


class Stops:
    """Ctrl-C (SIGINT) and SIGTERM; while weights are updated, they wait until the update is done.

    Attributes:
        asked: the signal by which the run is asked to stop; 0 without.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._updating = False

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handles both signals, where they have no handler of somebody else and this is the main thread."""
        usual = {signal.SIGINT: (signal.default_int_handler, handle), signal.SIGTERM: (signal.SIG_DFL,)}
        before = {number: signal.getsignal(number) for number in usual}
        main = threading.current_thread() is threading.main_thread()
        numbers = [number for number in usual if main and before[number] in usual[number]]
        for number in numbers:
            signal.signal(number, self._handle)
        try:
            yield
        finally:
            for number in numbers:
                signal.signal(number, before[number])

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Signals wait for `asked` to be looked at; a second one does not, unless there are other processes.

        A launcher sends one to all of them as soon as the first one has ended.
        """
        self._updating = True
        try:
            yield
        finally:
            self._updating = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._updating:
            handle(number, frame)
        elif self.asked and world().size == 1:
            stop(number)
        else:
            self.asked = self.asked or number


class TrainingCheckpoint:
    """The checkpoint of one training, in a file."""

    def __init__(self, file: Path, stops: Stops | None = None, interval: float = INTERVAL) -> None:
        """
        Args:
            interval: seconds between two checkpoints; 0 saves none but when the run is stopped.
        """
        self._file = file
        self._stops = stops or Stops()
        self._interval = interval
        self._saved = time.monotonic()
        self._took = 0.0

    def read(self) -> State | None:
        """The state that was saved last; None if there is none.

        Raises:
            ModelFileError: the file is damaged, or can't be read.
        """
        return read_state(self._file) if self._file.is_file() else None

    def waiting(self) -> Any:
        """See `Stops.waiting`."""
        return self._stops.waiting()

    def visit(self, state: Callable[[], State]) -> None:
        """Saves the state if it is time, or if the run is to stop; and stops then.

        Of several processes, the first saves it, and all stop if one is asked to.

        Raises:
            KeyboardInterrupt: after SIGINT.
            SystemExit: after SIGTERM.
        """
        (asked,) = world().largest(self._stops.asked)
        since = time.monotonic() - self._saved
        due = bool(self._interval) and since >= max(self._interval, _SHARE * self._took)
        if (due or asked) and world().is_first:
            self._save(state())
        if asked:
            world().first(0)  # the others wait until it is saved
            stop(asked)

    def _save(self, state: State) -> None:
        """Saves a state. If that fails, it says so: the training is worth more than this."""
        start = time.monotonic()
        try:
            write_state(self._file, state)
        except (OSError, TypeError) as error:
            problem = (error.strerror if isinstance(error, OSError) else None) or error
            print(f"cannot write the checkpoint {self._file}: {problem}", file=sys.stderr)
        self._saved = time.monotonic()
        self._took = self._saved - start

    def remove(self) -> None:
        """Removes it, when the training is done."""
        if world().is_first:
            self._file.unlink(missing_ok=True)
