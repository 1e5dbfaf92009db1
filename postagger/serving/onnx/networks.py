"""The networks as parts of an ONNX graph: from word vectors to tag scores, as in `postagger.runtime`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postagger.config import Activation, ModelConfig
from postagger.config.models import GruConfig, LogisticConfig, LstmConfig, RnnConfig, WindowConfig
from postagger.runtime.build import Outputs, bias_in_the_middle, logistic_rows
from postagger.serving.onnx.graph import Graph
from postagger.serving.onnx.recurrence import recurrent_layer

Weights = Mapping[str, NDArray[Any]]
_END = np.iinfo(np.int64).max


def tag_scores(
    graph: Graph, config: ModelConfig, weights: Weights, vectors: str, tokens: str, outputs: Outputs
) -> str:
    """Adds the network, and for a recurrent one the input ``lengths``.

    Args:
        config: of a kind in `BUILDERS`.
        weights: by their names in a model file.
        vectors: ``(types, size)``, the first one of padding.
        tokens: ``(sentences, longest)``, the number of each token's word type; 0 beyond the end.
        outputs: the output layer, of all heads.

    Returns:
        ``(sentences, longest, outputs)``.
    """
    return BUILDERS[type(config)](graph, config, weights, vectors, tokens, outputs)


def _window_sums(graph: Graph, rows: str, tokens: str, left: int, right: int, size: int) -> str:
    """Sums the rows of the words around each token, one row of a word for each position in the window.

    Args:
        rows: ``(types, delays * size)``.

    Returns:
        ``(sentences, longest, size)``.
    """
    delays = left + 1 + right
    by_position = [rows]
    if delays > 1:
        sizes = graph.constant([size] * delays)
        by_position = graph.node("Split", rows, sizes, outputs=delays, axis=1)
    padded = graph("Pad", tokens, graph.constant([0, left, 0, right]), graph.constant(0))
    terms = []
    for delay, part in enumerate(by_position):
        end = delay - left - right or _END
        places = (graph.constant([delay]), graph.constant([end]), graph.constant([1]))
        terms.append(graph("Gather", part, graph("Slice", padded, *places)))
    return terms[0] if delays == 1 else graph("Sum", *terms)


def _logistic(
    graph: Graph, config: LogisticConfig, _: Weights, vectors: str, tokens: str, outputs: Outputs
) -> str:
    rows = graph.affine(vectors, *logistic_rows(*outputs, config.left, config.right))
    return _window_sums(graph, rows, tokens, config.left, config.right, len(outputs.bias))


def _window(
    graph: Graph, config: WindowConfig, weights: Weights, vectors: str, tokens: str, outputs: Outputs
) -> str:
    bias = weights["context.delay.bias"]
    delays = config.left + 1 + config.right
    middle = bias_in_the_middle(bias, config.left, delays)
    rows = graph.affine(vectors, weights["context.delay.weight"], middle)
    hidden = _window_sums(graph, rows, tokens, config.left, config.right, len(bias))
    hidden = _activation(graph, config.activation, hidden)
    for number in range(len(config.hidden) - 1):
        name = f"context.layers.{number}"
        hidden = graph.affine(hidden, weights[f"{name}.weight"], weights[f"{name}.bias"])
        hidden = _activation(graph, config.activation, hidden)
    return graph.affine(hidden, *outputs)


def _recurrent(
    graph: Graph,
    config: RnnConfig | GruConfig | LstmConfig,
    weights: Weights,
    vectors: str,
    tokens: str,
    outputs: Outputs,
) -> str:
    lengths = graph.input("lengths", ["sentences"])
    activation = "Relu" if isinstance(config, RnnConfig) and config.activation == "relu" else "Tanh"
    by_step = graph("Transpose", tokens, perm=[1, 0])
    x = graph("Gather", vectors, by_step)  # (longest, sentences, size)
    size = config.hidden * (2 if config.bidirectional else 1)
    for number in range(config.layers):
        states, _ = recurrent_layer(
            graph, config.kind, x, lengths, weights, "context.layer.", number, activation
        )
        together = graph("Transpose", states, perm=[0, 2, 1, 3])  # (longest, sentences, directions, hidden)
        x = graph("Reshape", together, graph.constant([0, 0, size]))
    return graph("Transpose", graph.affine(x, *outputs), perm=[1, 0, 2])


def _activation(graph: Graph, name: Activation, x: str) -> str:
    if name == "none":
        return x
    if name == "leaky_relu":
        return graph("LeakyRelu", x, alpha=0.01)
    if name == "silu":
        return graph("Mul", x, graph("Sigmoid", x))
    if name == "gelu":  # an operator of its own only from version 20 on
        inner = graph("Mul", x, graph.constant(np.array([0.5**0.5], np.float32)))
        share = graph("Add", graph("Erf", inner), graph.constant(np.array([1], np.float32)))
        return graph("Mul", graph("Mul", x, share), graph.constant(np.array([0.5], np.float32)))
    return graph({"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "elu": "Elu"}[name], x)


BUILDERS: dict[type[ModelConfig], Callable[..., str]] = {
    LogisticConfig: _logistic,
    WindowConfig: _window,
    RnnConfig: _recurrent,
    GruConfig: _recurrent,
    LstmConfig: _recurrent,
}
"""The kinds of model that can be exported: by the exact class of their settings."""
