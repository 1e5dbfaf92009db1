"""``(token, tag)`` pairs, handed out again and again."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Pair = tuple[str, str]


class Pairs:
    """Pairs of numbered words and tags: each is made when it is first asked for, and kept.

    A pair can't be changed, so that it may stand in any number of answers. To find one takes a third
    of the time that making it does, and leaves nothing to the garbage collector. Threads may share it.
    """

    def __init__(self, words: int, tags: Sequence[str]) -> None:
        """
        Args:
            words: how many there may be.
        """
        self._tags = tags
        self._slots = np.zeros(words * len(tags), np.int32)  # where each pair stands; 0: nowhere yet
        self._pairs = np.empty(1024, object)
        self._filled = 1
        self._lock = threading.Lock()

    def __call__(
        self, words: Sequence[str], numbers: NDArray[np.int64], tags: NDArray[np.int64]
    ) -> NDArray[np.object_]:
        """The pair of each token, ``(tokens,)``.

        Args:
            words: all of them of type ``str`` itself.
            numbers: ``(tokens,)`` the number of each word: the same for equal words.
            tags: ``(tokens,)`` the number of each tag.
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
            # Others may be reading the old ones, which stay as they are.
            self._pairs = np.concatenate([self._pairs, np.empty_like(self._pairs)])
        self._pairs[self._filled] = pair
        self._slots[place] = self._filled
        self._filled += 1
