"""Recurrent networks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from postagger.features import WordTypes
from postagger.runtime.network import Floats, Integers, Network
from postagger.runtime.recurrence import Layer, Steps
from postagger.runtime.word_vectors import WordEncoder

_BLOCK = 1024
"""Tokens whose scores are passed on at a time."""


class RecurrentNetwork(Network):
    """A stack of recurrent layers; a row holds a word's part of the first layer's gates."""

    def __init__(self, words: WordEncoder, layers: Sequence[Layer], weight: Floats, bias: Floats) -> None:
        """
        Args:
            layers: lowest first.
            weight: of the output, ``(outputs, directions * hidden)``.
            bias: ``(outputs,)``.
        """
        self.words = words
        self.layers = tuple(layers)
        last = self.layers[-1]
        # (directions, hidden, outputs)
        self._weight = np.ascontiguousarray(weight.T).reshape(last.directions, last.hidden, -1)
        self._bias = bias
        self.outputs = len(bias)
        self.width = self.layers[0].width

    def rows(self, types: WordTypes) -> Floats:
        return self.layers[0].inputs(self.words(types))

    def blocks(self, rows: Floats, index: Integers, lengths: Integers) -> Iterator[Floats]:
        scores = np.tile(self._bias, (len(index), 1))
        for steps in Steps.groups(lengths):
            self._add(scores, rows, index[steps.tokens], steps)
        for first in range(0, len(scores), _BLOCK):
            yield scores[first : first + _BLOCK]

    def _add(self, scores: Floats, rows: Floats, index: Integers, steps: Steps) -> None:
        """Adds what the states give to the scores of some sentences.

        Args:
            scores: ``(tokens of all sentences, outputs)``.
            index: ``(tokens,)``, the row of each token, in the order of the forward steps.
        """
        for layer, above in itertools.pairwise(self.layers):
            forward, *backward = layer.states(rows, index, steps)
            states = np.concatenate([forward, *(part[steps.mirror] for part in backward)], axis=1)
            rows, index = above.inputs(states), np.arange(len(index))
        orders = (steps.tokens, steps.tokens[steps.mirror])
        first = 0
        for block in self.layers[-1].blocks(rows, index, steps):
            end = first + block.shape[1]
            for order, part in zip(orders, block @ self._weight, strict=False):  # one or two directions
                scores[order[first:end]] += part
            first = end
