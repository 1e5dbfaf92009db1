"""Whether a figure is more than luck: intervals, a test on single tokens, and a correction for several tests.

Two kinds of chance matter: another test set would have held other texts, and another seed would have
trained another network. The intervals here resample seeds and *units*: documents, or sentences if the
corpus has too few documents. Tokens of one document share its topic, author and words, so they are not
independent; McNemar's test assumes that they are, and calls too many differences real. The tests of a
difference that respect units are in `postagger.evaluation.paired`.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.errors import ConfigError, DataError, PostaggerError

Numbers = NDArray[np.integer[Any] | np.floating[Any]]
"""An array of counts or of their means."""

RESAMPLES = 9999
"""With the observed figure they make 10,000."""

_CELLS = 1_000_000
"""Units times resamples held in memory at a time: 30 to 70 MB in all."""


class McNemar(NamedTuple):
    """McNemar's test: the tokens that only one of two taggers got right, and their two-sided p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """McNemar's test (1947) in its exact form, on single tokens.

    If two taggers are equally good, each token that only one of them gets right is a toss of a fair
    coin. p is the probability of a split at least as uneven as the observed one, or 1 if there is no
    such token. The test treats tokens as independent and uses a single run of each tagger, so it finds
    differences too easily. Use it beside `difference_test`, not instead of it.

    Args:
        first, second: which tokens each tagger got right, the same tokens in the same order.
            Shape: (tokens,).

    Raises:
        DataError: the two are not booleans for the same tokens, or there are no tokens.
        PostaggerError: scipy is not installed.
    """
    for right in (first, second):
        if right.dtype != np.bool_ or right.ndim != 1:
            raise DataError(
                f"McNemar's test needs booleans of shape (tokens,), not {right.dtype} of shape {right.shape}"
            )
    if first.shape != second.shape:
        raise DataError(
            f"McNemar's test needs the same tokens for both taggers, not {len(first)} and {len(second)}"
        )
    need_units(len(first))
    only_first = int(np.count_nonzero(first & ~second))
    only_second = int(np.count_nonzero(second & ~first))
    discordant = only_first + only_second
    p = float(_scipy_stats().binomtest(only_first, discordant).pvalue) if discordant else 1.0
    return McNemar(only_first, only_second, p)


def accuracy_interval(
    correct: Numbers, tokens: Numbers, *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval (Efron 1979) of a tagger's mean accuracy over seeds.

    Seeds and units are resampled with replacement, independently of each other (Owen 2007, "The
    pigeonhole bootstrap"): the interval covers other seeds and other texts of the same kind, but not
    other training sets. It is rough if there are few of either. With a single seed it is the interval of
    one trained tagger. With n seeds (or units), their part of the variance is underestimated by a factor
    of (n - 1) / n. On the other hand, the interaction of seed and unit counts about three times, which
    errs on the safe side.

    Args:
        correct: tokens that the tagger of each seed got right in each unit. Shape: (seeds, units).
        tokens: number of tokens in each unit; units without tokens are ignored. Shape: (units,).
        resamples: number of bootstrap resamples.
        seed: seed of the resampling.

    Returns:
        Lower and upper end, in 0..1.

    Raises:
        ConfigError: resamples is below 1.
        DataError: the shapes don't match, there is no seed or no token, or a count exceeds its tokens.
    """
    return _interval(drawn_accuracies([correct], tokens, resamples, seed)[:, 0])


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction (1979) for testing several pairs at once.

    After this correction, the probability that any pair without a true difference gets a p below 0.05 is
    at most 0.05, however the tests depend on each other.

    Args:
        p_values: one for each test, in 0..1.

    Returns:
        The adjusted p of each test, in the same order: at least the given p, at most 1.

    Raises:
        DataError: a value is not in 0..1.
    """
    for p in p_values:
        if not 0 <= p <= 1:
            raise DataError(f"a p-value must be in 0..1, not {p}")
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def holm_steps(p_values: Sequence[float], level: float = 0.05) -> list[int]:
    """By how much Holm's correction multiplies each p-value, in the same order.

    Holm tests the smallest p against ``level / n``, the next against ``level / (n - 1)`` and so on, and stops
    at the first that is not below; all that are left have failed at that step. So a corrected p (`holm`) is
    below `level` exactly if the p itself is below `level` divided by this number.
    """
    steps = [1] * len(p_values)
    step, stopped = len(p_values), False
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if not stopped:
            step = len(p_values) - rank
            stopped = step * p_values[place] >= level
        steps[place] = step
    return steps


def drawn_accuracies(
    systems: Sequence[Numbers], tokens: Numbers, resamples: int, seed: int
) -> NDArray[np.float64]:
    """The mean accuracy of each system in every resample. Shape: (resamples, systems)."""
    check_resamples(resamples)
    _check_tokens(tokens)
    for correct in systems:
        _check_correct(correct, tokens)
    held = tokens > 0
    sizes = tokens[held].astype(np.float64)  # (units,)
    columns = [correct[:, held].T.astype(np.float64) for correct in systems]  # (units, seeds) each
    rng = np.random.default_rng(seed)
    weights = [_times_drawn(rng, len(c), resamples) / len(c) for c in systems]  # (resamples, seeds) each
    accuracies = np.empty((resamples, len(systems)))
    for start in range(0, resamples, rows_at_once(len(sizes))):
        rows = slice(start, min(start + rows_at_once(len(sizes)), resamples))
        times = _times_drawn(rng, len(sizes), rows.stop - start)  # (rows, units)
        for number, (column, weight) in enumerate(zip(columns, weights, strict=True)):
            right = ((times @ column) * weight[rows]).sum(axis=1)  # (rows,)
            accuracies[rows, number] = right / (times @ sizes)
    return accuracies


def _times_drawn(rng: np.random.Generator, things: int, rows: int) -> NDArray[np.float64]:
    """How often each of `things` is drawn when as many are drawn with replacement. Shape: (rows, things).

    These are multinomial counts; drawing one by one takes an eighth of the time of NumPy's multinomial.
    """
    drawn = rng.integers(things, size=(rows, things)) + things * np.arange(rows)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=rows * things)
    return counts.reshape(rows, things).astype(np.float64)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def rows_at_once(units: int) -> int:
    """How many resamples to hold in memory at a time."""
    return max(1, _CELLS // units)


def need_units(units: int) -> None:
    if not units:
        raise DataError("there is nothing to compare: no token was tested")


def check_resamples(resamples: int) -> None:
    if resamples < 1:
        raise ConfigError(f"resamples must be at least 1, not {resamples}")


def _check_tokens(tokens: Numbers) -> None:
    if tokens.ndim != 1 or not (np.isfinite(tokens) & (tokens >= 0)).all():
        raise DataError(f"tokens must be counts of shape (units,), at least 0, not {tokens.shape}")
    need_units(int(np.count_nonzero(tokens)))


def _check_correct(correct: Numbers, tokens: Numbers) -> None:
    if correct.ndim != 2 or correct.shape[1] != len(tokens) or not len(correct):
        raise DataError(
            "counts of correct tokens must have the shape (seeds, units), with at least one seed and "
            f"{len(tokens)} units, not {correct.shape}"
        )
    if not ((correct >= 0) & (correct <= tokens)).all():
        raise DataError("the count of correct tokens in each unit must be between 0 and its number of tokens")


def _scipy_stats() -> ModuleType:
    try:
        from scipy import stats
    except ImportError:
        raise PostaggerError("significance tests need scipy: pip install 'postagkit[compare]'") from None
    module: ModuleType = stats
    return module
