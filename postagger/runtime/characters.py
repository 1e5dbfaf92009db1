"""Encodes a word from its characters, by convolution or with an LSTM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postagger.features import PADDING
from postagger.runtime.network import Floats, Integers
from postagger.runtime.recurrence import LstmLayer, Steps


class CharacterConvolution:
    """A convolution over characters with max pooling.

    As in a time-delay layer, each character's product at each position of the filters is computed in advance.

    Attributes:
        products: for each place in the filters, ``(characters, filters)``.
        bias: ``(filters,)``.

    Shape: ``(types, longest)`` integers to ``(types, filters)``; a word without characters gives zeros.
    """

    def __init__(self, table: Floats, weight: Floats, bias: Floats) -> None:
        """
        Args:
            table: ``(characters, size)``, the embeddings; the padding's is all zeros.
            weight: ``(filters, size, width)``, an odd width.
            bias: ``(filters,)``.
        """
        self.products = [table @ weight[:, :, place].T for place in range(weight.shape[2])]
        self.bias = bias

    def __call__(self, characters: Integers) -> Floats:
        types, longest = characters.shape
        if not longest:
            return np.zeros((types, len(self.bias)), np.float32)
        width = len(self.products)
        padded = np.pad(characters, ((0, 0), (width // 2, width // 2)), constant_values=PADDING)
        total = self.products[0][padded[:, :longest]]  # (types, longest, filters)
        for place, products in enumerate(self.products[1:], 1):
            total += products[padded[:, place : place + longest]]
        total += self.bias
        total *= (characters != PADDING)[:, :, np.newaxis]
        best: Floats = total.max(axis=1)
        return np.maximum(best, np.float32(0), out=best)  # the filters' ReLU


class CharacterLstm:
    """The final states of a bidirectional LSTM over characters.

    Shape: ``(types, longest)`` integers to ``(types, units)``, half of the units for each direction; a word
    without characters gives zeros.
    """

    def __init__(self, table: Floats, layer: LstmLayer) -> None:
        """
        Args:
            table: ``(characters, size)``, the embeddings.
        """
        self._layer = layer
        self._rows = layer.inputs(table)

    def __call__(self, characters: Integers) -> Floats:
        present = characters != PADDING
        lengths = present.sum(axis=1)
        vectors = np.zeros((len(characters), 2, self._layer.hidden), np.float32)
        nonempty = np.flatnonzero(lengths)
        if len(nonempty):
            index = characters[present]
            for steps in Steps.groups(lengths[nonempty]):
                states = self._layer.states(self._rows, index[steps.tokens], steps)
                vectors[nonempty[steps.sentences]] = states[:, steps.last].swapaxes(0, 1)
        return vectors.reshape(len(characters), -1)


def character_encoder(kind: str, weights: Mapping[str, NDArray[Any]]) -> Callable[[Integers], Floats]:
    """Builds a character encoder.

    Args:
        kind: ``convolution`` or ``lstm``.
        weights: those of the network, by name.
    """
    if kind == "lstm":
        table = weights["words.characters.table.weight"]
        return CharacterLstm(table, LstmLayer(weights, "words.characters.layer.", 0))
    return character_convolution(weights)


def character_convolution(weights: Mapping[str, NDArray[Any]]) -> CharacterConvolution:
    """Builds the convolution of a network with these weights."""
    table, layer = weights["words.characters.table.weight"], "words.characters.convolution."
    return CharacterConvolution(table, weights[f"{layer}weight"], weights[f"{layer}bias"])
