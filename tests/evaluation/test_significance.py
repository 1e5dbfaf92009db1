from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from simulated import FIRST, TOKENS, World, enumerated

from postagger.errors import ConfigError, DataError, PostaggerError
from postagger.evaluation.significance import (
    McNemar,
    accuracy_interval,
    holm,
    holm_steps,
    mcnemar,
)


def _correct(both: int, only_first: int, only_second: int, none: int) -> tuple[NDArray[np.bool_], ...]:
    """Which tokens two taggers got right, from the number of tokens of each kind."""
    kinds = np.repeat([0, 1, 2, 3], [both, only_first, only_second, none])
    return (kinds == 0) | (kinds == 1), (kinds == 0) | (kinds == 2)


def _coin(heads: int, tosses: int) -> Fraction:
    """The probability of this number of heads, or of any number that is not more likely, with a fair coin."""
    ways = [math.comb(tosses, k) for k in range(tosses + 1)]
    return Fraction(sum(way for way in ways if way <= ways[heads]), 2**tosses)


# -- McNemar's test -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "p"),
    [
        (
            (1, 1, 7, 12),
            0.0703,
        ),  # Bentur et al. (2009), in Fagerland, Lydersen and Laake (2013): 2 * 9 / 2**8
        ((59, 6, 16, 80), 0.0525),  # Cavo et al. (2012), there too: 2 * 110056 / 2**22
    ],
)
def test_mcnemar_against_published_examples(table: tuple[int, int, int, int], p: float) -> None:
    result = mcnemar(*_correct(*table))
    assert result[:2] == table[1:3]
    assert result.p == pytest.approx(p, abs=5e-5)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 9), st.integers(1, 9))
def test_mcnemar_against_a_sum_of_binomial_coefficients(
    only_first: int, only_second: int, both: int, none: int
) -> None:
    result = mcnemar(*_correct(both, only_first, only_second, none))
    assert result[:2] == (only_first, only_second)
    assert result.p == pytest.approx(float(_coin(only_first, only_first + only_second)), rel=1e-9)


def test_mcnemar_of_equal_predictions() -> None:
    assert mcnemar(*_correct(5, 0, 0, 2)) == McNemar(0, 0, 1.0)


# -- intervals ------------------------------------------------------------------------------------------


def test_accuracy_interval_against_every_draw() -> None:
    """Two seeds and three units can be drawn in 4 * 27 ways."""

    def accuracy(seeds: list[int], units: list[int]) -> float:
        return float(FIRST[seeds][:, units].sum(1).mean() / TOKENS[units].sum())

    assert accuracy_interval(FIRST, TOKENS) == pytest.approx(enumerated(accuracy, 2, 3))


def test_intervals_cover_the_truth() -> None:
    """In about 95 % of the simulations: 142.5 of 150, plus or minus 3."""
    hits = 0
    for seed in range(150):
        world = World(60, seed)
        low, high = accuracy_interval(world.correct(0.9, 6), world.tokens, resamples=499, seed=seed)
        hits += low <= 0.9 <= high
    assert 133 <= hits <= 149


def test_more_seeds_and_units_make_the_interval_narrower() -> None:
    world = World(200, 1)
    correct = world.correct(0.9, 30)
    whole = np.diff(accuracy_interval(correct, world.tokens))
    assert whole < np.diff(accuracy_interval(correct[:3], world.tokens))
    assert whole < np.diff(accuracy_interval(correct[:, :40], world.tokens[:40]))


def test_units_without_tokens_are_left_out() -> None:
    padded = np.insert(FIRST, 1, 0, axis=1)
    assert accuracy_interval(padded, np.insert(TOKENS, 1, 0)) == accuracy_interval(FIRST, TOKENS)


def test_resamples_are_seeded_and_span_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred units, a thousand at a time: ten resamples in each batch, the last one of nine."""
    world = World(100, 1)
    correct = world.correct(0.9, 3)
    at_once = accuracy_interval(correct, world.tokens)
    assert at_once == accuracy_interval(correct, world.tokens)
    assert at_once != accuracy_interval(correct, world.tokens, seed=1)
    monkeypatch.setattr("postagger.evaluation.significance._CELLS", 1000)
    assert accuracy_interval(correct, world.tokens) == pytest.approx(at_once)


# -- Holm's correction ----------------------------------------------------------------------------------


@pytest.mark.parametrize("resamples", [1, 2, 7])
@pytest.mark.parametrize("share", [1, 2, 3])
def test_every_resample_counts(share: int, resamples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tagger that gets the same share of every unit right has that accuracy, whatever is drawn."""
    monkeypatch.setattr("postagger.evaluation.significance._CELLS", 10)  # two resamples at a time
    tokens = np.full(5, 4)
    found = accuracy_interval(share * np.ones((2, 5), int), tokens, resamples=resamples)
    assert found == pytest.approx((share / 4, share / 4))


