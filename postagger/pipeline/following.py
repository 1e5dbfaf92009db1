"""Trackers follow the stages of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from postagger.checkpoint import TrainingRecord
from postagger.pipeline.material import Reporter
from postagger.pipeline.stages import Plan
from postagger.tracking import Followers, Run
from postagger.tracking.tracker import Value, settings_of
from postagger.training import EpochRecord
from postagger.version import __version__


class Followed:
    """A run with its reporter, which also tells the trackers.

    Attributes:
        reporter: tells functions and trackers of each epoch.
    """

    def __init__(self, reporter: Reporter, followers: Followers) -> None:
        self._followers = followers

        def on_epoch(record: EpochRecord) -> None:
            followers.epoch(record)
            reporter.on_epoch(record)

        self.reporter = replace(reporter, on_epoch=on_epoch) if reporter.trackers else reporter

    def finished(self, record: TrainingRecord) -> None:
        self._followers.record = record


@contextmanager
def followed(plan: Plan, reporter: Reporter, folder: Path | None) -> Iterator[Followed]:
    """A context in which trackers follow the plan.

    Args:
        folder: that of the run's checkpoints, if there are any.
    """
    followers = Followers(reporter.trackers, folder)
    with followers.following(_run_of(plan)):
        yield Followed(reporter, followers)


def _run_of(plan: Plan) -> Run:
    last = plan.stages[-1]
    facts: dict[str, Value] = {"postagger": __version__, "torch": str(torch.__version__)}
    if last.corpus is not None:
        facts |= {"corpus": last.corpus.name, "train_sentences": len(last.corpus.train)}
    return Run({} if last.material is None else settings_of(last.material.config), facts)
