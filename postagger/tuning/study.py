"""A small interface to Optuna, which draws settings and is told their accuracy.

The study is in memory only, and runs are saved in our own format (see `folder`): after a ``kill -9``,
Optuna's log would hold trials that never end. Its dashboard gets a copy of those that have ended (`storage`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np

from postagger.errors import DataError
from postagger.extras import require
from postagger.tuning.folder import TrialRun
from postagger.tuning.space import Choice, Knob

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

Sampler = Literal["tpe", "random"]
"""``tpe``: tree-structured Parzen estimator (Bergstra et al. 2011); ``random``: independent draws."""

_WORST = 0.0
"""The value of a failed trial for Optuna: no accuracy is lower, so TPE learns to avoid it."""


def check_packages() -> None:
    """Checks before a long search that its packages are installed.

    Raises:
        PostaggerError: one is not installed.
    """
    require("train", "a search needs", "torch")
    require("tune", "a search needs", "optuna", "tomli_w")


def new_study(space: Iterable[Knob], runs: Iterable[TrialRun]) -> Study:
    """A study that holds the given runs as finished trials.

    Raises:
        DataError: the settings of a run are not from this space.
    """
    import optuna

    distributions = distributions_of(space)
    with quiet():
        study = optuna.create_study(direction="maximize")
        for run in runs:
            try:
                study.add_trial(
                    optuna.trial.create_trial(
                        params=dict(run.draw), distributions=distributions, value=value_of(run.accuracy)
                    )
                )
            except (ValueError, KeyError, TypeError):
                raise DataError(
                    f"trial {run.trial} in the folder of the search has settings that are not from this "
                    "search: remove its line from trials.jsonl"
                ) from None
    return study


def ask(study: Study, space: Iterable[Knob], sampler: Sampler, seed: int, number: int) -> Trial:
    """Draws the settings of a trial.

    The random numbers depend only on `seed` and the number of the trial. So a random search draws the
    same settings whether or not it is interrupted, and however many trials run at a time.
    """
    with quiet():
        study.sampler = _sampler(sampler, seed, number)
        return study.ask(distributions_of(space))


def tell(study: Study, trial: Trial, accuracy: float | None) -> None:
    """Tells Optuna the accuracy of a trial, or None if it failed."""
    with quiet():
        study.tell(trial, value_of(accuracy))


def value_of(accuracy: float | None) -> float:
    """The value that Optuna maximises."""
    return _WORST if accuracy is None else accuracy


@contextmanager
def quiet() -> Iterator[None]:
    """A context in which Optuna neither logs nor warns."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def distributions_of(space: Iterable[Knob]) -> dict[str, BaseDistribution]:
    """What Optuna draws each knob's value from."""
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
