from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from postagger.evaluation import Calibration, fit_temperature, tempered

Rows = NDArray[np.float32]


def drawn(tokens: int, temperature: float, seed: int = 1) -> tuple[Rows, NDArray[np.int64]]:
    """Probabilities of four tags, and gold tags drawn from the probabilities at a temperature."""
    numbers = np.random.default_rng(seed)
    rows = softmax(numbers.normal(0, 2, (tokens, 4)))
    true = tempered(rows, temperature)
    gold = (numbers.random((tokens, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(0, 3)
    return rows, gold.astype(np.int64)


def softmax(logits: NDArray[np.float64]) -> Rows:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    rows: Rows = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return rows


def test_a_temperature_divides_the_logits_and_keeps_the_order() -> None:
    logits = np.random.default_rng(3).normal(0, 3, (50, 6))
    np.testing.assert_allclose(tempered(softmax(logits), 2.5), softmax(logits / 2.5), atol=1e-6)
    assert (tempered(softmax(logits), 0.3).argmax(axis=1) == logits.argmax(axis=1)).all()


def test_impossible_tags_stay_impossible_and_rows_sum_to_1() -> None:
    rows = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1e-38, 1.0, 0.0]], np.float32)
    for temperature in (0.05, 0.5, 2.0, 20.0):
        found = tempered(rows, temperature)
        assert not found[rows == 0].any()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert tempered(rows, 1.0) is rows


@pytest.mark.parametrize("temperature", [0.4, 0.8, 1.0, 1.3, 3.0])
def test_the_temperature_of_drawn_tags_is_found_again(temperature: float) -> None:
    rows, gold = drawn(20_000, temperature)
    assert fit_temperature([rows], gold) == pytest.approx(temperature, rel=0.05)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_it_is_where_gold_tags_are_most_probable(temperature: float) -> None:
    """One tagger, and the mean of two, against a search over many temperatures, with the prior's share."""
    first, gold = drawn(3_000, temperature)
    second, _ = drawn(3_000, 1.0, seed=2)

    def loss(members: list[Rows], t: float) -> float:
        mean = np.mean([tempered(rows, t) for rows in members], axis=0)
        likelihood = -np.log(mean[np.arange(len(gold)), gold].astype(np.float64)).sum()
        return float(likelihood + math.log(t) ** 2 / (2 * 0.5**2))

    grid = np.exp(np.linspace(-2, 2, 801))
    for members in ([first], [first, second]):
        best = min(grid, key=lambda t, members=members: loss(members, t))  # type: ignore[misc]
        assert fit_temperature(members, gold) == pytest.approx(best, rel=0.01)


def test_a_few_tokens_lead_to_no_extreme_temperature() -> None:
    rows, gold = drawn(10, 1.0)
    assert fit_temperature([rows], rows.argmax(axis=1)) == pytest.approx(0.5, abs=0.35)
    assert fit_temperature([rows], np.full(10, -1)) == 1.0
    assert fit_temperature([rows], gold[:0]) == 1.0
    certain = np.eye(4, dtype=np.float32)
    assert 0.05 < fit_temperature([certain], np.arange(4)) <= 1.0
    assert 1.0 < fit_temperature([certain], np.array([1, 0, 3, 2])) <= 20.1


def test_the_counts_of_a_calibration() -> None:
    found = Calibration([0.3, 0.95, 0.97, 1.0, 1.0], [False, True, False, True, True])
    last = found.reliability(10)[-1]
    assert (last.low, last.high, last.tokens) == (0.9, 1.0, 4)
    assert (last.confidence, last.accuracy) == pytest.approx((0.98, 0.75))
    assert [each.tokens for each in found.reliability(10)] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 4]
    assert found.coverage((0.0, 0.96, 1.0)) == [
        (0.0, 1.0, 0.6),
        (0.96, 0.6, pytest.approx(2 / 3)),
        (1.0, 0.4, 1.0),
    ]
    by_hand = (abs(0.3 - 0) + abs(0.95 + 0.97 + 1 + 1 - 3)) / 5
    assert found.expected_error == pytest.approx(by_hand)
    assert len(found) == 5
    assert found.as_json()["expected_calibration_error"] == found.expected_error


def test_no_tokens() -> None:
    empty = Calibration()
    assert math.isnan(empty.expected_error)
    assert empty.coverage((0.9,)) == [(0.9, 0.0, None)]
    assert not any(each.tokens for each in empty.reliability())


def test_probabilities_and_tokens_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="one probability for each token"):
        Calibration([0.5], [True, False])
