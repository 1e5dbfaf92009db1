"""Ranges of numbers that accuracy is given for: how often training has the word, how long the sentence is."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple


class Bins(NamedTuple):
    """Ranges of whole numbers, the last one open.

    Attributes:
        lowest: the smallest number.
        highest: the largest number of each range but the last.
        zero: what a range with only 0 is called.
    """

    lowest: int
    highest: tuple[int, ...]
    zero: str = "0"

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the ranges: ``unseen``, ``1``, ``3-5``, ``over 100``."""
        lows = (self.lowest, *(high + 1 for high in self.highest))
        names = [
            self.zero if high == 0 else f"{high:,}" if low == high else f"{low:,}-{high:,}"
            for low, high in zip(lows, self.highest, strict=False)
        ]
        return (*names, f"over {self.highest[-1]:,}")

    def number(self, value: int) -> int:
        """The place of the range that a number is in."""
        return bisect_left(self.highest, value)


FREQUENCIES = Bins(0, (0, 1, 2, 5, 10, 30, 100), "unseen")
LENGTHS = Bins(1, (5, 10, 15, 20, 25, 30, 40))
