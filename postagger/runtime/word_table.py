"""A cache of the first layer's output for each word."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.features import WordEncoding, WordTypes
from postagger.features.normalise import CLOSING, OPENING, STRAIGHT, is_straight_quote
from postagger.runtime.network import Floats, Integers
from postagger.runtime.token_tags import Pairs

LARGEST = 96 * 2**20
"""The largest size of a table's rows in bytes; beyond it, the less used half is dropped."""

LETTERS = 32 * 2**20
"""The largest number of characters in all words of a table, or the less used half is dropped."""

PAIRS = 2**27
"""The largest number of word-tag pairs, at 4 bytes each: with many tags a table holds fewer words."""

_NEW = 4096
"""New words whose rows are computed at a time."""

_FEW = 1024
"""Tokens that are counted one by one, because all rows of the table are many more."""

_PADDING = object()
"""The key of padding beyond a sentence's edge; not a string, so no token can equal it."""

_STRAIGHT = 1
"""The row number of the straight quote."""


class _Numbers(dict[Any, int]):
    """Maps words to row numbers; a new word gets the next number.

    Attributes:
        new: the words added last, in order; there may be older ones before them.
    """

    def __init__(self, numbers: Iterable[tuple[Any, int]]) -> None:
        super().__init__(numbers)
        self.new: list[str] = []

    def __missing__(self, word: object) -> int:
        if not isinstance(word, str):
            raise TypeError(f"a token must be a string, not {word!r}")
        number = self[word] = len(self)
        self.new.append(word)
        return number


class Found(NamedTuple):
    """A table's entries for the words of some sentences.

    Attributes:
        rows: ``(words or more, width)``; row 0 is the padding beyond a sentence's edge.
        tokens: ``(tokens,)``, the row of each token.
        numbers: ``(tokens,)``, the number of each token's word in `pairs`.
        pairs: the cache of these words' pairs.
    """

    rows: Floats
    tokens: Integers
    numbers: Integers
    pairs: Pairs


class WordTable:
    """A table with one row per word, computed when the word first occurs.

    When the rows take more than `LARGEST` bytes, or the words have more than `LETTERS` characters, the least
    used words are dropped, so that any amount of text can be streamed. Threads may share a table.
    """

    def __init__(
        self,
        encoding: WordEncoding,
        make: Callable[[WordTypes], Floats],
        tags: Sequence[str],
        *,
        largest: int = LARGEST,
    ) -> None:
        """
        Args:
            make: computes rows from word types, ``(types, width)``.
            tags: the tag set, for the cache of pairs.
            largest: see `LARGEST`.
        """
        self._encoding = encoding
        self._make = make
        self._tags = tags
        self._lock = threading.Lock()
        # Straight quotes become opening and closing ones alternately: row 1 only marks them.
        self._numbers = _Numbers([(_PADDING, 0), (STRAIGHT, _STRAIGHT), (OPENING, 2), (CLOSING, 3)])
        self._special = len(self._numbers)
        self._straight = np.array([_STRAIGHT])  # and further ways to write the straight quote
        first = make(encoding.encode([STRAIGHT, OPENING, CLOSING]))
        self._filled = self._special
        self._letters = 0
        self._most = max(2 * self._special, min(largest // first[0].nbytes, PAIRS // len(tags)))
        self._reserve(first)
        self._uses = np.zeros(self._most, np.int64)

    def __len__(self) -> int:
        """The number of rows in use, including the special ones."""
        return self._filled

    @property
    def nbytes(self) -> int:
        """The size in bytes of the rows in use."""
        return self._rows[: self._filled].nbytes

    def look_up(self, words: Sequence[str], lengths: Integers) -> Found:
        """Looks up the words of some sentences, and computes rows for new ones.

        Args:
            words: the tokens of all sentences, at least one.
            lengths: ``(sentences,)``.

        Raises:
            TypeError: a word is not a string.
        """
        with self._lock:
            if self._filled > self._most or self._letters > LETTERS:
                self._forget()
            numbers = np.fromiter(map(self._numbers.__getitem__, words), np.int64, len(words))
            if len(self._numbers) > self._filled:
                self._fill()
            self._count(numbers)
            rows, pairs, quotes = self._rows, self._pairs, self._straight
        straight = numbers == _STRAIGHT if len(quotes) == 1 else np.isin(numbers, quotes)
        index = _paired_quotes(numbers, straight, lengths) if straight.any() else numbers
        return Found(rows, index, numbers, pairs)

    def _count(self, numbers: Integers) -> None:
        """Counts the uses of words."""
        if len(numbers) < _FEW:
            np.add.at(self._uses, numbers, 1)
        else:
            self._uses[: self._filled] += np.bincount(numbers, minlength=self._filled)

    def _fill(self) -> None:
        """Computes the rows of new words."""
        new = self._numbers.new[self._filled - len(self._numbers) :]
        needed = self._filled + len(new)
        if needed > len(self._rows):
            self._reserve(self._rows[: self._filled], needed)
            self._uses = np.concatenate([self._uses, np.zeros(len(self._rows) - len(self._uses), np.int64)])
        normalise = self._encoding.config.normalise
        for first in range(0, len(new), _NEW):
            words = new[first : first + _NEW]
            straight = [is_straight_quote(word, normalise=normalise) for word in words]
            self._straight = np.append(self._straight, self._filled + np.flatnonzero(straight))
            rows = self._make(self._encoding.encode(words))[1:]  # without the padding
            self._rows[self._filled : self._filled + len(words)] = rows
            self._filled += len(words)
        self._letters += sum(map(len, new))
        self._numbers.new.clear()

    def _forget(self) -> None:
        """Drops the less used half of the words."""
        uses = self._uses[: self._filled]
        uses[: self._special] = np.iinfo(np.int64).max
        kept = np.sort(
            np.argsort(-uses, kind="stable")[: max(self._special, min(self._most, self._filled) // 2)]
        )
        words = list(self._numbers)
        self._numbers = _Numbers((words[row], number) for number, row in enumerate(kept))
        self._letters = sum(len(words[row]) for row in kept if row >= self._special)
        self._reserve(self._rows[kept])
        self._straight = np.flatnonzero(np.isin(kept, self._straight))
        self._uses = np.zeros(self._most, np.int64)
        self._uses[: len(kept)] = uses[kept] // 2  # so that old uses count less
        self._filled = len(kept)

    def _reserve(self, rows: Floats, more: int = 0) -> None:
        """Copies rows to a new table with room for at least `more` rows, and starts a new cache of pairs.

        The old table is not changed, since another thread may still be using it. Reserved memory costs
        nothing until it is written to.
        """
        self._rows = np.empty((max(self._most, more), rows.shape[1]), np.float32)
        self._rows[: len(rows)] = rows
        self._pairs = Pairs(len(self._rows), self._tags)


def _paired_quotes(numbers: Integers, straight: NDArray[np.bool_], lengths: Integers) -> Integers:
    """Replaces the straight quotes of each sentence with opening and closing ones, alternately."""
    before = straight.cumsum() - straight  # straight quotes before each token, in all sentences
    starts = lengths.cumsum() - lengths
    starts[starts == len(before)] = 0  # empty sentences at the end start beyond the last token
    before -= before[starts].repeat(lengths)
    paired = numbers.copy()
    paired[straight] = np.where(before[straight] % 2, 3, 2)
    return paired