def test_holm_by_hand() -> None:
    """In order: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 1 * 0.04, which may not be below the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1, 1]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


_P_VALUES = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 1.0]), min_size=1, max_size=6)


@given(_P_VALUES)
def test_holm_is_bonferroni_on_every_subset(p_values: list[float]) -> None:
    """The closed test: one is rejected if Bonferroni rejects every set of hypotheses that it is in."""
    places = range(len(p_values))
    subsets = [s for size in places for s in itertools.combinations(places, size + 1)]
    expected = [
        max(min(1.0, len(s) * min(p_values[i] for i in s)) for s in subsets if place in s) for place in places
    ]
    assert holm(p_values) == expected


@given(_P_VALUES, st.sampled_from([0.01, 0.05, 0.2]))
def test_holm_rejects_what_his_steps_reject(p_values: list[float], level: float) -> None:
    rejected = set()
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[place] * (len(p_values) - rank) > level:
            break
        rejected.add(place)
    assert {place for place, p in enumerate(holm(p_values)) if p <= level} == rejected


@given(_P_VALUES, st.sampled_from([0.01, 0.05, 0.2]))
def test_steps_reject_what_holm_s_correction_rejects(p_values: list[float], level: float) -> None:
    steps = holm_steps(p_values, level)
    assert sorted(steps, reverse=True)[:1] == [len(p_values)]
    for p, step, adjusted in zip(p_values, steps, holm(p_values), strict=True):
        assert (step * p < level) == (adjusted < level)


# -- bad input ------------------------------------------------------------------------------------------

_RIGHT = np.array([True, False])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mcnemar(_RIGHT, _RIGHT[:1]), "the same tokens for both taggers, not 2 and 1"),
        (lambda: mcnemar(_RIGHT, _RIGHT.astype(int)), r"booleans of shape \(tokens,\), not int64"),
        (
            lambda: mcnemar(_RIGHT[:, None], _RIGHT),
            r"booleans of shape \(tokens,\), not bool of shape \(2, 1\)",
        ),
        (lambda: mcnemar(_RIGHT[:0], _RIGHT[:0]), "nothing to compare"),
        (lambda: accuracy_interval(FIRST, np.array([0, 0, 0])), "nothing to compare"),
        (lambda: accuracy_interval(FIRST[:, :0], TOKENS[:0]), "nothing to compare"),
        (lambda: accuracy_interval(FIRST, np.array([40, 90, -20])), "must be counts"),
        (
            lambda: accuracy_interval(FIRST, TOKENS[None]),
            r"counts of shape \(units,\), at least 0, not \(1, 3\)",
        ),
        (lambda: accuracy_interval(FIRST[0], TOKENS), r"3 units, not \(3,\)"),
        (lambda: accuracy_interval(FIRST[:0], TOKENS), r"at least one seed and 3 units, not \(0, 3\)"),
        (lambda: accuracy_interval(np.array([[31, 91, 20]]), TOKENS), "between 0 and its number of tokens"),
        (
            lambda: accuracy_interval(np.array([[31, np.nan, 20]]), TOKENS),
            "between 0 and its number of tokens",
        ),
        (lambda: accuracy_interval(-FIRST, TOKENS), "between 0 and its number of tokens"),
        (lambda: holm([0.1, 1.2]), "not 1.2"),
        (lambda: holm([math.nan]), "not nan"),
    ],
)
def test_bad_input(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: accuracy_interval(FIRST, TOKENS, resamples=0),
    ],
)
def test_no_resamples(call: Callable[[], Any]) -> None:
    with pytest.raises(ConfigError, match="resamples must be at least 1, not "):
        call()


def test_without_scipy_the_tests_say_so_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(PostaggerError, match=r"need scipy: pip install 'postagkit\[compare\]'"):
        mcnemar(*_correct(3, 2, 1, 0))
    accuracy_interval(FIRST, TOKENS, resamples=9)
    assert holm([0.5]) == [0.5]
