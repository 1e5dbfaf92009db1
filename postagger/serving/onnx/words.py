"""The word encoder as a part of an ONNX graph: word types to vectors.

As in `postagger.runtime.word_vectors`, which is what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from postagger.features import PADDING, UNKNOWN, WordEncoding
from postagger.features.words import SEPARATE_TABLES
from postagger.serving.onnx.graph import Graph
from postagger.serving.onnx.recurrence import recurrent_layer

Weights = Mapping[str, NDArray[Any]]


def word_vectors(graph: Graph, encoding: WordEncoding, weights: Weights) -> str:
    """Adds the inputs ``words`` and ``characters``, as far as the model has them, and the word encoder.

    Args:
        weights: by their names in a model file.

    Returns:
        The words' vectors, ``(types, size)``; the first one is that of padding.
    """
    columns = encoding.columns
    words = graph.input("words", ["types", len(columns)]) if columns else ""
    vectors = []
    if "word" in columns:
        table = graph.constant(weights["words.word.weight"], "words.word.weight")
        vectors.append(graph("Gather", table, _column(graph, words, columns.index("word"))))
    if "vectors" in columns:
        vectors.append(_pretrained(graph, words, columns.index("vectors"), weights))
    if "words.features.weight" in weights:
        vectors.append(_features(graph, words, encoding, weights["words.features.weight"]))
    if "characters" in encoding.vocabularies:
        characters = graph.input("characters", ["types", "letters"])
        by_lstm = encoding.config.character_encoder == "lstm"
        vectors.append((_character_lstm if by_lstm else _convolution)(graph, characters, weights))
    return vectors[0] if len(vectors) == 1 else graph("Concat", *vectors, axis=1)


def _column(graph: Graph, words: str, number: int) -> str:
    """One column: ``(types, columns)`` to ``(types,)``."""
    return graph("Gather", words, graph.constant(number), axis=1)


def _pretrained(graph: Graph, words: str, column: int, weights: Weights) -> str:
    """The pretrained vectors, perhaps in float16; row n is of the string n + UNKNOWN."""
    table = graph.constant(weights["words.vectors.weight"], "words.vectors.weight")
    rows = graph("Sub", _column(graph, words, column), graph.constant(UNKNOWN))
    rows = graph("Max", rows, graph.constant(0))
    return graph("Cast", graph("Gather", table, rows), to=TensorProto.FLOAT)


def _features(graph: Graph, words: str, encoding: WordEncoding, table: NDArray[Any]) -> str:
    """Affixes, shape and classes, which share one table: each column starts at its own offset."""
    names = [name for name in encoding.vocabularies if name not in SEPARATE_TABLES]
    sizes = [len(encoding.vocabularies[name]) for name in names]
    places = [encoding.columns.index(name) for name in names]
    offsets = np.array([0, *sizes[:-1]], np.int64).cumsum()
    chosen = graph("Gather", words, graph.constant(places), axis=1)  # (types, parts)
    rows = graph("Add", chosen, graph.constant(offsets))
    found = graph("Gather", graph.constant(table, "words.features.weight"), rows)  # (types, parts, dim)
    return graph("Reshape", found, graph.constant([-1, len(names) * table.shape[1]]))


def _embedded(graph: Graph, characters: str, weights: Weights) -> str:
    """``(types, letters)`` to ``(types, letters, size)``."""
    table = graph.constant(weights["words.characters.table.weight"], "words.characters.table.weight")
    return graph("Gather", table, characters)


def _present(graph: Graph, characters: str) -> str:
    """1 for each character and 0 for padding, in int64."""
    padding = graph("Equal", characters, graph.constant(PADDING))
    return graph("Cast", graph("Not", padding), to=TensorProto.INT64)


def _convolution(graph: Graph, characters: str, weights: Weights) -> str:
    """A convolution with max pooling, ``(types, filters)``."""
    layer = "words.characters.convolution."
    weight = weights[f"{layer}weight"]  # (filters, size, width)
    x = graph("Transpose", _embedded(graph, characters, weights), perm=[0, 2, 1])
    edge = weight.shape[2] // 2
    filters, bias = graph.constant(weight), graph.constant(weights[f"{layer}bias"])
    found = graph("Conv", x, filters, bias, pads=[edge, edge])  # (types, filters, letters)
    present = graph("Cast", _present(graph, characters), to=TensorProto.FLOAT)
    found = graph("Mul", found, graph("Unsqueeze", present, graph.constant([1])))
    if graph.opset < 18:
        best = graph("ReduceMax", found, axes=[2], keepdims=0)
    else:
        best = graph("ReduceMax", found, graph.constant([2]), keepdims=0)
    return graph("Relu", best)


def _character_lstm(graph: Graph, characters: str, weights: Weights) -> str:
    """The final states of a bidirectional LSTM, ``(types, units)``; zeros for a word without characters."""
    length = graph("ReduceSum", _present(graph, characters), graph.constant([1]), keepdims=0)  # (types,)
    some = graph("Max", length, graph.constant(1))
    x = graph("Transpose", _embedded(graph, characters, weights), perm=[1, 0, 2])
    _, last = recurrent_layer(graph, "lstm", x, some, weights, "words.characters.layer.", 0)
    units = 2 * weights["words.characters.layer.weight_hh_l0"].shape[1]
    states = graph("Transpose", last, perm=[1, 0, 2])  # (types, directions, hidden)
    states = graph("Reshape", states, graph.constant([-1, units]))
    any_at_all = graph("Cast", graph("Min", length, graph.constant(1)), to=TensorProto.FLOAT)
    return graph("Mul", states, graph("Unsqueeze", any_at_all, graph.constant([1])))
