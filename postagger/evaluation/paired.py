"""Whether one tagger is better than another, or only luckier: a p-value and an interval that never disagree.

Two methods are used, because each covers what the other does not. Approximate randomisation swaps the
predictions of the two in random units (documents or sentences): it is exact for few units, but takes the
trained taggers as they are. The bootstrap draws units and seeds anew: it covers other seeds too, but is rough
for few units or seeds. Each gives draws of the difference, whose signs give a p-value and whose middle is an
interval. Of the two, the larger p and the wider interval count.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.errors import DataError
from postagger.evaluation.significance import (
    RESAMPLES,
    Numbers,
    check_resamples,
    drawn_accuracies,
    need_units,
    rows_at_once,
)

LEVEL = 0.05
"""A difference is more than chance if p is below this."""

_DECIMALS = 9
"""Sums of tokens that agree to this many decimals differ only by rounding."""


class Draws:
    """What a difference could have been: a p-value and intervals from the same numbers."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        """
        Args:
            values: draws besides the one that was observed.
        """
        self._values = np.sort(values)

    @property
    def p(self) -> float:
        """Twice the part of the draws on the other side of 0 or at 0, plus the observed one; at most 1."""
        beyond = min(np.count_nonzero(self._values <= 0), np.count_nonzero(self._values >= 0))
        return float(self._p_of(np.array(beyond)))

    def interval(self, tests: int = 1) -> tuple[float, float]:
        """The interval without the draws that are most extreme, a part of ``LEVEL / tests`` of them.

        It excludes 0 exactly if ``tests * p`` is below `LEVEL`.

        Args:
            tests: how many tests it is corrected for, after Bonferroni or Holm (`holm_steps`).
        """
        if not len(self._values):
            return 0.0, 0.0
        left_out = int(np.count_nonzero(tests * self._p_of(np.arange(len(self._values))) < LEVEL))
        if not left_out:  # too few draws: whatever they are, 0 is possible
            return min(float(self._values[0]), 0.0), max(float(self._values[-1]), 0.0)
        return float(self._values[left_out - 1]), float(self._values[-left_out])

    def _p_of(self, beyond: NDArray[np.int64]) -> NDArray[np.float64]:
        p: NDArray[np.float64] = np.minimum(1.0, 2 * (1 + beyond) / (1 + len(self._values)))
        return p


class DifferenceTest(NamedTuple):
    """A test of the difference between two taggers; see `difference_test`."""

    randomised: Draws
    bootstrapped: Draws

    @property
    def p(self) -> float:
        """The probability, two-sided, of a difference at least as large between equally good taggers; the
        larger one of two methods."""
        return max(each.p for each in self)

    def interval(self, tests: int = 1) -> tuple[float, float]:
        """The interval of the difference, in -1..1, at a confidence of ``1 - LEVEL / tests``; the hull of two
        methods. It excludes 0 exactly if ``tests * p`` is below `LEVEL`."""
        lows, highs = zip(*(each.interval(tests) for each in self), strict=True)
        return min(lows), max(highs)


def difference_test(
    first: Numbers, second: Numbers, tokens: Numbers, *, resamples: int = RESAMPLES, seed: int = 0
) -> DifferenceTest:
    """Tests the first tagger's mean accuracy minus the second's, by randomisation and by bootstrap.

    Args:
        first, second: tokens that the tagger of each seed got right in each unit, the same units in
            the same order. Shape: (seeds, units); the numbers of seeds may differ.
        tokens: number of tokens in each unit; units without tokens are ignored. Shape: (units,).
        resamples: number of draws of each method.
        seed: seed of the draws.

    Raises:
        ConfigError: resamples is below 1.
        DataError: the shapes don't match, there is no seed or no token, or a count exceeds its tokens.
    """
    bootstrapped = bootstrap(first, second, tokens, resamples=resamples, seed=seed)
    differences = first.mean(axis=0) - second.mean(axis=0)
    held = tokens > 0
    return DifferenceTest(
        randomise(differences[held], tokens[held], resamples=resamples, seed=seed), bootstrapped
    )


def bootstrap(
    first: Numbers, second: Numbers, tokens: Numbers, *, resamples: int = RESAMPLES, seed: int = 0
) -> Draws:
    """Bootstrap draws of the difference of mean accuracies, as in `accuracy_interval`.

    Both taggers share each resample of units, which cancels what is hard for both; seeds are resampled
    separately, since an equal seed gives two networks almost nothing in common. Arguments and errors are
    those of `difference_test`.
    """
    accuracies = drawn_accuracies([first, second], tokens, resamples, seed)
    return Draws((accuracies[:, 0] - accuracies[:, 1]).round(_DECIMALS + 3))


def randomise(differences: Numbers, tokens: Numbers, *, resamples: int = RESAMPLES, seed: int = 0) -> Draws:
    """Draws of the paired approximate randomisation test, by unit (Noreen 1989; Yeh 2000, for language
    processing), and of the interval that belongs to it.

    If the two taggers were equally good, their predictions on any unit could be swapped, which flips the sign
    of its difference. Flipping a set of units turns the sum of differences around if the sum over that set is
    on the observed side; so p counts the random sets whose own difference is not. The rates of difference on
    random sets of units are at the same time draws for an interval (Hartigan 1969, "Using subsample values as
    typical values"): that of all differences which the test would not reject.

    If the units that differ allow at most `resamples` sets (13 units for 9,999), all are enumerated, and p is
    exact. n units that differ give no p below ``2 / 2**n``, so fewer than six never give one below 0.05.
    (Its length is the description of method and arguments.)

    Args:
        differences: tokens that the first tagger got right minus those that the second got right; for several
            seeds, the difference of the means. Shape: (units,).
        tokens: number of tokens in each unit, above 0. Shape: (units,).
        resamples: number of random sets.
        seed: seed of the draws.

    Raises:
        ConfigError: resamples is below 1.
        DataError: there are no units, or a difference is not a finite number.
    """
    check_resamples(resamples)
    if differences.ndim != 1 or differences.shape != tokens.shape or not np.isfinite(differences).all():
        raise DataError(f"randomisation needs finite numbers of shape (units,), not {differences.shape}")
    need_units(len(differences))
    differing = differences.round(_DECIMALS) != 0
    values, sizes = differences[differing].astype(np.float64), tokens[differing].astype(np.float64)
    others = tokens[~differing].astype(np.float64)
    rng = np.random.default_rng(seed)
    every = 2 ** len(values) <= resamples
    draws = 2 ** len(values) - 1 if every else resamples
    rates = np.zeros(draws)
    for start in range(0, draws, rows_at_once(len(differences))):
        rows = np.arange(start, min(start + rows_at_once(len(differences)), draws))
        chosen = _subsets(rows, len(values)) if every else _coins(rng, len(rows), len(values))
        sums = (chosen @ values).round(_DECIMALS)
        rates[rows] = sums / np.maximum(chosen @ sizes + _coins(rng, len(rows), len(others)) @ others, 1)
    return Draws(rates)


def _subsets(rows: NDArray[np.int64], things: int) -> NDArray[np.float64]:
    """Non-empty subsets by their number, from 0: which things each has. Shape: (rows, things)."""
    return (((rows + 1)[:, None] >> np.arange(things)) & 1).astype(np.float64)


def _coins(rng: np.random.Generator, rows: int, things: int) -> NDArray[np.float64]:
    return rng.integers(0, 2, size=(rows, things), dtype=np.int8).astype(np.float64)
