"""Whether one tagger is better than another, or only luckier: paired tests and intervals.

Two kinds of chance are at work: another text would have been tested, and another seed would have
trained another network. What is drawn anew here is a *unit*: a document, or a sentence where the
corpus names no documents. Tokens of one document share its topic, author and words, so they are
no independent draws: McNemar's test, which takes them for such, calls too many differences real.
The randomisation test goes by units, but takes the trained taggers as they are; only the
intervals draw seeds anew as well.
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

_RESAMPLES = 9999
"""With the figure observed, they make 10,000."""

_CELLS = 1_000_000
"""Units times resamples held at a time: 30 to 70 MB in all."""

_DECIMALS = 9
"""Sums of tokens that agree to so many decimals differ by rounding alone."""


class McNemar(NamedTuple):
    """McNemar's test: the tokens that only one of two taggers got right, and their two-sided p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """McNemar's test (1947) in its exact form, on single tokens.

    Of taggers that are equally good, each is as likely as the other to be the one that is right
    where only one is: a fair coin. p is the chance that so many tosses fall as unevenly or more; 1
    where there are none. It takes tokens for independent and knows of one run of each tagger only,
    so it sees differences too easily. Read it beside `randomisation_test`, not instead of it.

    Args:
        first, second: which tokens each tagger got right, the same tokens in the same order.
            Shape: (tokens,).

    Raises:
        DataError: the two are no truth values of the same tokens, or there are no tokens.
        PostaggerError: scipy is not installed.
    """
    for right in (first, second):
        if right.dtype != np.bool_ or right.ndim != 1:
            raise DataError(
                f"McNemar's test needs truth values (tokens,), not {right.dtype} of shape {right.shape}"
            )
    if first.shape != second.shape:
        raise DataError(
            f"McNemar's test needs the same tokens twice, not {len(first)} and then {len(second)} of them"
        )
    _need_units(len(first))
    only_first = int(np.count_nonzero(first & ~second))
    only_second = int(np.count_nonzero(second & ~first))
    apart = only_first + only_second
    p = float(_scipy_stats().binomtest(only_first, apart).pvalue) if apart else 1.0
    return McNemar(only_first, only_second, p)


def randomisation_test(differences: Numbers, *, resamples: int = _RESAMPLES, seed: int = 0) -> float:
    """The paired approximate randomisation test, by unit (Noreen 1989; Yeh 2000, for tagging and its kin).

    Were the two taggers alike, their answers on any unit could be swapped, which turns the sign of
    its difference. p is twice the chance that the sum, with signs thrown at random, lies as far on
    its side as the sum observed. Give differences of counts, not of rates: their sum, then, over
    all tokens is the difference in accuracy, and long documents weigh what they hold.

    Where the units that differ allow no more than `resamples` choices of signs (13 units for 9,999),
    all are tried, and p is exact. Else the observed sum counts as one of the draws, and p is at least
    2 / (resamples + 1). Few units can't show much: n that differ give no p below 2 / 2**n, so fewer
    than six never one below 0.05.

    Args:
        differences: tokens that the first tagger got right, less those that the second did; of
            several seeds, the difference of the means. Shape: (units,).
        resamples: choices of signs to draw.
        seed: of the draws.

    Returns:
        p, two-sided, in 0..1.

    Raises:
        ConfigError: resamples is below 1.
        DataError: there are no units, or one is no number.
        PostaggerError: scipy is not installed.
    """
    _check_resamples(resamples)
    if differences.ndim != 1 or not np.isfinite(differences).all():
        raise DataError(
            f"the randomisation test needs finite numbers (units,), not these of shape {differences.shape}"
        )
    _need_units(len(differences))
    stats = _scipy_stats()
    differing = differences.round(_DECIMALS) != 0  # a unit without a difference has no sign to turn
    turning = differences[differing].astype(np.float64)
    if len(turning) < 2:
        return 1.0
    result = stats.permutation_test(
        (turning,),
        lambda values, axis: values.sum(axis=axis).round(_DECIMALS),
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=_rows(len(turning)),
        rng=np.random.default_rng(seed),
    )
    return float(result.pvalue)


def accuracy_interval(
    correct: Numbers, tokens: Numbers, *, resamples: int = _RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval (Efron 1979) of a tagger's mean accuracy over seeds.

    Seeds and units are drawn anew with replacement, each by itself (Owen 2007, "The pigeonhole
    bootstrap"): the interval is meant for other seeds and other texts of the same kind. It is rough
    where either are few. What there is one of can't vary, so with one seed this is the interval of one
    trained tagger. Of n, the share of the variance that is theirs is underrated, by (n - 1) / n. Against
    that, what is luck of one seed on one unit counts about three times, which errs on the safe side.
    Of other training sets the interval knows nothing.

    Args:
        correct: tokens that the tagger of each seed got right in each unit. Shape: (seeds, units).
        tokens: tokens in each unit; units without any are left out. Shape: (units,).
        resamples: how many times to draw.
        seed: of the draws.

    Returns:
        Lower and upper end, in 0..1.

    Raises:
        ConfigError: resamples is below 1.
        DataError: the shapes don't fit, no seed or token is there, or more tokens are right than there are.
    """
    return _interval(_drawn_accuracies([correct], tokens, resamples, seed)[:, 0])


