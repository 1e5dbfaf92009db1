"""Tells trackers how a training goes; a tracker that fails does not end it."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.checkpoint import TrainingRecord
from postagger.errors import ConfigError, brief, one_line
from postagger.io import read_json, write_whole
from postagger.tracking.tracker import Outcome, Run, Tracker

if TYPE_CHECKING:
    from postagger.training import EpochRecord

Hook = Callable[["EpochRecord"], None] | Tracker
"""A function that is called after every epoch, or a tracker."""

_FILE = "trackers.json"


def split_hooks(
    on_epoch: Hook | Sequence[Hook],
) -> tuple[tuple[Callable[[EpochRecord], None], ...], tuple[Tracker, ...]]:
    """The functions, and the trackers, among what is to be told of each epoch.

    Raises:
        ConfigError: something is neither.
    """
    hooks = on_epoch if isinstance(on_epoch, list | tuple) else (on_epoch,)
    functions, trackers = [], []
    for hook in hooks:
        if isinstance(hook, type) and isinstance(hook, Tracker):
            raise ConfigError(f"on_epoch: {hook.__name__} is a class: make one, as in {hook.__name__}(...)")
        if isinstance(hook, Tracker):
            trackers.append(hook)
        elif callable(hook):
            functions.append(hook)
        else:
            raise ConfigError(
                f"on_epoch must be a function that takes an EpochRecord, not {brief(hook)}; or a tracker, or "
                "a list of these"
            )
    return tuple(functions), tuple(trackers)


class Followers:
    """The trackers of a run.

    Attributes:
        record: the training record, once there is one.
    """

    def __init__(self, trackers: Sequence[Tracker], folder: Path | None = None) -> None:
        """
        Args:
            folder: that of the run's checkpoints, where it is noted what trackers have been told.
        """
        self.record: TrainingRecord | None = None
        self._trackers = dict(enumerate(trackers))
        self._file = None if folder is None else folder / _FILE
        self._states: dict[str, Mapping[str, str]] = {}
        self._told: dict[str, int] = {}

    @contextmanager
    def following(self, run: Run) -> Iterator[None]:
        """A context in which the training runs; trackers are told how it ends, whatever ends it."""
        self._begin(run)
        try:
            yield
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            problem = "" if stopped else one_line(Exception(str(error) or type(error).__name__))
            self._end(Outcome("interrupted" if stopped else "failed", problem))
            raise
        problem = "" if self.record is None else self.record.problem or ""
        self._end(Outcome("finished", problem, self.record))

    def epoch(self, record: EpochRecord) -> None:
        """Tells of an epoch, unless that was told before an interruption."""
        if self._trackers and record.epoch > self._told.get(record.stage, 0):
            self._tell("an epoch", lambda tracker: tracker.epoch(record))
            self._told[record.stage] = record.epoch
            self._note()

    def _begin(self, run: Run) -> None:
        if not self._trackers:
            return
        before = self._read()
        self._told = before.get("told", {})
        states = before.get("states", {})

        def begin(tracker: Tracker) -> None:
            key = next(
                f"{number} {_name(each)}" for number, each in self._trackers.items() if each is tracker
            )
            self._states[key] = dict(tracker.begin(replace(run, state=states.get(key, {}))) or {})

        self._tell("the start", begin)
        self._note()

    def _end(self, outcome: Outcome) -> None:
        self._tell("the end", lambda tracker: tracker.end(outcome))

    def _tell(self, what: str, tell: Callable[[Tracker], None]) -> None:
        """Tells all trackers; one that fails is warned of, and told nothing more."""
        for number, tracker in list(self._trackers.items()):
            try:
                tell(tracker)
            except Exception as error:  # whatever another package raises: a training is worth more
                del self._trackers[number]
                problem = one_line(error) or type(error).__name__
                warnings.warn(
                    f"{_name(tracker)} can't log {what}, so the training goes on without it: {problem}",
                    RuntimeWarning,
                    stacklevel=2,
                )

    def _read(self) -> dict[str, Any]:
        """What trackers were told before an interruption; nothing if that can't be read."""
        if self._file is None:
            return {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            found = read_json(self._file)
            states, told = found["states"], found["told"]
            if all(isinstance(each, dict) for each in (states, *states.values())):
                return {"states": states, "told": {str(key): int(value) for key, value in told.items()}}
        return {}

    def _note(self) -> None:
        if self._file is not None:
            content = json.dumps({"states": self._states, "told": self._told})
            with contextlib.suppress(OSError):  # then an epoch may be told twice
                write_whole(self._file, content.encode())


def _name(tracker: Tracker) -> str:
    return type(tracker).__name__
