"""Builds a network from the weights of a trained one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.config import Config, ModelConfig
from postagger.config.models import GruConfig, LogisticConfig, LstmConfig, RnnConfig, WindowConfig
from postagger.runtime.activations import ACTIVATIONS
from postagger.runtime.affine import Affine
from postagger.runtime.network import Floats, Network
from postagger.runtime.recurrence import ElmanLayer, GruLayer, Layer, LstmLayer, ReluLayer
from postagger.runtime.recurrent import RecurrentNetwork
from postagger.runtime.window import LogisticNetwork, WindowNetwork, WindowSums
from postagger.runtime.word_vectors import WordEncoder

Weights = Mapping[str, NDArray[Any]]


class Outputs(NamedTuple):
    """The output layer; those of several heads are one after another.

    Attributes:
        weight: ``(outputs, size)``.
        bias: ``(outputs,)``.
    """

    weight: Floats
    bias: Floats


def build_network(
    config: Config, weights: Weights, rows: Mapping[str, int], outputs: tuple[Floats, Floats]
) -> Network | None:
    """Builds the network of a trained model.

    Args:
        weights: by their names in a model file; those of the heads are not used.
        rows: the size of each vocabulary, by name.
        outputs: the weight, ``(outputs, size)``, and the bias, ``(outputs,)``, of the output layer; those of
            several heads are concatenated.

    Returns:
        None if the kind of model is not one of this package's.
    """
    build = _BUILDERS.get(type(config.model))
    if build is None:
        return None
    return build(config.model, weights, WordEncoder(config.words, weights, rows), Outputs(*outputs))


def _logistic(config: LogisticConfig, _: Weights, words: WordEncoder, outputs: Outputs) -> Network:
    sums = WindowSums(config.left, config.right, len(outputs.bias))
    return LogisticNetwork(words, sums, Affine(*logistic_rows(*outputs, config.left, config.right)))


def _window(config: WindowConfig, weights: Weights, words: WordEncoder, outputs: Outputs) -> Network:
    weight, bias = weights["context.delay.weight"], weights["context.delay.bias"]
    sums = WindowSums(config.left, config.right, len(bias))
    first = Affine(weight, bias_in_the_middle(bias, config.left, sums.delays))
    names = [f"context.layers.{number}" for number in range(len(config.hidden) - 1)]
    layers = [Affine(weights[f"{name}.weight"], weights[f"{name}.bias"]) for name in names]
    return WindowNetwork(words, sums, first, ACTIVATIONS[config.activation], layers, Affine(*outputs))


def logistic_rows(weight: Floats, bias: Floats, left: int, right: int) -> tuple[Floats, Floats]:
    """The layer from word vectors to rows of logistic regression, given its output layer.

    Args:
        weight: ``(tags, delays * size)``.
        bias: ``(tags,)``.

    Returns:
        Weight, ``(delays * tags, size)``, and bias, ``(delays * tags,)``.
    """
    delays = left + 1 + right
    stacked = weight.reshape(len(bias), delays, -1).swapaxes(0, 1)  # (delays, tags, size)
    return stacked.reshape(delays * len(bias), -1), bias_in_the_middle(bias, left, delays)


def bias_in_the_middle(bias: Floats, left: int, delays: int) -> Floats:
    """A bias for the rows of all window positions, ``(delays * units,)``: the word in the middle adds it.

    Args:
        bias: ``(units,)``.
    """
    biases = np.zeros((delays, len(bias)), np.float32)
    biases[left] = bias
    return biases.reshape(-1)


def _recurrent(
    kind: type[Layer], layers: int, weights: Weights, words: WordEncoder, outputs: Outputs
) -> Network:
    stack = [kind(weights, "context.layer.", number) for number in range(layers)]
    return RecurrentNetwork(words, stack, *outputs)


def _rnn(config: RnnConfig, weights: Weights, words: WordEncoder, outputs: Outputs) -> Network:
    kind = ElmanLayer if config.activation == "tanh" else ReluLayer
    return _recurrent(kind, config.layers, weights, words, outputs)


def _gru(config: GruConfig, weights: Weights, words: WordEncoder, outputs: Outputs) -> Network:
    return _recurrent(GruLayer, config.layers, weights, words, outputs)


def _lstm(config: LstmConfig, weights: Weights, words: WordEncoder, outputs: Outputs) -> Network:
    return _recurrent(LstmLayer, config.layers, weights, words, outputs)


_BUILDERS: dict[type[ModelConfig], Callable[[Any, Weights, WordEncoder, Outputs], Network]] = {
    LogisticConfig: _logistic,
    WindowConfig: _window,
    RnnConfig: _rnn,
    GruConfig: _gru,
    LstmConfig: _lstm,
}
"""How each kind of model is built: by the exact class of its settings, since a subclass may mean another."""
