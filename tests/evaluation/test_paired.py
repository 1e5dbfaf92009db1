"""Whether two taggers differ: p-values and intervals, and that they never disagree."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from simulated import FIRST, SECOND, TOKENS, World, enumerated

from postagger.errors import ConfigError, DataError
from postagger.evaluation.paired import LEVEL, Draws, bootstrap, difference_test, randomise
from postagger.evaluation.significance import accuracy_interval, holm, holm_steps

DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
"""Crossed less self-fertilised maize, eighths of an inch (Fisher 1935, The Design of Experiments, 21)."""


def _p(differences: NDArray[Any], **options: int) -> float:
    return randomise(differences, np.ones(len(differences)), **options).p


def _sign_flips(differences: Sequence[int]) -> float:
    """The two-sided p over all choices of signs, enumerated."""
    sums = [
        sum(sign * difference for sign, difference in zip(signs, differences, strict=True))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    return sum(abs(total) >= abs(sum(differences)) for total in sums) / len(sums)


def test_randomisation_against_fisher() -> None:
    """Fisher counts 863 of 32,768 choices of signs on each side that reach the sum of 314."""
    assert _p(DARWIN, resamples=2**15) == 2 * 863 / 2**15
    assert _p(DARWIN) == pytest.approx(2 * 863 / 2**15, abs=0.01)


@settings(max_examples=60)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9))
def test_randomisation_against_all_sign_flips(differences: list[int]) -> None:
    expected = _sign_flips(differences)
    assert _p(np.array(differences)) == pytest.approx(expected)
    means_of_seeds = np.array(differences) / 5
    assert _p(means_of_seeds) == pytest.approx(expected)
    assert _p(-means_of_seeds) == pytest.approx(expected)


def test_sums_that_differ_by_rounding_are_ties() -> None:
    """In fifths, large counts that nearly cancel: their sums are off in the 13th decimal."""
    differences = [5001, -5000, 301, -300, -1, 2]
    assert _p(np.array(differences) / 5) == _sign_flips(differences)


def test_randomisation_by_draws_agrees_with_enumeration() -> None:
    differences = [9, -2, 4, 3, -5, 6, 1, -1, 2, 4]
    drawn = [_p(np.array(differences), resamples=999, seed=seed) for seed in range(20)]
    assert np.mean(drawn) == pytest.approx(_sign_flips(differences), abs=0.01)
    assert len(set(drawn)) > 1
    assert drawn[3] == _p(np.array(differences), resamples=999, seed=3)


def test_randomisation_ends_of_the_scale() -> None:
    assert _p(np.zeros(50)) == 1
    assert _p(np.array([7.0])) == 1  # one unit shows nothing
    assert _p(np.full(5, 3)) == 2 / 2**5  # nor do five, at 0.05
    assert _p(np.full(100, 3)) == 2 / 10_000
    assert _p(np.full(100, 3), resamples=99) == 2 / 100


def test_units_without_a_difference_do_not_matter() -> None:
    nothing = np.full(200, 0.1 + 0.2 - 0.3)  # almost 0, as means over seeds can be
    assert _p(np.concatenate([nothing, DARWIN[:8]])) == _p(DARWIN[:8])


@pytest.mark.parametrize("units", [8, 40])
def test_false_positives_are_one_in_twenty(units: int) -> None:
    """Without a true difference, with sets enumerated and drawn: 15 of 300 are expected, plus or minus 4."""
    draws = np.random.default_rng(1).normal(size=(300, units)) * np.linspace(0.1, 3, units)
    below = sum(_p(row, resamples=499, seed=i) <= 0.05 for i, row in enumerate(draws))
    assert 6 <= below <= 26


def test_a_true_difference_is_found() -> None:
    rng = np.random.default_rng(1)
    assert all(_p(rng.normal(1.5, 1, size=30), seed=i) < 0.001 for i in range(10))


def test_bootstrap_against_every_draw() -> None:
    """The units are drawn once for both: 4 * 1 * 27 ways."""

    def difference(firsts: list[int], seconds: list[int], units: list[int]) -> float:
        right = FIRST[firsts][:, units].sum(1).mean() - SECOND[seconds][:, units].sum(1).mean()
        return float(right / TOKENS[units].sum())

    found = bootstrap(FIRST, SECOND, TOKENS).interval()
    assert found == pytest.approx(enumerated(difference, 2, 1, 3))


def test_seeds_of_two_systems_are_resampled_independently() -> None:
    """Two equal systems with very different seeds differ by 0 or by the difference between the seeds."""
    seeds = np.array([[50], [90]])
    assert bootstrap(seeds, seeds, np.array([100])).interval() == pytest.approx((-0.4, 0.4))


@pytest.mark.parametrize("tests", [1, 10])
def test_intervals_cover_the_truth(tests: int) -> None:
    """In at least 95 % (99.5 %) of the simulations, 142.5 of 150 ± 3: the hull of two is wider."""
    hits = np.zeros(2, dtype=int)
    for seed in range(150):
        world = World(60, seed)
        first, second = world.correct(0.9, 6), world.correct(0.89, 4)
        found = difference_test(first, second, world.tokens, resamples=999, seed=seed)
        for number, (low, high) in enumerate((found.bootstrapped.interval(tests), found.interval(tests))):
            hits[number] += low <= 0.01 <= high
    assert hits[1] >= hits[0] >= (133 if tests == 1 else 145)


def test_the_interval_holds_the_differences_that_randomisation_does_not_reject() -> None:
    """Twelve units: every difference inside is kept by the test itself, and those just outside are not."""
    rng = np.random.default_rng(3)
    tokens = rng.integers(20, 60, size=12)
    differences = rng.integers(1, 9, size=12).astype(float)
    low, high = randomise(differences, tokens).interval()
    assert 0 < low < differences.sum() / tokens.sum() < high
    for rate in np.linspace(low, high, 9)[1:-1]:
        assert _p(differences - rate * tokens) >= LEVEL
    for rate in (low - 0.002, high + 0.002):
        assert _p(differences - rate * tokens) < LEVEL


def test_pairing_makes_the_interval_narrower() -> None:
    """Effects that both systems share cancel out; on different units they would count twice."""
    here, elsewhere = World(80, 1), World(80, 2)
    first, second = here.correct(0.9, 5), here.correct(0.89, 5)
    paired = np.diff(difference_test(first, second, here.tokens).interval())
    one = np.diff(accuracy_interval(first, here.tokens))
    other = np.diff(accuracy_interval(elsewhere.correct(0.89, 5), elsewhere.tokens))
    assert paired < 0.7 * np.hypot(one, other)


def test_equal_predictions_have_no_difference() -> None:
    found = difference_test(SECOND, SECOND, TOKENS)
    assert found.interval() == (0, 0)
    assert found.p == 1


def test_first_and_second_can_be_swapped() -> None:
    """Exactly, for systems of one seed."""
    found, swapped = difference_test(FIRST[:1], SECOND, TOKENS), difference_test(SECOND, FIRST[:1], TOKENS)
    low, high = found.interval()
    assert swapped.interval() == pytest.approx((-high, -low))
    assert swapped.p == found.p


_COUNTS = st.lists(st.lists(st.integers(0, 9), min_size=14, max_size=14), min_size=1, max_size=3)


@settings(max_examples=60)
@given(_COUNTS, _COUNTS, st.integers(1, 30), st.integers(0, 4))
def test_p_and_interval_never_disagree(
    first: list[list[int]], second: list[list[int]], tests: int, ahead: int
) -> None:
    """Whatever they are corrected for: 0 is outside the interval exactly if the corrected p is below 0.05."""
    one, other = np.array(first) + ahead, np.array(second)
    found = difference_test(one, other, np.full(14, 13), resamples=1999)
    low, high = found.interval(tests)
    assert low <= high
    assert (low > 0 or high < 0) == (tests * found.p < LEVEL)


@given(st.lists(st.lists(st.integers(-3, 12), min_size=1, max_size=40), min_size=1, max_size=8))
def test_with_holm_s_correction_they_do_not_disagree_either(several: list[list[int]]) -> None:
    draws = [Draws(np.repeat(each, 60).astype(np.float64)) for each in several]
    p_values = [each.p for each in draws]
    for each, adjusted, step in zip(draws, holm(p_values), holm_steps(p_values), strict=True):
        low, high = each.interval(step)
        assert (low > 0 or high < 0) == (adjusted < LEVEL)


def test_a_stricter_level_gives_a_wider_interval() -> None:
    world = World(60, 1)
    found = difference_test(world.correct(0.9, 3), world.correct(0.89, 3), world.tokens)
    widths = [float(np.diff(found.interval(tests))[0]) for tests in (1, 3, 10, 200)]
    assert widths == sorted(widths)
    assert widths[-1] > 1.3 * widths[0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: randomise(np.array([]), np.array([])), "nothing to compare"),
        (lambda: randomise(np.array([1.0, np.nan]), np.ones(2)), "finite numbers"),
        (lambda: randomise(FIRST, TOKENS), r"numbers of shape \(units,\), not \(2, 3\)"),
        (lambda: difference_test(FIRST, SECOND[:, :2], TOKENS), r"3 units, not \(1, 2\)"),
    ],
)
def test_bad_input(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()


def test_no_resamples() -> None:
    with pytest.raises(ConfigError, match="resamples must be at least 1, not -1"):
        difference_test(FIRST, SECOND, TOKENS, resamples=-1)
    with pytest.raises(ConfigError, match="resamples must be at least 1, not 0"):
        randomise(np.ones(1), np.ones(1), resamples=0)


def test_draws_span_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(100, 1)
    first, second = world.correct(0.9, 3), world.correct(0.89, 2)
    at_once = difference_test(first, second, world.tokens)
    monkeypatch.setattr("postagger.evaluation.significance._CELLS", 1000)
    again = difference_test(first, second, world.tokens)
    assert again.interval() == pytest.approx(at_once.interval())
    assert again.p == pytest.approx(at_once.p, abs=0.01)
