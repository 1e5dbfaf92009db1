"""Kernels for postagger's taggers, as tests and the benchmark need them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from postagger import Tagger
from postagger.features import WordEncoding
from postagger.features.normalise import is_straight_quote, lower_case, shape, word_form
from postagger.inference.scorers import make_scorer
from postagger.models import TaggingNetwork
from postagger.models.layers.linear import product
from postagger.models.logistic import Logistic
from postagger.models.recurrent import Elman, Gru, Lstm, Recurrent
from postagger.models.window import ACTIVATIONS, Window
from postagger_native import Kernel, character_info

Array = NDArray[np.float32]

KINDS = {Window: "window", Logistic: "logistic", Lstm: "lstm", Gru: "gru", Elman: "rnn"}


def kernel_of(tagger: Tagger, *, native: bool = True, **settings: Any) -> Kernel:
    """The kernel for a tagger. Args: `native`, whether new words are encoded natively."""
    return kernel(tagger.network, tagger.encoding, [list(tagger.tagset.tags)], native=native, **settings)


def kernel(
    network: TaggingNetwork,
    encoding: WordEncoding,
    tags: list[list[str]],
    *,
    native: bool = True,
    row_type: type[np.ndarray[Any, Any]] = np.ndarray,
    **settings: Any,
) -> Kernel:
    """The kernel for a network. Args: `row_type`, of the arrays that new words' rows come in."""
    config = encoding.config
    weight, bias = _first_layer(network)

    @torch.inference_mode()
    def make_rows(words: list[str]) -> Array:
        vectors = network.words(encoding.encode(words))
        return product(vectors, torch.from_numpy(weight), torch.from_numpy(bias)).numpy().view(row_type)

    return Kernel(
        kind=KINDS[type(network.context)],
        width=len(weight),
        make_rows=make_rows,
        is_straight_quote=partial(is_straight_quote, normalise=config.normalise),
        layers=_layers(network),
        tags=tags,
        encoder=_encoder(network, encoding, weight, bias) if native else None,
        **settings,
    )


def _first_layer(network: TaggingNetwork) -> tuple[Array, Array]:
    """The affine layer that makes rows of word vectors."""
    context = network.context
    if isinstance(context, Recurrent):
        suffixes = ("_l0", "_l0_reverse")[: 2 if context.layer.bidirectional else 1]
        weights = [_numpy(context.layer.get_parameter("weight_ih" + suffix)) for suffix in suffixes]
        return np.concatenate(weights), np.concatenate(
            [_folded(context.layer, suffix) for suffix in suffixes]
        )
    scorer = make_scorer(network)
    first = scorer.delay if isinstance(context, Window) else scorer.output
    return first.weight.numpy(), first.bias.numpy()


def _numpy(parameter: torch.Tensor) -> Array:
    return parameter.detach().numpy()


def _layers(network: TaggingNetwork) -> dict[str, Any]:
    context = network.context
    if isinstance(context, Recurrent):
        return _recurrent(context.layer) | {"output": _affine(network.head.scores)}
    left, right = context.window
    if not isinstance(context, Window):
        return {"left": left, "right": right}
    names = {kind: name for name, kind in ACTIVATIONS.items()}
    return {
        "left": left,
        "right": right,
        "activation": names[type(context.activation)],
        "hidden": [_affine(layer) for layer in context.layers],
        "output": _affine(network.head.scores),
    }


def _recurrent(layer: nn.RNNBase) -> dict[str, Any]:
    suffixes = ("", "_reverse")[: 2 if layer.bidirectional else 1]
    parts = [[_part(layer, f"_l{i}{suffix}") for suffix in suffixes] for i in range(layer.num_layers)]
    return {"relu": layer.mode == "RNN_RELU", "parts": parts}


def _part(layer: nn.RNNBase, suffix: str) -> dict[str, Array]:
    part = {"state_weight": _numpy(layer.get_parameter("weight_hh" + suffix))}
    if isinstance(layer, nn.GRU):
        part["new_bias"] = _numpy(layer.get_parameter("bias_hh" + suffix))[2 * layer.hidden_size :].copy()
    if not suffix.startswith("_l0"):
        part["input_weight"] = _numpy(layer.get_parameter("weight_ih" + suffix))
        part["input_bias"] = _folded(layer, suffix)
    return part


def _folded(layer: nn.RNNBase, suffix: str) -> Array:
    """The sum of both biases, without that of a GRU's new gate, which the gate multiplies."""
    other = _numpy(layer.get_parameter("bias_hh" + suffix)).copy()
    if isinstance(layer, nn.GRU):
        other[2 * layer.hidden_size :] = 0
    folded: Array = _numpy(layer.get_parameter("bias_ih" + suffix)) + other
    return folded


def _affine(layer: nn.Linear) -> tuple[Array, Array]:
    return _numpy(layer.weight), _numpy(layer.bias)


def _encoder(network: TaggingNetwork, encoding: WordEncoding, weight: Array, bias: Array) -> dict[str, Any]:
    config = encoding.config
    tables = network.words.tables()
    return {
        "lowercase": config.lowercase,
        "fold_digits": config.fold_digits,
        "prefixes": config.prefixes,
        "suffixes": config.suffixes,
        "shape": config.shape,
        "has_word": bool(config.word_dim),
        "vocabularies": [list(encoding.vocabularies[name]) for name in encoding.columns],
        "tables": [np.ascontiguousarray(_numpy(tables[name])) for name in encoding.columns],
        "weight": weight,
        "bias": bias,
        "char_info": character_info(
            partial(word_form, normalise=config.normalise),
            partial(lower_case, normalise=config.normalise),
            partial(shape, scripts=config.normalise),
        ),
    }
