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
from postagger.models.window import ACTIVATIONS, Window
from postagger_native import Kernel, character_info

Array = NDArray[np.float32]


def kernel_of(tagger: Tagger, *, native: bool = True, **settings: Any) -> Kernel:
    """The kernel for a tagger. Args: `native`, whether new words are encoded natively."""
    return kernel(tagger.network, tagger.encoding, [list(tagger.tagset.tags)], native=native, **settings)


def kernel(
    network: TaggingNetwork,
    encoding: WordEncoding,
    tags: list[list[str]],
    *,
    native: bool = True,
    **settings: Any,
) -> Kernel:
    scorer = make_scorer(network)
    config = encoding.config

    @torch.inference_mode()
    def make_rows(words: list[str]) -> Array:
        return scorer.rows(encoding.encode(words)).numpy()

    first = scorer.delay if isinstance(network.context, Window) else scorer.output
    return Kernel(
        kind="window" if isinstance(network.context, Window) else "logistic",
        width=len(first.weight),
        make_rows=make_rows,
        is_straight_quote=partial(is_straight_quote, normalise=config.normalise),
        layers=_layers(network),
        tags=tags,
        encoder=_encoder(network, encoding, first) if native else None,
        **settings,
    )


def _layers(network: TaggingNetwork) -> dict[str, Any]:
    context = network.context
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


def _affine(layer: nn.Linear) -> tuple[Array, Array]:
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def _encoder(network: TaggingNetwork, encoding: WordEncoding, first: Any) -> dict[str, Any]:
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
        "tables": [tables[name].detach().numpy() for name in encoding.columns],
        "weight": first.weight.numpy(),
        "bias": first.bias.numpy(),
        "char_info": character_info(
            partial(word_form, normalise=config.normalise),
            partial(lower_case, normalise=config.normalise),
            partial(shape, scripts=config.normalise),
        ),
    }
