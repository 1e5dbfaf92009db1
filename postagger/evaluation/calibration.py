"""How far a tagger's probabilities can be believed, and the temperature that corrects them.

A tagger is calibrated if of the tags that it gives with a probability of 0.9, nine in ten are right. Networks
trained with cross-entropy are surer than that. One number mends most of it, the temperature T: all
probabilities are raised to the power of 1/T and normalised again, which divides the logits of a softmax by T
(Guo et al. 2017, On Calibration of Modern Neural Networks). The order of the tags stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
"""The probability of each tag for each token, ``(tokens, tags)``."""

BINS = 15
THRESHOLDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)

_SMALLEST = np.float32(1e-37)
"""In place of probabilities of 0, whose logarithm is infinite."""

_WIDTH = 0.5
"""Before any data, the logarithm of the temperature is a normal variable around 0 with this deviation: so a
few tokens, or tokens that are all tagged correctly, do not lead to an extreme one."""

_FARTHEST = 3.0
"""The largest logarithm of a temperature, and minus the smallest."""

MOST_TOKENS = 50_000
"""Tokens that a temperature is fitted to; more do not change its second digit."""


class ReliabilityBin(NamedTuple):
    """The tokens whose probability is in an interval, lower bound excluded except 0.

    Attributes:
        low, high: the interval.
        tokens: how many there are.
        confidence: their mean probability; None without tokens.
        accuracy: the fraction that is right; None without tokens.
    """

    low: float
    high: float
    tokens: int
    confidence: float | None
    accuracy: float | None


class Coverage(NamedTuple):
    """The tokens whose probability is at least `threshold`: which fraction of all, and how accurate.

    `accuracy` is None without tokens.
    """

    threshold: float
    coverage: float
    accuracy: float | None


class Calibration:
    """The probabilities of predicted tags, and which of these tags are right."""

    def __init__(self, confidences: Iterable[float] = (), correct: Iterable[bool] = ()) -> None:
        """
        Args:
            confidences: the probability of the tag predicted for each token, in 0..1.
            correct: whether it is the gold tag.

        Raises:
            ValueError: they differ in number.
        """
        self._confidences = np.fromiter(confidences, dtype=np.float64)
        self._correct = np.fromiter(correct, dtype=np.bool_)
        if len(self._confidences) != len(self._correct):
            raise ValueError("there must be one probability for each token")

    def __len__(self) -> int:
        return len(self._confidences)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Calibration):
            return NotImplemented
        same = np.array_equal(self._confidences, other._confidences)
        return same and np.array_equal(self._correct, other._correct)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Calibration of {len(self):,} tokens: expected error {100 * self.expected_error:.2f} %>"

    def _repr_html_(self) -> str:
        from postagger.evaluation.notebook import calibration_html

        return calibration_html(self)

    @property
    def expected_error(self) -> float:
        """The expected calibration error, in 0..1, over 15 bins: the mean distance between probability and
        accuracy (Naeini et al. 2015). NaN without tokens."""
        gaps = sum(
            each.tokens * abs((each.confidence or 0) - (each.accuracy or 0)) for each in self.reliability()
        )
        return gaps / len(self) if len(self) else math.nan

    def reliability(self, bins: int = BINS) -> list[ReliabilityBin]:
        """The accuracy of tokens with similar probabilities, in intervals of equal width."""
        number = np.clip(np.ceil(self._confidences * bins).astype(np.int64) - 1, 0, bins - 1)
        tokens = np.bincount(number, minlength=bins).tolist()
        confidence = np.bincount(number, self._confidences, bins).tolist()
        correct = np.bincount(number, self._correct, bins).tolist()
        return [
            ReliabilityBin(
                place / bins,
                (place + 1) / bins,
                tokens[place],
                confidence[place] / tokens[place] if tokens[place] else None,
                correct[place] / tokens[place] if tokens[place] else None,
            )
            for place in range(bins)
        ]

    def coverage(self, thresholds: Sequence[float] = THRESHOLDS) -> list[Coverage]:
        """How many tokens are at least so probable, and how many of them are right."""
        rows = []
        for threshold in thresholds:
            chosen = self._correct[self._confidences >= threshold]
            accuracy = float(chosen.mean()) if len(chosen) else None
            rows.append(Coverage(threshold, len(chosen) / len(self) if len(self) else 0.0, accuracy))
        return rows

    def as_json(self) -> dict[str, Any]:
        """Plain data: the expected error, the bins that have tokens, and the coverage."""
        return {
            "expected_calibration_error": self.expected_error,
            "reliability": [each._asdict() for each in self.reliability() if each.tokens],
            "coverage": [each._asdict() for each in self.coverage()],
        }


def tempered(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Probabilities at a temperature: raised to the power of 1/T, rows normalised to a sum of 1."""
    if temperature == 1.0:
        return probabilities
    logs = np.log(np.maximum(probabilities, _SMALLEST)) / np.float32(temperature)
    rows = np.exp(logs - logs.max(axis=1, keepdims=True))
    rows[probabilities == 0] = 0
    found: Probabilities = rows / rows.sum(axis=1, keepdims=True)
    return found


