"""The results and the progress of a search, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from postagger.comparison.results import Spread
from postagger.config import Config
from postagger.corpora import Corpus
from postagger.errors import short
from postagger.evaluation.report import percent
from postagger.io import visible
from postagger.training.progress import duration
from postagger.tuning.folder import TrialRun
from postagger.tuning.importance import Importance
from postagger.tuning.space import Knob
from postagger.tuning.study import Sampler


@dataclass(frozen=True)
class TuningProgress:
    """The progress of a search.

    Attributes:
        run: the run that has just ended.
        last: whether it is one of the last runs, with fresh seeds, instead of a trial of the search.
        done: trials that have ended (or last runs), including those of earlier calls.
        total: how many there will be; None if the budget is given in minutes only.
        best: the best trial so far; None if all failed.
        remaining: estimated seconds until the whole call ends.
    """

    run: TrialRun
    last: bool
    done: int
    total: int | None
    best: TrialRun | None
    remaining: float

    def __str__(self) -> str:
        """The line of the command line; ``on_progress=print`` shows it in a notebook."""
        run = self.run
        what = f"trial {run.trial}"
        if self.last:
            what = f"{what if run.trial else 'given settings'}, seed {run.seed}"
        outcome = f"dev {percent(run.accuracy)} %" if run.problem is None else f"failed: {run.problem}"
        best = f"; best {percent(self.best.accuracy)} %" if self.best and not self.last else ""
        of = "" if self.total is None else f"/{self.total}"
        left = f"; {duration(self.remaining)} left" if self.remaining else ""
        return visible(f"[{self.done}{of}] {what}: {outcome}, {run.seconds:.0f} s{best}{left}")


@dataclass(frozen=True)
class Tuning:
    """The results of a search.

    Attributes:
        corpus: the corpus of the search.
        versions: the versions of Python and the packages.
        sampler: how settings were drawn.
        space: the knobs.
        config: the given config.
        best_config: the given config with the settings of the best trial.
        file: ``best.toml``, with `chosen_config`.
        trials: every trial, by number.
        best: the trial with the best dev accuracy, the first of equals.
        given_again, best_again: runs of the given config and of the best one with fresh seeds.
        importances: importances of the knobs, the largest first; empty if there were too few trials.
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

    def __repr__(self) -> str:
        best = f"best: trial {self.best.trial}, dev {100 * (self.best.accuracy or 0):.2f} %"
        better = "" if self.is_better else "no "
        where = f"{len(self.trials)} trials on {short(self.corpus.name)}"
        return f"<Tuning, {where}; {best}, {better}better than the given settings beyond chance>"

    def _repr_html_(self) -> str:
        from postagger.tuning.report import as_html

        return as_html(self)

    @property
    def is_better(self) -> bool:
        """Whether each run of the best config with a fresh seed is above each of the given one's."""
        found, given = accuracies(self.best_again), accuracies(self.given_again)
        if found is None or given is None or min(len(found.values), len(given.values)) < 2:
            return False
        return min(found.values) > max(given.values)

    @property
    def chosen_config(self) -> Config:
        """The best config, if it is better than the given one beyond chance; else the given one."""
        return self.best_config if self.is_better else self.config

    @property
    def origin(self) -> str:
        """The line that is printed with every table and picture."""
        tokens = sum(map(len, self.corpus.dev))
        traces = f", {self.corpus.traces:,} traces dropped" if self.corpus.traces else ""
        failed = sum(run.problem is not None for run in self.trials)
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return (
            f"{self.corpus.name}, dev part: {tokens:,} tokens{traces}; {len(self.trials)} trials "
            f"({self.sampler}, {failed} failed), seed {self.config.training.seed}; {versions}"
        )


def best_first(trials: Iterable[TrialRun]) -> list[TrialRun]:
    """The trials that did not fail, the most accurate first."""
    good = [(-run.accuracy, run.trial, run) for run in trials if run.accuracy is not None]
    return [run for *_, run in sorted(good, key=lambda each: each[:2])]


def accuracies(runs: Iterable[TrialRun]) -> Spread | None:
    """The accuracies of the runs that did not fail; None if all did."""
    values = tuple(run.accuracy for run in runs if run.accuracy is not None)
    return Spread(values) if values else None
