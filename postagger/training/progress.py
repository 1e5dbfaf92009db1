"""Shows on stderr how far a training is and how long it will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

from postagger.io import visible

Batch = TypeVar("Batch")

_FIRST = 5.0
"""Seconds of training after which the time left is first estimated, if stderr is not a terminal."""

_INTERVAL = 30.0
"""Seconds between later estimates."""


class Progress:
    """The progress of one training: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, stage: str = "", *, show: bool) -> None:
        """
        Args:
            stage: the name of the training if it is a stage of a longer one.
            show: False shows nothing.
        """
        self._prefix = visible(f"{stage}, " if stage else "")  # it may name a file
        self._show = show
        self._bar = show and sys.stderr.isatty()
        self._epochs = self._epoch = 0
        self._updates = self._done = self._before = 0
        self._start = self._next_line = 0.0

    def start(self, epochs: int, updates_per_epoch: int, done: int = 0) -> None:
        """Shows the length of the training, which may still end earlier.

        Args:
            done: the number of updates that were made before it was interrupted.
        """
        self._epochs, self._updates = epochs, epochs * updates_per_epoch
        self._done = self._before = done
        self._start = time.perf_counter()
        self._next_line = self._start + _FIRST
        if self._show:
            before = f", {done:,} of them done before" if done else ""
            self._say(f"{_counted(epochs, 'epoch')} of {_counted(updates_per_epoch, 'update')}{before}")

    def epoch(self, number: int, batches: Sequence[Batch]) -> Iterator[Batch]:
        """Yields the batches of an epoch, and shows how many are done."""
        self._epoch = number
        title = f"{self._prefix}epoch {self._epoch} of {self._epochs}"
        for batch in tqdm(batches, title, leave=False, disable=not self._bar, unit=" updates"):
            yield batch
            self._done += 1
            if self._show and not self._bar and time.perf_counter() > self._next_line:
                self._say_time_left()

    def count(self, items: Sequence[Batch], title: str) -> Iterator[Batch]:
        """Yields items of work that is no training, and shows how many are done."""
        start = time.perf_counter()
        next_line = start + _FIRST
        bar = tqdm(items, self._prefix + visible(title), leave=False, disable=not self._bar)
        for done, item in enumerate(bar, 1):
            yield item
            now = time.perf_counter()
            if self._show and not self._bar and now > next_line and done < len(items):
                next_line = now + _INTERVAL
                self._say(f"{title}: {duration((now - start) * (len(items) - done) / done)} left")

    def _say_time_left(self) -> None:
        now = time.perf_counter()
        self._next_line = now + _INTERVAL
        left = duration((now - self._start) * (self._updates - self._done) / (self._done - self._before))
        self._say(f"epoch {self._epoch} of {self._epochs}: {left} left")

    def _say(self, line: str) -> None:
        print(self._prefix + visible(line), file=sys.stderr, flush=True)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """An estimated time span in words.

    >>> duration(125.2), duration(7.4)
    ('about 2 min 05 s', 'about 7 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"about {minutes} min {rest:02} s" if minutes else f"about {rest} s"
