"""What a tracker is, and what it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from postagger.checkpoint import TrainingRecord
from postagger.config import Config

if TYPE_CHECKING:
    from postagger.training import EpochRecord

Value = str | int | float | bool


@dataclass(frozen=True)
class Run:
    """A training that begins, or goes on.

    Attributes:
        settings: the config, by ``section.key``; lists are text.
        facts: the corpus, its size, and the versions of postagger and torch.
        state: what `Tracker.begin` returned when the run began, if it was interrupted and goes on.
    """

    settings: Mapping[str, Value]
    facts: Mapping[str, Value] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        goes_on = ", goes on" if self.state else ""
        return f"<Run: {len(self.settings)} settings, {len(self.facts)} facts{goes_on}>"


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes:
        status: ``interrupted`` by a signal: it may go on later.
        problem: why it failed; or why it ended early, if it diverged and an earlier epoch was kept.
        record: the training record; None unless it finished.
    """

    status: Literal["finished", "interrupted", "failed"]
    problem: str = ""
    record: TrainingRecord | None = None


@runtime_checkable
class Tracker(Protocol):
    """Follows a training. A tracker that raises an exception is warned of once, and told nothing more."""

    def begin(self, run: Run) -> Mapping[str, str] | None:
        """A training begins, or goes on. All its input has been read and checked.

        Returns:
            What the tracker needs to go on with this run after an interruption, such as an identifier; it is
            kept with the run's checkpoints, if there are any.
        """

    def epoch(self, record: EpochRecord) -> None:
        """An epoch has ended. After an interruption, epochs that are done again are not told again."""

    def end(self, outcome: Outcome) -> None:
        """The training has ended, however it did. It is called once for each `begin`."""


def settings_of(config: Config) -> dict[str, Value]:
    """The settings of a config, by ``section.key``, without those that are None and the encoder's details."""
    found: dict[str, Value] = {}
    for section, settings in config.model_dump(mode="json", exclude={"model": {"pretrained"}}).items():
        if not isinstance(settings, dict):
            found |= {} if settings in (None, [], ()) else {section: str(settings)}
            continue
        for name, value in settings.items():
            if value is not None:
                found[f"{section}.{name}"] = (
                    value if isinstance(value, str | int | float | bool) else ", ".join(map(str, value))
                )
    return found


def stage_of(record: EpochRecord) -> str:
    """The stage of an epoch as a part of a name: ``training``, ``pretraining``, ``teacher 1/pretraining``."""
    return record.stage.replace(", ", "/") or "training"


def metrics_of(record: EpochRecord) -> dict[str, float]:
    """The figures of an epoch by ``stage/name``: loss, accuracy on dev (of each head), seconds."""
    stage = stage_of(record)
    found = {f"{stage}/loss": record.loss, f"{stage}/seconds": record.seconds}
    if record.dev_accuracy is not None:
        found[f"{stage}/dev_accuracy"] = record.dev_accuracy
    return found | _by_head(f"{stage}/dev_accuracy", record.dev_accuracies)


def results_of(record: TrainingRecord) -> dict[str, float]:
    """The figures of a training that has finished: the best epoch, and the accuracies of its weights."""
    found: dict[str, float] = {"best_epoch": float(record.best_epoch)}
    for name, value, by_head in (
        ("best_dev_accuracy", record.dev_accuracy, record.dev_accuracies),
        ("test_accuracy", record.test_accuracy, record.test_accuracies),
    ):
        found |= {} if value is None else {name: value}
        found |= _by_head(name, by_head)
    return found


def _by_head(name: str, scores: Mapping[str, float | None]) -> dict[str, float]:
    return {f"{name}/{plain(head)}": score for head, score in scores.items() if score is not None}


def plain(head: str) -> str:
    """The name of a head as a part of a metric's name, of characters that all trackers take."""
    text = re.sub(r"[^\w. -]", "_", head)
    return text if text.strip(". ") else "_"
