"""Optuna, behind a small door: it draws settings and hears what came of them.

The study lives in memory. What is kept on disk is ours (see `folder`): after a ``kill -9`` a log of
Optuna's would hold trials that never end, and a lock that nobody lets go of.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np

from postagger.errors import PostaggerError
from postagger.tuning.folder import TrialRun
from postagger.tuning.space import Choice, Knob

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

Sampler = Literal["tpe", "random"]
"""``tpe``: tree-structured Parzen estimator (Bergstra et al. 2011); ``random``: each draw by itself."""

_WORST = 0.0
"""What Optuna is told of a trial that failed: no accuracy is worse, so TPE learns to keep away."""


def check_packages() -> None:
    """Finds out before a long search whether its packages are there.

    Raises:
        PostaggerError: one is not.
    """
    wanted = {"optuna": "optuna", "tomli_w": "tomli-w"}
    missing = [package for module, package in wanted.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise PostaggerError(f"a search needs {' and '.join(missing)}: pip install 'postagkit[tune]'")


def new_study(space: Iterable[Knob], runs: Iterable[TrialRun]) -> Study:
    """A study that knows these trials already."""
    import optuna

    distributions = _distributions(space)
    with quiet():
        study = optuna.create_study(direction="maximize")
        study.add_trials(
            optuna.trial.create_trial(
                params=dict(run.draw), distributions=distributions, value=value_of(run.accuracy)
            )
            for run in runs
        )
    return study


def ask(study: Study, space: Iterable[Knob], sampler: Sampler, seed: int, number: int) -> Trial:
    """Draws the settings of a trial.

    What chance has a part in depends on `seed` and the trial's number alone. So a random search draws
    the same whether it is interrupted or not, and however many trials run at a time.
    """
    with quiet():
        study.sampler = _sampler(sampler, seed, number)
        return study.ask(_distributions(space))


def tell(study: Study, trial: Trial, accuracy: float | None) -> None:
    """Says what came of a trial: its accuracy, or None if it failed."""
    with quiet():
        study.tell(trial, value_of(accuracy))


def value_of(accuracy: float | None) -> float:
    """What Optuna is to maximise."""
    return _WORST if accuracy is None else accuracy


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, Optuna neither logs nor warns."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _distributions(space: Iterable[Knob]) -> dict[str, BaseDistribution]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, BaseDistribution] = {}
    for knob in space:
        values = knob.values
        if isinstance(values, Choice):
            found[knob.name] = CategoricalDistribution(values.options)
        elif values.whole:
            found[knob.name] = IntDistribution(int(values.low), int(values.high), log=values.log)
        else:
            found[knob.name] = FloatDistribution(values.low, values.high, log=values.log, step=values.step)
    return found


def _sampler(name: Sampler, seed: int, number: int) -> BaseSampler:
    from optuna.samplers import RandomSampler, TPESampler

    chance = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    return RandomSampler(seed=chance) if name == "random" else TPESampler(seed=chance)
