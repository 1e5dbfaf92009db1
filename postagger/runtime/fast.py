"""From a checkpoint to the fastest predictor that is installed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from postagger.checkpoint import Checkpoint
from postagger.errors import ConfigError
from postagger.runtime.build import build_network
from postagger.runtime.heads import Head, build_decoder
from postagger.runtime.predictor import NumpyPredictor, Predictor


def make_head(checkpoint: Checkpoint, name: str) -> Head:
    """One of a checkpoint's heads, by its name."""
    return Head(checkpoint.tagsets[name], build_decoder(checkpoint.head_weights(name), ""))


def fast_predictor(
    checkpoint: Checkpoint, heads: Sequence[str], *, low_precision: bool = False
) -> Predictor | None:
    """Makes the fastest predictor of some heads that is installed.

    Args:
        heads: the names of one or more heads.
        low_precision: weights in 8 bits, of which only the native kernel makes use.

    Returns:
        None for kinds of model from outside the package.

    Raises:
        ConfigError: low precision is asked for, but the native kernel is not installed.
    """
    weights = [checkpoint.head_weights(name) for name in heads]
    output = [np.concatenate([each[f"scores.{part}"] for each in weights]) for part in ("weight", "bias")]
    rows = {name: len(table) for name, table in checkpoint.encoding.vocabularies.items()}
    network = build_network(checkpoint.config, checkpoint.backbone_weights, rows, (output[0], output[1]))
    if network is None:
        return None
    if low_precision:
        raise ConfigError("dtype='int8' needs the native kernel: pip install postagkit-native")
    return NumpyPredictor(network, checkpoint.encoding, [make_head(checkpoint, name) for name in heads])
