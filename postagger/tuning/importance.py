"""Which knobs matter: what tells the better trials of a search from the others."""

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
"""Of fewer nothing is said: of 20 the better quarter are five."""

BETTER = 0.25
"""Share of the trials that are the better ones."""

_SHUFFLES = 499
_BEYOND_CHANCE = 0.05


class Importance(NamedTuple):
    """How much a knob matters.

    Attributes:
        knob: its name.
        share: of the importance of all knobs, in 0..1: what is left above chance.
        p: how often chance alone would give as much, after Holm's correction for the number of knobs.
        correlation: Spearman's, of value and accuracy, in -1..1; None of a knob without an order.
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

    It is PED-ANOVA's (Watanabe et al. 2023, from Optuna): how far the values in the better quarter of the
    trials are spread otherwise than those of all trials. Unlike fANOVA it asks what makes a trial *good*:
    a variance is all about the trials that learn nothing, and would say little but that the learning
    rate can be set wrongly. A trial that failed counts among the worse ones.

    From few trials the figure is never 0, and for a knob with many values higher than for one with few.
    So what it comes to when the accuracies are shuffled among the trials is taken off, and `p` is the
    share of shuffles that give as much.

    It is meant for random search, where all values are tried as often. TPE soon tries little but what
    has done well, so of its trials the figure only tells what still made a difference among those.
    """
    if len(trials) < FEWEST_TRIALS:
        return ()
    study = new_study(space, trials)
    accuracies = np.array([value_of(run.accuracy) for run in trials])
    names = [knob.name for knob in space]
    raw = _raw(study, names, accuracies)
    rng = np.random.default_rng(0)
    shuffled = np.array([_raw(study, names, rng.permutation(accuracies)) for _ in range(shuffles)])
    # (shuffles, knobs); the order found is one of those that chance might have given
    p_values = holm(((1 + (shuffled >= raw).sum(axis=0)) / (1 + shuffles)).tolist())
    above = np.maximum(0.0, raw - shuffled.mean(axis=0))
    shares = above / total if (total := above.sum()) > 0 else above
    found = [
        Importance(knob.name, float(share), p, _correlation(knob, trials, accuracies))
        for knob, share, p in zip(space, shares, p_values, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, each.p)))


def _raw(study: Study, names: list[str], accuracies: NDArray[np.float64]) -> NDArray[np.float64]:
    """PED-ANOVA's figures, as if trial k had the k-th accuracy; ``(knobs,)``, at least 0."""
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
    """Ranks from 0 on; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: NDArray[np.float64] = counts.cumsum() - (counts + 1) / 2
    return means[place]
