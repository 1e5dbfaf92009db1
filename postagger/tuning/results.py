"""What a search found, and how far it is: plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from postagger.comparison.results import Spread
from postagger.config import Config
from postagger.corpora import Corpus
from postagger.tuning.folder import TrialRun
from postagger.tuning.importance import Importance
from postagger.tuning.space import Knob
from postagger.tuning.study import Sampler


@dataclass(frozen=True)
class TuningProgress:
    """How far a search is.

    Attributes:
        run: what has just ended.
        last: whether it is one of the last runs, with fresh seeds, and no trial of the search.
        done: trials that have ended (or last runs), those of earlier calls included.
        total: how many there will be; None if only minutes say so.
        best: the best trial so far; None if all failed.
        remaining: seconds of the clock that the whole call is likely to go on.
    """

    run: TrialRun
    last: bool
    done: int
    total: int | None
    best: TrialRun | None
    remaining: float


@dataclass(frozen=True)
class Tuning:
    """What a search found.

    Attributes:
        corpus: what it was searched on; without its test part.
        versions: of Python and packages.
        sampler: how settings were drawn.
        space: the knobs.
        config: as given.
        best_config: the same with the settings of the best trial; what `file` holds.
        file: ``best.toml``.
        trials: every trial, by number.
        best: the one with the best dev accuracy; the first of equals.
        given_again, best_again: the given config and the best one, trained with fresh seeds.
        importances: of the knobs, the largest first; empty if there were too few trials.
    """

    corpus: Corpus
    versions: dict[str, str]
    sampler: Sampler
    space: tuple[Knob, ...]
    config: Config
    best_config: Config
    file: Path
    trials: tuple[TrialRun, ...]
    best: TrialRun
    given_again: tuple[TrialRun, ...]
    best_again: tuple[TrialRun, ...]
    importances: tuple[Importance, ...]

    @property
    def origin(self) -> str:
        """One line that every table and picture carries."""
        tokens = sum(map(len, self.corpus.dev))
        traces = f", {self.corpus.traces:,} traces dropped" if self.corpus.traces else ""
        failed = sum(run.problem is not None for run in self.trials)
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return (
            f"{self.corpus.name}, dev part: {tokens:,} tokens{traces}; {len(self.trials)} trials "
            f"({self.sampler}, {failed} failed), seed {self.config.training.seed}; {versions}"
        )


def best_first(trials: Iterable[TrialRun]) -> list[TrialRun]:
    """Those that did not fail, the most accurate first."""
    good = [(-run.accuracy, run.trial, run) for run in trials if run.accuracy is not None]
    return [run for *_, run in sorted(good, key=lambda each: each[:2])]


def accuracies(runs: Iterable[TrialRun]) -> Spread | None:
    """Of the runs that did not fail; None if all did."""
    values = tuple(run.accuracy for run in runs if run.accuracy is not None)
    return Spread(values) if values else None