def fit_temperature(members: Sequence[Probabilities], gold: NDArray[np.int64]) -> float:
    """The temperature at which gold tags are most probable, with a weak preference for 1.

    Args:
        members: the probabilities of one tagger; or of each member of an ensemble, which then all have this
            temperature before their mean is taken.
        gold: the number of each token's gold tag; negative for tokens without one, which do not count.

    Returns:
        A number in 0.05..20.1; 1 without tokens.
    """
    counted = np.flatnonzero(gold >= 0)[:MOST_TOKENS]
    if not len(counted):
        return 1.0
    right = gold[counted]
    logs = [np.log(np.maximum(rows[counted], _SMALLEST)).astype(np.float32) for rows in members]

    def slope(log_temperature: float) -> float:
        """The derivative of the negative log-likelihood and the prior by the logarithm of the temperature."""
        inverse = math.exp(-log_temperature)
        chances, slopes = zip(*(_of_gold(each, right, inverse) for each in logs), strict=True)
        weights = np.array(chances)
        weights /= np.maximum(weights.sum(axis=0), 1e-300)
        return float((weights * np.array(slopes)).sum()) * inverse + log_temperature / _WIDTH**2

    return math.exp(_root(slope, -_FARTHEST, _FARTHEST))


def _of_gold(
    logs: NDArray[np.float32], gold: NDArray[np.int64], inverse: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each token, the gold tag's probability at an inverse temperature, and the derivative of its
    logarithm by the inverse temperature.

    Shape:
        logs: (tokens, tags).
    """
    scaled = logs * np.float32(inverse)
    scaled -= scaled.max(axis=1, keepdims=True)
    rows = np.exp(scaled)
    total = rows.sum(axis=1, dtype=np.float64)
    mean = np.einsum("ij,ij->i", rows, logs, dtype=np.float64) / total
    of_gold = (np.arange(len(gold)), gold)
    return rows[of_gold] / total, logs[of_gold] - mean


def _root(function: Callable[[float], float], low: float, high: float, precision: float = 1e-4) -> float:
    """Where an increasing function is 0, or the end nearer to it (regula falsi, Illinois variant)."""
    at_low, at_high = function(low), function(high)
    if at_low >= 0 or at_high <= 0:
        return low if at_low >= 0 else high
    side = 0
    while high - low > precision:
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        value = function(middle)
        if abs(value) < 1e-9:
            return middle
        if value < 0:
            step, low, at_low = middle - low, middle, value
            at_high = at_high / 2 if side < 0 else at_high
            side = -1
        else:
            step, high, at_high = high - middle, middle, value
            at_low = at_low / 2 if side > 0 else at_low
            side = 1
        if step < precision / 10:
            return middle
    return (low + high) / 2
