"""From a checkpoint to the fastest predictor that is installed."""

from __future__ import annotations

from collections.abc import Sequence

from postagger.checkpoint import Checkpoint, is_built_in
from postagger.errors import ConfigError
from postagger.runtime.build import build_network
from postagger.runtime.heads import make_head, output_layer
from postagger.runtime.native import NativePredictor, is_installed
from postagger.runtime.pieces import Pieces
from postagger.runtime.predictor import NumpyPredictor, Predictor, silent
from postagger.runtime.word_vectors import WordEncoder


def fast_predictor(
    checkpoint: Checkpoint, names: Sequence[str], *, low_precision: bool = False
) -> Predictor | None:
    """Makes the fastest predictor of some heads that is installed.

    Args:
        names: those of one or more heads.
        low_precision: weights in 8 bits, which only the native kernel has.

    Returns:
        None for kinds of model from outside the package.

    Raises:
        ConfigError: low precision is asked for, but the native kernel is not installed.
    """
    if not is_built_in(checkpoint.config.model):
        return None
    with silent():  # layers are multiplied and added here, too
        if is_installed():
            return NativePredictor(checkpoint, names, low_precision=low_precision)
        if low_precision:
            raise ConfigError("dtype='int8' needs the native kernel: pip install postagkit-native")
        return numpy_predictor(checkpoint, names)


def numpy_predictor(checkpoint: Checkpoint, names: Sequence[str]) -> NumpyPredictor:
    """Makes a predictor for one of this package's kinds of model that needs NumPy only."""
    network = build_network(
        checkpoint.config, checkpoint.backbone_weights, _rows(checkpoint), output_layer(checkpoint, names)
    )
    assert network is not None
    heads = [make_head(checkpoint, name) for name in names]
    return NumpyPredictor(network, checkpoint.encoding, heads, Pieces.of(checkpoint.config))


def word_encoder(checkpoint: Checkpoint) -> WordEncoder:
    """Makes what turns words into vectors, which is the same for every kind of model."""
    return WordEncoder(checkpoint.config.words, checkpoint.backbone_weights, _rows(checkpoint))


def _rows(checkpoint: Checkpoint) -> dict[str, int]:
    """The size of each vocabulary, by name."""
    return {name: len(table) for name, table in checkpoint.encoding.vocabularies.items()}
