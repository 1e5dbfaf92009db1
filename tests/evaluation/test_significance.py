from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from postagger.errors import ConfigError, DataError, PostaggerError
from postagger.evaluation.significance import (
    McNemar,
    accuracy_interval,
    difference_interval,
    holm,
    mcnemar,
    randomisation_test,
)

DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
"""Crossed less self-fertilised maize, eighths of an inch (Fisher 1935, The Design of Experiments, 21)."""


def _correct(both: int, only_first: int, only_second: int, none: int) -> tuple[NDArray[np.bool_], ...]:
    """Which tokens two taggers got right, from the number of tokens of each kind."""
    kinds = np.repeat([0, 1, 2, 3], [both, only_first, only_second, none])
    return (kinds == 0) | (kinds == 1), (kinds == 0) | (kinds == 2)


def _coin(heads: int, tosses: int) -> Fraction:
    """The probability of this number of heads, or of any number that is not more likely, with a fair coin."""
    ways = [math.comb(tosses, k) for k in range(tosses + 1)]
    return Fraction(sum(way for way in ways if way <= ways[heads]), 2**tosses)


def _sign_flips(differences: Sequence[int]) -> float:
    """The two-sided p over all choices of signs, enumerated."""
    sums = [
        sum(sign * difference for sign, difference in zip(signs, differences, strict=True))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    return sum(abs(total) >= abs(sum(differences)) for total in sums) / len(sums)


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


# -- the randomisation test -----------------------------------------------------------------------------


def test_randomisation_against_fisher() -> None:
    """Fisher counts 863 of 32,768 choices of signs on each side that reach the sum of 314."""
    assert randomisation_test(DARWIN, resamples=2**15) == 2 * 863 / 2**15
    assert randomisation_test(DARWIN) == pytest.approx(2 * 863 / 2**15, abs=0.01)


@settings(max_examples=60)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9))
def test_randomisation_against_all_sign_flips(differences: list[int]) -> None:
    expected = _sign_flips(differences)
    assert randomisation_test(np.array(differences)) == pytest.approx(expected)
    means_of_seeds = np.array(differences) / 5
    assert randomisation_test(means_of_seeds) == pytest.approx(expected)
    assert randomisation_test(-means_of_seeds) == pytest.approx(expected)


def test_sums_that_differ_by_rounding_are_ties() -> None:
    """In fifths, large counts that nearly cancel: their sums are off in the 13th decimal."""
    differences = [5001, -5000, 301, -300, -1, 2]
    assert randomisation_test(np.array(differences) / 5) == _sign_flips(differences)


def test_randomisation_by_draws_agrees_with_enumeration() -> None:
    differences = [9, -2, 4, 3, -5, 6, 1, -1, 2, 4]
    drawn = [randomisation_test(np.array(differences), resamples=999, seed=seed) for seed in range(20)]
    assert np.mean(drawn) == pytest.approx(_sign_flips(differences), abs=0.01)
    assert len(set(drawn)) > 1
    assert drawn[3] == randomisation_test(np.array(differences), resamples=999, seed=3)


def test_randomisation_ends_of_the_scale() -> None:
    assert randomisation_test(np.zeros(50)) == 1
    assert randomisation_test(np.array([7.0])) == 1  # one unit shows nothing
    assert randomisation_test(np.full(5, 3)) == 2 / 2**5  # nor do five, at 0.05
    assert randomisation_test(np.full(100, 3)) == 2 / 10_000
    assert randomisation_test(np.full(100, 3), resamples=99) == 2 / 100


def test_units_without_a_difference_do_not_matter() -> None:
    nothing = np.full(200, 0.1 + 0.2 - 0.3)  # almost 0, as means over seeds can be
    assert randomisation_test(np.concatenate([nothing, DARWIN[:8]])) == randomisation_test(DARWIN[:8])


@pytest.mark.parametrize("units", [8, 40])
def test_false_positives_are_one_in_twenty(units: int) -> None:
    """Without a true difference, with signs enumerated and drawn: 15 of 300 are expected, plus or minus 4."""
    draws = np.random.default_rng(1).normal(size=(300, units)) * np.linspace(0.1, 3, units)
    below = sum(randomisation_test(row, resamples=499, seed=i) <= 0.05 for i, row in enumerate(draws))
    assert 6 <= below <= 26


def test_a_true_difference_is_found() -> None:
    rng = np.random.default_rng(1)
    assert all(randomisation_test(rng.normal(1.5, 1, size=30), seed=i) < 0.001 for i in range(10))


# -- intervals ------------------------------------------------------------------------------------------

TOKENS = np.array([40, 90, 20])
FIRST = np.array([[31, 80, 20], [35, 84, 13]])
SECOND = np.array([[30, 85, 11]])


def _enumerated(statistic: Callable[..., float], *counts: int) -> tuple[float, float]:
    """The 2.5 % and 97.5 % points of a statistic over all resamples of its arguments."""
    draws = [list(itertools.product(range(count), repeat=count)) for count in counts]
    values = sorted(statistic(*map(list, choice)) for choice in itertools.product(*draws))
    return values[int(0.025 * len(values))], values[int(0.975 * len(values))]


def test_accuracy_interval_against_every_draw() -> None:
    """Two seeds and three units can be drawn in 4 * 27 ways."""

    def accuracy(seeds: list[int], units: list[int]) -> float:
        return float(FIRST[seeds][:, units].sum(1).mean() / TOKENS[units].sum())

    assert accuracy_interval(FIRST, TOKENS) == pytest.approx(_enumerated(accuracy, 2, 3))


