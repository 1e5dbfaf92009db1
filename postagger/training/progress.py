"""Shows on stderr, or in a notebook, how far a training is and how long it will take."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Self, TypeVar

from tqdm import tqdm

from postagger.io import visible

Batch = TypeVar("Batch")

_FIRST = 5.0
"""Seconds of training after which the time left is first estimated, if stderr is not a terminal."""

_INTERVAL = 30.0
"""Seconds between later estimates."""


_REDRAWN = 1.0
"""Seconds between two states of a bar of text in a notebook, which keeps them all."""


class Progress:
    """The progress of one training: on a terminal a bar for each epoch, in a notebook one for the whole
    training, and elsewhere a line now and then.

    Used as a context, it closes the bar at the end: as one that is complete, unless there was an exception.
    """

    def __init__(self, stage: str = "", *, show: bool) -> None:
        """
        Args:
            stage: the name of the training if it is a stage of a longer one.
            show: False shows nothing.
        """
        self._prefix = visible(f"{stage}, " if stage else "")  # it may name a file
        self._show = show
        self._notebook = show and in_notebook()
        self._bar = show and (self._notebook or sys.stderr.isatty())
        self._whole: Any = None
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
        if self._notebook:
            self._whole = _notebook_bar(total=self._updates, initial=done, unit=" updates")
        elif self._show:
            before = f", {done:,} of them done before" if done else ""
            self._say(f"{_counted(epochs, 'epoch')} of {_counted(updates_per_epoch, 'update')}{before}")

    def epoch(self, number: int, batches: Sequence[Batch]) -> Iterator[Batch]:
        """Yields the batches of an epoch, and shows how many are done."""
        self._epoch = number
        title = f"{self._prefix}epoch {self._epoch} of {self._epochs}"
        if self._whole is not None:
            self._whole.set_description(title, refresh=False)
        hidden = not self._bar or self._whole is not None
        for batch in tqdm(batches, title, leave=False, disable=hidden, unit=" updates"):
            yield batch
            self._done += 1
            if self._whole is not None:
                self._whole.update()
            elif self._show and not self._bar and time.perf_counter() > self._next_line:
                self._say_time_left()

    def scored(self, dev_accuracy: float | None) -> None:
        """Shows the accuracy of the last epoch, in 0..1, beside a notebook's bar."""
        if self._whole is not None and dev_accuracy is not None:
            self._whole.set_postfix_str(f"dev {100 * dev_accuracy:.2f} %")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._whole is not None:
            if kind is None:  # it may have ended early: then its last epoch is the end
                self._whole.total = self._whole.n
                self._whole.refresh()
            self._whole.close()
            self._whole = None

    def count(self, items: Sequence[Batch], title: str) -> Iterator[Batch]:
        """Yields items of work that is no training, and shows how many are done."""
        start = time.perf_counter()
        next_line = start + _FIRST
        title_ = self._prefix + visible(title)
        if self._notebook:
            bar = _notebook_bar(items, desc=title_)
        else:
            bar = tqdm(items, title_, leave=False, disable=not self._bar)
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


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return shell is not None and "IPKernelApp" in shell.config


def _notebook_bar(*args: Any, **settings: Any) -> Any:
    """A bar drawn by ipywidgets or, without that package, as text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm warns that there is no ipywidgets
        from tqdm.auto import tqdm as chosen
        from tqdm.notebook import tqdm_notebook
    interval = 0.1 if issubclass(chosen, tqdm_notebook) else _REDRAWN
    return chosen(*args, mininterval=interval, **settings)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """An estimated time span in words.

    >>> duration(125.2), duration(7.4)
    ('about 2 min 05 s', 'about 7 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"about {minutes} min {rest:02} s" if minutes else f"about {rest} s"
