"""A trained network in two halves: from word types to rows, and from rows to tag scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from postagger.features import WordTypes

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


class Network(ABC):
    """A network whose first layer is computed once for each word, and the others for each token.

    Attributes:
        width: the size of a row, the first layer's output for a word.
        outputs: the number of scores of a token: the tags of all heads.
    """

    width: int
    outputs: int

    @abstractmethod
    def rows(self, types: WordTypes) -> Floats:
        """Computes the first layer's output for each word type: ``(types, width)``."""

    @abstractmethod
    def blocks(self, rows: Floats, index: Integers, lengths: Integers) -> Iterator[Floats]:
        """Computes the tag scores of some sentences; arguments as in `scores`.

        Yields:
            The scores of consecutive tokens, ``(n, outputs)``; each block is overwritten by the next one.
        """

    def scores(self, rows: Floats, index: Integers, lengths: Integers) -> Floats:
        """Computes the tag scores of some sentences, ``(tokens, outputs)``.

        Args:
            rows: ``(words, width)``, contiguous; row 0 is the padding beyond a sentence's edge.
            index: ``(tokens,)``, the row of each token.
            lengths: ``(sentences,)``, none of them 0.
        """
        scores = np.empty((len(index), self.outputs), np.float32)
        filled = 0
        for block in self.blocks(rows, index, lengths):
            scores[filled : filled + len(block)] = block
            filled += len(block)
        return scores
