"""Reads the metrics that trainings have written: a line of JSON for each epoch."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from postagger.errors import DataError, brief, short
from postagger.io import parse_json

_ENDING = ".metrics.jsonl"
_LONGEST = 64 * 2**20
"""Bytes of a file that is read; a line has about 200."""


class LoggedEpoch(NamedTuple):
    """One epoch.

    Attributes:
        epoch: its number, from 1.
        loss: the training loss in nats per token.
        dev_accuracy: in 0..1 after it, the mean of several heads; None without a dev part.
        seconds: since the training began.
    """

    epoch: int
    loss: float
    dev_accuracy: float | None
    seconds: float


class LoggedRun(NamedTuple):
    """A training, or a stage before it, as its log has it.

    Attributes:
        name: of the model, and of the stage.
        epochs: those that are finished, in order.
        best_epoch: the one whose weights were kept; None of a stage, or while the training goes on.
        finished: whether the training has ended.
    """

    name: str
    epochs: tuple[LoggedEpoch, ...]
    best_epoch: int | None
    finished: bool

    def __repr__(self) -> str:
        best = "" if self.best_epoch is None else f", best {self.best_epoch}"
        state = "finished" if self.finished else "not finished"
        return f"<LoggedRun {short(self.name)}: {len(self.epochs)} epochs{best}, {state}>"


def read_runs(given: Iterable[str | Path]) -> list[LoggedRun]:
    """Reads the metrics of trainings; those of a stage before a training are a run of their own.

    Args:
        given: files ``NAME.metrics.jsonl`` (or ``NAME.metrics.jsonl.part``, of a training that goes on or was
            stopped), or model files beside which they are.

    Raises:
        DataError: there is no such file, or it has no epochs.
    """
    files = [_metrics_file(Path(each)) for each in given]
    return [run for file, name in zip(files, _names(files), strict=True) for run in _runs_of(file, name)]


def _metrics_file(given: Path) -> Path:
    """The metrics of a training, by their own name or the model's."""
    stem = given.name.removesuffix(".safetensors")
    candidates = [given.with_name(f"{stem}{_ENDING}"), given.with_name(f"{stem}{_ENDING}.part")]
    if given.name.endswith((".jsonl", ".jsonl.part")):
        candidates = [given, given.with_name(f"{given.name}.part")]
    found = next((each for each in candidates if each.is_file()), None)
    if found is None:
        raise DataError(
            f"there are no metrics of {given}: postagger train writes them beside the model, as "
            f"{candidates[0]}"
        )
    return found


def _names(files: Sequence[Path]) -> list[str]:
    """What the runs are called: the model's name, after its folder's where two have the same."""
    stems = [
        file.name.removesuffix(".part").removesuffix(".jsonl").removesuffix(".metrics") for file in files
    ]
    return [
        str(file.parent / stem) if stems.count(stem) > 1 else stem
        for file, stem in zip(files, stems, strict=True)
    ]


def _runs_of(file: Path, name: str) -> Iterator[LoggedRun]:
    lines = list(_records(file))
    epochs = [each for each in lines if "epoch" in each]
    last = next((each for each in lines if "best_epoch" in each), None)
    if not epochs:
        raise DataError(f"{file} has no epochs yet: wait for the end of the first one")
    for stage, group in itertools.groupby(epochs, lambda each: each.get("stage") or ""):
        found = tuple(_epoch(file, each) for each in group)
        best = None if stage or last is None else last["best_epoch"]
        yield LoggedRun(f"{name}, {stage}" if stage else name, found, best, bool(stage) or last is not None)


def _records(file: Path) -> Iterator[dict[str, Any]]:
    """Yields the lines' objects. The last line of a training that goes on may be incomplete.

    Raises:
        DataError: the file can't be read, or another line is damaged.
    """
    try:
        with file.open("rb") as opened:
            lines = opened.read(_LONGEST).splitlines()
    except OSError as error:
        raise DataError(f"{file} can't be read: {error.strerror or error}") from None
    for number, line in enumerate(lines, 1):
        try:
            record = parse_json(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            yield record
        elif number < len(lines) or not file.name.endswith(".part"):
            raise DataError(f"{file}:{number} is no line of metrics: {brief(line.decode(errors='replace'))}")


def _epoch(file: Path, record: dict[str, Any]) -> LoggedEpoch:
    """
    Raises:
        DataError: a number is missing or out of bounds.
    """
    accuracy = record.get("dev_accuracy")
    right = type(record["epoch"]) is int and all(_is_number(record.get(name)) for name in ("loss", "seconds"))
    if not right or not (accuracy is None or (_is_number(accuracy) and 0 <= accuracy <= 1)):
        raise DataError(f"{file} has an epoch that is none: {brief(record)}")
    return LoggedEpoch(record["epoch"], float(record["loss"]), accuracy, float(record["seconds"]))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