def test_difference_interval_against_every_draw() -> None:
    """The units are drawn once for both: 4 * 1 * 27 ways."""

    def difference(firsts: list[int], seconds: list[int], units: list[int]) -> float:
        right = FIRST[firsts][:, units].sum(1).mean() - SECOND[seconds][:, units].sum(1).mean()
        return float(right / TOKENS[units].sum())

    assert difference_interval(FIRST, SECOND, TOKENS) == pytest.approx(_enumerated(difference, 2, 1, 3))


def test_seeds_of_two_systems_are_resampled_independently() -> None:
    """Two equal systems with very different seeds differ by 0 or by the difference between the seeds."""
    seeds = np.array([[50], [90]])
    assert difference_interval(seeds, seeds, np.array([100])) == pytest.approx((-0.4, 0.4))


class _World:
    """Simulated accuracy: a mean plus effects of the unit, of unit and system, of the seed, and noise."""

    def __init__(self, units: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.tokens = self.rng.integers(50, 300, size=units)
        self.hardness = self.rng.normal(0, 0.02, size=units)

    def correct(self, mean: float, seeds: int) -> NDArray[np.float64]:
        units = len(self.tokens)
        own = self.rng.normal(0, 0.008, size=units)
        seed = self.rng.normal(0, 0.001, size=(seeds, 1))
        luck = self.rng.normal(0, 0.004, size=(seeds, units))
        return np.clip((mean + self.hardness + own + seed + luck) * self.tokens, 0, self.tokens)


def test_intervals_cover_the_truth() -> None:
    """In about 95 % of the simulations: 142.5 of 150, plus or minus 3."""
    hits = np.zeros(2, dtype=int)
    for seed in range(150):
        world = _World(60, seed)
        first, second = world.correct(0.9, 6), world.correct(0.89, 4)
        low, high = accuracy_interval(first, world.tokens, resamples=499, seed=seed)
        below, above = difference_interval(first, second, world.tokens, resamples=499, seed=seed)
        hits += [low <= 0.9 <= high, below <= 0.01 <= above]
    assert ((hits >= 133) & (hits <= 149)).all()


def test_pairing_makes_the_interval_narrower() -> None:
    """Effects that both systems share cancel out; on different units they would count twice."""
    here, elsewhere = _World(80, 1), _World(80, 2)
    first, second = here.correct(0.9, 5), here.correct(0.89, 5)
    paired = np.diff(difference_interval(first, second, here.tokens))
    one = np.diff(accuracy_interval(first, here.tokens))
    other = np.diff(accuracy_interval(elsewhere.correct(0.89, 5), elsewhere.tokens))
    assert paired < 0.7 * np.hypot(one, other)


def test_equal_predictions_have_no_difference() -> None:
    assert difference_interval(SECOND, SECOND, TOKENS) == (0, 0)


def test_first_and_second_can_be_swapped() -> None:
    """Exactly, for systems of one seed."""
    low, high = difference_interval(FIRST[:1], SECOND, TOKENS)
    assert difference_interval(SECOND, FIRST[:1], TOKENS) == pytest.approx((-high, -low))


def test_more_seeds_and_units_make_the_interval_narrower() -> None:
    world = _World(200, 1)
    correct = world.correct(0.9, 30)
    whole = np.diff(accuracy_interval(correct, world.tokens))
    assert whole < np.diff(accuracy_interval(correct[:3], world.tokens))
    assert whole < np.diff(accuracy_interval(correct[:, :40], world.tokens[:40]))


def test_units_without_tokens_are_left_out() -> None:
    padded = np.insert(FIRST, 1, 0, axis=1)
    assert accuracy_interval(padded, np.insert(TOKENS, 1, 0)) == accuracy_interval(FIRST, TOKENS)


def test_resamples_are_seeded_and_span_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred units, a thousand at a time: ten resamples in each batch, the last one of nine."""
    world = _World(100, 1)
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


# -- bad input ------------------------------------------------------------------------------------------

_RIGHT = np.array([True, False])
_ONE = np.array([1])


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
        (lambda: randomisation_test(np.array([])), "nothing to compare"),
        (lambda: randomisation_test(np.array([1.0, np.nan])), "finite numbers"),
        (lambda: randomisation_test(FIRST), r"numbers of shape \(units,\), not \(2, 3\)"),
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
        (lambda: difference_interval(FIRST, SECOND[:, :2], TOKENS), r"3 units, not \(1, 2\)"),
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
        lambda: randomisation_test(_ONE, resamples=0),
        lambda: accuracy_interval(FIRST, TOKENS, resamples=0),
        lambda: difference_interval(FIRST, SECOND, TOKENS, resamples=-1),
    ],
)
def test_no_resamples(call: Callable[[], Any]) -> None:
    with pytest.raises(ConfigError, match="resamples must be at least 1, not "):
        call()


def test_without_scipy_the_tests_say_so_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    for call in (lambda: mcnemar(*_correct(3, 2, 1, 0)), lambda: randomisation_test(DARWIN)):
        with pytest.raises(PostaggerError, match=r"need scipy: pip install 'postagkit\[compare\]'"):
            call()
    accuracy_interval(FIRST, TOKENS, resamples=9)
    assert holm([0.5]) == [0.5]
