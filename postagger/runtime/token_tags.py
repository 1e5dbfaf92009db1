"""A cache of ``(token, tag)`` pairs."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Pair = tuple[str, str]


class Pairs:
    """A cache of pairs of numbered words and tags; each pair is created on first use.

    Pairs are immutable, so one can appear in any number of results. Looking one up takes a third of the
    time of creating it and makes no work for the garbage collector. Threads may share a cache.
    """

    def __init__(self, words: int, tags: Sequence[str]) -> None:
        """
        Args:
            words: the largest number of words.
            tags: the tag set.
        """
        self._tags = tags
        # Each pair's index in `_pairs`; 0: not created yet.
        self._slots = np.zeros(words * len(tags), np.int32)
        self._pairs = np.empty(1024, object)
        self._filled = 1
        self._lock = threading.Lock()

    def __call__(
        self, words: Sequence[str], numbers: NDArray[np.int64], tags: NDArray[np.int64]
    ) -> NDArray[np.object_]:
        """Looks up the pair of each token, ``(tokens,)``.

        Args:
            words: the tokens, all of type ``str`` itself.
            numbers: ``(tokens,)``, the number of each word; equal words have equal numbers.
            tags: ``(tokens,)``, the number of each tag.
        """
        places = numbers * len(self._tags) + tags
        slots = self._slots.take(places)
        new = np.flatnonzero(slots == 0)
        if len(new):
            with self._lock:
                for token in new.tolist():
                    self._make(int(places[token]), (words[token], self._tags[tags[token]]))
            slots = self._slots.take(places)
        return self._pairs.take(slots)

    def _make(self, place: int, pair: Pair) -> None:
        if self._slots[place]:
            return
        if self._filled == len(self._pairs):
            # Grow a copy: other threads may still be using the old array.
            self._pairs = np.concatenate([self._pairs, np.empty_like(self._pairs)])
        self._pairs[self._filled] = pair
        self._slots[place] = self._filled
        self._filled += 1
