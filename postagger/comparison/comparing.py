"""Trains several systems with several seeds and compares them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

from postagger.comparison.analysis import analyse
from postagger.comparison.plan import Plan
from postagger.comparison.results import Results
from postagger.comparison.runs import ComparisonProgress, carry_out
from postagger.comparison.systems import System
from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.io.launch import check_alone
from postagger.training.parallel import default_jobs


def compare(
    systems: Sequence[System],
    corpus: Corpus,
    *,
    seeds: int = 5,
    folds: int = 0,
    folder: str | Path,
    jobs: int | None = None,
    force: bool = False,
    keep_models: bool = False,
    on_progress: Callable[[ComparisonProgress], None] = lambda _: None,
) -> Results:
    """Trains every system with every seed, and compares their accuracy.

    (Its length is that of its arguments' description.) Each model is selected on dev and tested once. Runs
    that are already in the folder are reused, so an interrupted comparison resumes where it stopped. A run
    that fails is reported in the results, and the others continue.

    Args:
        systems: two or more systems; the ``[corpus]`` sections of configs are ignored.
        seeds: each system is trained with the seeds from 1 to this number.
        folds: the number of cross-validation folds; 0 for the corpus's own split.
        folder: where the scores and predictions of every run are saved.
        jobs: runs at a time, each in a process with one thread; default: one per core, or one on a GPU.
        force: use a folder that contains another comparison; runs that belong to both are reused.
        keep_models: save the taggers that this call trains, in one folder per system.
        on_progress: called after every run.

    Raises:
        ConfigError: the plan is invalid, or the folder contains another comparison.
        DataError: the corpus can't be split into that many folds, or the folder can't be written.
        PostaggerError: scipy is not installed, a worker was killed, or fewer than two systems have results.
    """
    check_alone("a comparison")
    plan = Plan.make(systems, corpus, seeds=seeds, folds=folds)
    folder = Path(folder)
    plan.claim(folder, force=force)
    jobs = jobs or min(default_jobs(device) for device in plan.devices.values() or ["cpu"])
    if jobs > 1:
        _check_picklable(systems)
    failures = carry_out(plan, folder, jobs=jobs, keep_models=keep_models, on_progress=on_progress)
    return analyse(plan, folder, failures)


def _check_picklable(systems: Sequence[System]) -> None:
    """Checks that systems can be sent to worker processes.

    Raises:
        ConfigError: one can't.
    """
    for system in systems:
        try:
            pickle.dumps(system)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ConfigError(
                f"the system {system.name!r} can't be sent to worker processes ({error}): define its "
                "class and those of its attributes at the top of a module, or use one job"
            ) from None