def difference_interval(
    first: Numbers, second: Numbers, tokens: Numbers, *, resamples: int = _RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the first tagger's mean accuracy less the second's.

    As `accuracy_interval`. Each draw of units is for both taggers, which takes out what is hard for
    both; seeds are drawn for each by itself, since one seed gives two networks next to nothing in common.

    Args:
        first, second: tokens that the tagger of each seed got right in each unit, the same units in
            the same order. Shape: (seeds, units); the numbers of seeds may differ.
        tokens: tokens in each unit; units without any are left out. Shape: (units,).
        resamples: how many times to draw.
        seed: of the draws.

    Returns:
        Lower and upper end, in -1..1.

    Raises:
        ConfigError: resamples is below 1.
        DataError: the shapes don't fit, no seed or token is there, or more tokens are right than there are.
    """
    accuracies = _drawn_accuracies([first, second], tokens, resamples, seed)
    return _interval(accuracies[:, 0] - accuracies[:, 1])


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction (1979) for testing several pairs at once.

    Adjusted so, the chance that even one of the pairs without a true difference comes out below 0.05
    is at most 0.05, however the tests depend on each other.

    Args:
        p_values: one for each test, in 0..1.

    Returns:
        The adjusted p of each test, in the order given: at least what it was, at most 1.

    Raises:
        DataError: a value is not in 0..1.
    """
    for p in p_values:
        if not 0 <= p <= 1:
            raise DataError(f"a p-value is in 0..1, not {p}")
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def _drawn_accuracies(
    systems: Sequence[Numbers], tokens: Numbers, resamples: int, seed: int
) -> NDArray[np.float64]:
    """The mean accuracy of each system in every resample. Shape: (resamples, systems)."""
    _check_resamples(resamples)
    _check_tokens(tokens)
    for correct in systems:
        _check_correct(correct, tokens)
    held = tokens > 0
    sizes = tokens[held].astype(np.float64)  # (units,)
    columns = [correct[:, held].T.astype(np.float64) for correct in systems]  # (units, seeds) each
    rng = np.random.default_rng(seed)
    shares = [_times_drawn(rng, len(c), resamples) / len(c) for c in systems]  # (resamples, seeds) each
    accuracies = np.empty((resamples, len(systems)))
    for start in range(0, resamples, _rows(len(sizes))):
        rows = slice(start, min(start + _rows(len(sizes)), resamples))
        times = _times_drawn(rng, len(sizes), rows.stop - start)  # (rows, units)
        for number, (column, share) in enumerate(zip(columns, shares, strict=True)):
            right = ((times @ column) * share[rows]).sum(axis=1)  # (rows,)
            accuracies[rows, number] = right / (times @ sizes)
    return accuracies


def _times_drawn(rng: np.random.Generator, things: int, rows: int) -> NDArray[np.float64]:
    """How often each thing comes when as many as there are get drawn with replacement.

    These are multinomial counts; drawn one by one they take an eighth of the time. Shape: (rows, things).
    """
    drawn = rng.integers(things, size=(rows, things)) + things * np.arange(rows)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=rows * things)
    return counts.reshape(rows, things).astype(np.float64)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _rows(units: int) -> int:
    """How many resamples of so many units to hold at a time."""
    return max(1, _CELLS // units)


def _need_units(units: int) -> None:
    if not units:
        raise DataError("there is nothing to compare: no token was tested")


def _check_resamples(resamples: int) -> None:
    if resamples < 1:
        raise ConfigError(f"resamples must be at least 1, not {resamples}")


def _check_tokens(tokens: Numbers) -> None:
    if tokens.ndim != 1 or not (np.isfinite(tokens) & (tokens >= 0)).all():
        raise DataError(f"tokens must be counts (units,), not these of shape {tokens.shape}")
    _need_units(int(np.count_nonzero(tokens)))


def _check_correct(correct: Numbers, tokens: Numbers) -> None:
    if correct.ndim != 2 or correct.shape[1] != len(tokens) or not len(correct):
        raise DataError(
            "counts of right tokens must have the shape (seeds, units), with at least one seed and "
            f"{len(tokens)} units, not {correct.shape}"
        )
    if not ((correct >= 0) & (correct <= tokens)).all():
        raise DataError("in each unit, from none to all of its tokens can be right, no fewer and no more")


def _scipy_stats() -> ModuleType:
    try:
        from scipy import stats
    except ImportError:
        raise PostaggerError("significance tests need scipy: pip install 'postagkit[compare]'") from None
    module: ModuleType = stats
    return module
