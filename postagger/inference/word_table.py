"""Words to rows: what a network makes of each word it has met, kept for the next time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from postagger.features import WordEncoding, WordTypes
from postagger.features.normalise import CLOSING, OPENING, STRAIGHT
from postagger.inference.token_tags import Pairs

LARGEST = 96 * 2**20
"""Bytes that the rows of a table may have before it forgets the half that is used least."""

PAIRS = 2**27
"""Pairs of a word and a tag that a table has room for, 4 bytes each: with many tags it holds fewer words."""

CPU = torch.device("cpu")

_PADDING = object()
"""Beyond a sentence's edge: no string, so that no token is taken for it."""

_STRAIGHT = 1
"""The number of the straight quote."""


class _Numbers(dict[Any, int]):
    """Word to row; a word not met before is given the next one."""

    def __missing__(self, word: object) -> int:
        if not isinstance(word, str):
            raise TypeError(f"{word!r} is no word")
        number = self[word] = len(self)
        return number


class Found(NamedTuple):
    """What a table has of the words of some sentences.

    Attributes:
        rows: ``(words or more, width)`` on the device; row 0 is the padding beyond a sentence's edge.
        tokens: ``(tokens,)``, on the CPU: the row of each token.
        numbers: ``(tokens,)``: the number of each token's word, which its pairs go by.
        pairs: of these words.
    """

    rows: Tensor
    tokens: Tensor
    numbers: NDArray[np.int64]
    pairs: Pairs


class WordTable:
    """A row of numbers for each word, made when the word is first met.

    When the rows have more than `LARGEST` bytes, the words that were used least are forgotten, so that
    any amount of text can be streamed. Threads may share a table.
    """

    def __init__(
        self,
        encoding: WordEncoding,
        make: Callable[[WordTypes], Tensor],
        tags: Sequence[str],
        *,
        device: torch.device = CPU,
        largest: int = LARGEST,
    ) -> None:
        """
        Args:
            make: word types to rows, ``(types, width)``, both on the device.
            tags: what words are paired with.
            device: where the rows are.
            largest: see `LARGEST`.
        """
        self._encoding = encoding
        self._make = make
        self._tags = tags
        self._device = device
        self._lock = threading.Lock()
        # A straight quote opens and closes by turns: its own row only marks it.
        self._numbers = _Numbers({_PADDING: 0, STRAIGHT: _STRAIGHT, OPENING: 2, CLOSING: 3})
        self._special = len(self._numbers)
        first = make(encoding.encode([STRAIGHT, OPENING, CLOSING]).to(device))
        self._filled = self._special
        self._most = max(2 * self._special, min(largest // first[0].nbytes, PAIRS // len(tags)))
        self._make_room(first)
        self._uses = np.zeros(self._most, np.int64)

    def __len__(self) -> int:
        """Words that it has rows for, the special ones included."""
        return self._filled

    @property
    def nbytes(self) -> int:
        """Of the rows that are in use."""
        return self._rows[: self._filled].nbytes

    def look_up(self, words: Sequence[str], lengths: NDArray[np.int64]) -> Found:
        """The rows of some sentences' words.

        Args:
            words: of all sentences, one or more.
            lengths: ``(sentences,)``.

        Raises:
            TypeError: a word is no string.
        """
        with self._lock:
            if self._filled > self._most:
                self._forget()
            numbers = np.fromiter(map(self._numbers.__getitem__, words), np.int64, len(words))
            if len(self._numbers) > self._filled:
                self._fill()
            self._uses[: self._filled] += np.bincount(numbers, minlength=self._filled)
            rows, pairs = self._rows, self._pairs
        straight = numbers == _STRAIGHT
        index = _turned(numbers, straight, lengths) if straight.any() else numbers
        return Found(rows, torch.from_numpy(index), numbers, pairs)

    def _fill(self) -> None:
        """Makes the rows of the words that have none yet."""
        words = list(itertools.islice(self._numbers, self._filled, None))
        made = self._make(self._encoding.encode(words).to(self._device))[1:]  # without the padding
        needed = self._filled + len(made)
        if needed > len(self._rows):
            self._make_room(self._rows[: self._filled], needed)
            self._uses = np.concatenate([self._uses, np.zeros(len(self._rows) - len(self._uses), np.int64)])
        self._rows[self._filled : needed] = made
        self._filled = needed

    def _forget(self) -> None:
        """Keeps the half of the words that is used most."""
        uses = self._uses[: self._filled]
        uses[: self._special] = np.iinfo(np.int64).max
        kept = np.sort(np.argsort(-uses, kind="stable")[: self._most // 2])
        words = list(self._numbers)
        self._numbers = _Numbers((words[row], number) for number, row in enumerate(kept))
        self._make_room(self._rows[torch.from_numpy(kept).to(self._device)])
        self._uses = np.zeros(self._most, np.int64)
        self._uses[: len(kept)] = uses[kept] // 2  # what was used long ago counts less
        self._filled = len(kept)

    def _make_room(self, rows: Tensor, more: int = 0) -> None:
        """Goes on with a copy of some rows, and room for the most, or for so many; pairs start anew.

        Another thread may have the old ones still, which stay as they are. Memory that is not written to
        costs nothing.
        """
        self._rows = rows.new_empty(max(self._most, more), rows.size(1))
        self._rows[: len(rows)] = rows
        self._pairs = Pairs(len(self._rows), self._tags)


def _turned(
    numbers: NDArray[np.int64], straight: NDArray[np.bool_], lengths: NDArray[np.int64]
) -> NDArray[np.int64]:
    """With the straight quotes of each sentence made opening and closing ones, by turns."""
    before = straight.cumsum() - straight  # straight quotes before each token, in all sentences
    starts = lengths.cumsum() - lengths
    starts[starts == len(before)] = 0  # empty sentences at the end: their start is no token
    before -= before[starts].repeat(lengths)
    turned = numbers.copy()
    turned[straight] = np.where(before[straight] % 2, 3, 2)
    return turned
