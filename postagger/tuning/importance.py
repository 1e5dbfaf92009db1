"""Which knobs matter: what distinguishes the better trials of a search from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.evaluation.significance import holm
from postagger.tuning.folder import TrialRun
from postagger.tuning.space import Choice, Knob
from postagger.tuning.study import new_study, quiet, value_of

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

FEWEST_TRIALS = 20
"""With fewer trials no importance is computed: the better quarter of 20 are only five."""

BETTER = 0.25
"""Fraction of the trials that count as the better ones."""

_SHUFFLES = 499
_BEYOND_CHANCE = 0.05


class Importance(NamedTuple):
    """How much a knob matters.

    Attributes:
        knob: its name.
        share: its fraction of the importance of all knobs, in 0..1, after chance is subtracted.
        p: the probability of such an importance by chance, after Holm's correction for the number of knobs.
        correlation: Spearman's, between value and accuracy, in -1..1; None if the values have no order.
    """

    knob: str
    share: float
    p: float
    correlation: float | None

    @property
    def beyond_chance(self) -> bool:
        return self.p < _BEYOND_CHANCE


def importances(
    space: Sequence[Knob], trials: Sequence[TrialRun], *, shuffles: int = _SHUFFLES
) -> tuple[Importance, ...]:
    """The importance of every knob, the largest first; empty for fewer than `FEWEST_TRIALS` trials.

    It is the importance of PED-ANOVA (Watanabe et al. 2023, from Optuna): how far the distribution of values
    in the better quarter of the trials differs from that in all trials. Unlike fANOVA it asks what makes a
    trial *good*: variance is dominated by the trials that learn nothing, and would mostly say that the
    learning rate can be set wrongly. A failed trial counts among the worse ones.

    With few trials the figure is never 0, and it is higher for a knob with many values than for one with
    few. So the mean over random shuffles of the accuracies is subtracted, and `p` is the fraction of
    shuffles with at least the observed figure.

    It is meant for random search, where all values are equally likely. TPE soon tries mostly values that did
    well, so with TPE the figure only describes differences among those.
    """
    if len(trials) < FEWEST_TRIALS:
        return ()
    study = new_study(space, trials)
    accuracies = np.array([value_of(run.accuracy) for run in trials])
    names = [knob.name for knob in space]
    raw = _raw(study, names, accuracies)
    rng = np.random.default_rng(0)
    shuffled = np.array([_raw(study, names, rng.permutation(accuracies)) for _ in range(shuffles)])
    # shuffled: (shuffles, knobs). The observed order counts as one of the shuffles.
    p_values = holm(((1 + (shuffled >= raw).sum(axis=0)) / (1 + shuffles)).tolist())
    excess = np.maximum(0.0, raw - shuffled.mean(axis=0))
    shares = excess / total if (total := excess.sum()) > 0 else excess
    found = [
        Importance(knob.name, float(share), p, _correlation(knob, trials, accuracies))
        for knob, share, p in zip(space, shares, p_values, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, each.p)))


def _raw(study: Study, names: list[str], accuracies: NDArray[np.float64]) -> NDArray[np.float64]:
    """PED-ANOVA's importances if trial k had the k-th accuracy. Shape: (knobs,); at least 0."""
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    errors: Callable[[FrozenTrial], float] = lambda trial: -float(accuracies[trial.number])  # noqa: E731
    with quiet():
        found = get_param_importances(
            study,
            evaluator=PedAnovaImportanceEvaluator(target_quantile=BETTER),
            target=errors,
            normalize=False,
        )
    return np.array([found[name] for name in names])


def _correlation(knob: Knob, trials: Sequence[TrialRun], accuracies: NDArray[np.float64]) -> float | None:
    if isinstance(knob.values, Choice):
        return None
    values = np.array([run.draw[knob.name] for run in trials], dtype=np.float64)
    ranks = _ranks(values), _ranks(accuracies)
    if min(each.std() for each in ranks) == 0:
        return None
    return float(np.corrcoef(*ranks)[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 0; equal values get the mean of their ranks. Shape: the same as that of `values`."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: NDArray[np.float64] = counts.cumsum() - (counts + 1) / 2
    return means[place]
