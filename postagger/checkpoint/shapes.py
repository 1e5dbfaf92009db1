"""The weights that a model file must have, by its config and vocabularies: their names, shapes and types.

They are checked before anything is computed with them: if its parts do not fit, the file is damaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postagger.config import (
    Config,
    GruConfig,
    LogisticConfig,
    LstmConfig,
    ModelConfig,
    RnnConfig,
    WindowConfig,
    WordsConfig,
)
from postagger.features.words import SEPARATE_TABLES

Shape = tuple[int, ...]
Weights = Mapping[str, NDArray[Any]]
"""The weights of a model by their names, as arrays."""

_RECURRENT = (RnnConfig, GruConfig, LstmConfig)
_GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def is_built_in(model: ModelConfig) -> bool:
    """Whether a model is of a kind of this package; only their networks know the weights of others."""
    return type(model) in (WindowConfig, LogisticConfig, *_RECURRENT)


def check_weights(config: Config, rows: Mapping[str, int], tags: Sequence[int], weights: Weights) -> None:
    """Checks that weights fit their config, vocabularies and tag sets, and are finite numbers.

    Of a kind of model from outside the package, the names under ``context.`` are not known here: those are
    checked when its network is built.

    Args:
        rows: the size of each vocabulary.
        tags: the number of tags of each head.

    Raises:
        ValueError: a weight is missing, is not expected, has another shape or type, or is not finite.
    """
    size = _word_size(config.words, rows, weights)
    expected = dict(_words(config.words, rows, weights))
    own = is_built_in(config.model)
    if own:
        expected |= dict(_context(config.model, size))
    output = _output_size(config.model, size) if own else None
    for number, count in enumerate(tags):
        prefix = f"heads.{number}." if number else "head."
        expected |= _head(prefix, config.model.output == "crf", count, output, weights)
    given = {name for name in weights if own or not name.startswith("context.")}
    strange = sorted(given ^ expected.keys())
    if strange:
        raise ValueError(f"the weight {strange[0]} is {'missing' if strange[0] in expected else 'unknown'}")
    for name, shape in expected.items():
        found = weights[name]
        half = name == "words.vectors.weight" and not config.words.vectors_tuned
        dtype = "float16" if half else "float32"
        if found.shape != shape or found.dtype != dtype:
            raise ValueError(f"the weight {name} is {found.dtype} {found.shape}, not {dtype} {shape}")
    for name, found in weights.items():
        if not np.isfinite(found).all():
            raise ValueError(f"the weight {name} has numbers that are not finite")


def _words(config: WordsConfig, rows: Mapping[str, int], weights: Weights) -> Iterator[tuple[str, Shape]]:
    parts = [count for name, count in rows.items() if name not in SEPARATE_TABLES]
    if "word" in rows:
        yield "words.word.weight", (rows["word"], config.word_dim)
    if parts:
        yield "words.features.weight", (sum(parts), config.feature_dim)
    if "vectors" in rows:
        yield "words.vectors.weight", (rows["vectors"] - 1, _vector_size(weights))
    if "characters" in rows:
        size, units = config.character_dim, config.character_filters
        yield "words.characters.table.weight", (rows["characters"], size)
        if config.character_encoder == "lstm":
            yield from _recurrent("words.characters.layer.", 4, size, units // 2, 1, ("", "_reverse"))
        else:
            yield "words.characters.convolution.weight", (units, size, config.character_window)
            yield "words.characters.convolution.bias", (units,)


def _word_size(config: WordsConfig, rows: Mapping[str, int], weights: Weights) -> int:
    """The size of a word's vector."""
    parts = sum(name not in SEPARATE_TABLES for name in rows)
    return (
        (config.word_dim if "word" in rows else 0)
        + parts * config.feature_dim
        + (_vector_size(weights) if "vectors" in rows else 0)
        + (config.character_filters if "characters" in rows else 0)
    )


def _vector_size(weights: Weights) -> int:
    """The size of the pretrained vectors, which no setting tells."""
    shape = weights["words.vectors.weight"].shape
    return shape[1] if len(shape) == 2 else -1


def _context(model: Any, size: int) -> Iterator[tuple[str, Shape]]:
    """The weights of the context model; logistic regression has none."""
    if isinstance(model, WindowConfig):
        first, *_ = model.hidden
        yield "context.delay.weight", ((model.left + 1 + model.right) * first, size)
        yield "context.delay.bias", (first,)
        for number, (inputs, outputs) in enumerate(zip(model.hidden, model.hidden[1:], strict=False)):
            yield f"context.layers.{number}.weight", (outputs, inputs)
            yield f"context.layers.{number}.bias", (outputs,)
    elif isinstance(model, _RECURRENT):
        suffixes = ("", "_reverse") if model.bidirectional else ("",)
        gates = _GATES[model.kind]
        yield from _recurrent("context.layer.", gates, size, model.hidden, model.layers, suffixes)


def _recurrent(
    prefix: str, gates: int, size: int, hidden: int, layers: int, suffixes: Sequence[str]
) -> Iterator[tuple[str, Shape]]:
    for layer in range(layers):
        for suffix in suffixes:
            inputs = size if layer == 0 else hidden * len(suffixes)
            yield f"{prefix}weight_ih_l{layer}{suffix}", (gates * hidden, inputs)
            yield f"{prefix}weight_hh_l{layer}{suffix}", (gates * hidden, hidden)
            yield f"{prefix}bias_ih_l{layer}{suffix}", (gates * hidden,)
            yield f"{prefix}bias_hh_l{layer}{suffix}", (gates * hidden,)


def _output_size(model: Any, size: int) -> int:
    """The size of what a head reads."""
    if isinstance(model, WindowConfig):
        return model.hidden[-1]
    if isinstance(model, LogisticConfig):
        return size * (model.left + 1 + model.right)
    hidden: int = model.hidden
    return hidden * (2 if model.bidirectional else 1)


def _head(prefix: str, crf: bool, tags: int, size: int | None, weights: Weights) -> dict[str, Shape]:
    name = f"{prefix}scores.weight"
    inputs = weights[name].shape[-1] if size is None else size
    shapes: dict[str, Shape] = {name: (tags, inputs), f"{prefix}scores.bias": (tags,)}
    if crf:
        shapes |= {f"{prefix}transitions": (tags, tags), f"{prefix}start": (tags,), f"{prefix}end": (tags,)}
    return shapes
