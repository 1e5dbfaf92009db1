"""Feedforward networks over a window of words: one row of a word at each window position, summed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from postagger.features import WordTypes
from postagger.runtime.affine import Affine
from postagger.runtime.network import Floats, Integers, Network
from postagger.runtime.word_vectors import WordEncoder

_BLOCK = 512
"""Tokens processed at a time, few enough that their hidden units stay in the processor's cache."""


class WindowSums:
    """Sums the rows of the words in the window around each token.

    A word has one row for each position in the window, ``(delays, size)``, since the layer is linear: the
    product of a whole window is the sum of its words' products.
    """

    def __init__(self, left: int, right: int, size: int) -> None:
        self.left, self.right = left, right
        self.delays = left + 1 + right
        self.size = size

    def blocks(self, rows: Floats, index: Integers, lengths: Integers) -> Iterator[Floats]:
        """Yields sums ``(n, size)`` of consecutive tokens; each block is overwritten by the next one.

        Args:
            rows: ``(words, delays * size)``; row 0 is the padding beyond a sentence's edge.
            index: ``(tokens,)``.
            lengths: ``(sentences,)``, none of them 0.
        """
        padded, starts = self._padded(index, lengths)
        by_position = rows.reshape(-1, self.size)
        sums, row = np.empty((2, min(_BLOCK, len(index)), self.size), np.float32)
        # Row n of `by_position[delay:]` is, for a word's first row n, the word's row at this delay.
        positions = [(padded[delay:], by_position[delay:]) for delay in range(self.delays)]
        for first in range(0, len(index), _BLOCK):
            block = starts[first : first + _BLOCK]
            (words, at_position), *others = positions
            total = at_position.take(words.take(block), axis=0, out=sums[: len(block)], mode="clip")
            for words, at_position in others:
                total += at_position.take(words.take(block), axis=0, out=row[: len(block)], mode="clip")
            yield total

    def _padded(self, index: Integers, lengths: Integers) -> tuple[Integers, Integers]:
        """Concatenates sentences with padding between them and at both ends.

        Returns:
            The first row of each word in order of position, and where each token's window starts in them,
            ``(tokens,)``.
        """
        gap = max(self.left, self.right)
        places = np.arange(gap, gap + len(index))
        if gap and len(lengths) > 1:
            places += np.repeat(np.arange(0, len(lengths) * gap, gap), lengths)
        padded = np.zeros(len(index) + (len(lengths) + 1) * gap, np.int64)
        padded[places] = index * self.delays
        return padded, places - self.left


class LogisticNetwork(Network):
    """Logistic regression; a row holds a word's part of the scores at each window position."""

    def __init__(self, words: WordEncoder, sums: WindowSums, first: Affine) -> None:
        """
        Args:
            first: from word vectors to rows.
        """
        self.words = words
        self.sums = sums
        self.first = first
        self.width, self.outputs = sums.delays * sums.size, sums.size

    def rows(self, types: WordTypes) -> Floats:
        return self.first(self.words(types))

    def blocks(self, rows: Floats, index: Integers, lengths: Integers) -> Iterator[Floats]:
        return self.sums.blocks(rows, index, lengths)


class WindowNetwork(Network):
    """A time-delay network; a row holds a word's product with the first layer at each window position."""

    def __init__(
        self,
        words: WordEncoder,
        sums: WindowSums,
        first: Affine,
        activation: Callable[[Floats], Floats],
        layers: Sequence[Affine],
        output: Affine,
    ) -> None:
        """
        Args:
            first: from word vectors to rows.
            activation: overwrites its argument.
            layers: the hidden layers after the first one.
        """
        self.words = words
        self.sums = sums
        self.first = first
        self.activation = activation
        self.layers = tuple(layers)
        self.output = output
        self.width, self.outputs = sums.delays * sums.size, output.outputs

    def rows(self, types: WordTypes) -> Floats:
        return self.first(self.words(types))

    def blocks(self, rows: Floats, index: Integers, lengths: Integers) -> Iterator[Floats]:
        for hidden in self.sums.blocks(rows, index, lengths):
            hidden = self.activation(hidden)
            for layer in self.layers:
                hidden = self.activation(layer(hidden))
            yield self.output(hidden)
