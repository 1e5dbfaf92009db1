"""Made-up counts of correct tokens for the tests of significance."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

TOKENS = np.array([40, 90, 20])
FIRST = np.array([[31, 80, 20], [35, 84, 13]])
SECOND = np.array([[30, 85, 11]])


def enumerated(statistic: Callable[..., float], *counts: int) -> tuple[float, float]:
    """The 2.5 % and 97.5 % points of a statistic over all resamples of its arguments."""
    draws = [list(itertools.product(range(count), repeat=count)) for count in counts]
    values = sorted(statistic(*map(list, choice)) for choice in itertools.product(*draws))
    return values[int(0.025 * len(values))], values[int(0.975 * len(values))]


class World:
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
