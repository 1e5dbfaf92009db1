"""What a config trains, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from postagger.config import Config


def description_of(config: Config, changes: Sequence[str] = ()) -> str:
    """The model, what it reads and on what it is trained besides its main corpus.

    Args:
        changes: settings to name besides, as ``section.key=value``.
    """
    model, words = config.model, config.words
    parts = [model.description]
    if words.character_dim:
        parts.append("character convolution")
    if words.vectors:
        parts.append("pretrained vectors")
    if words.classes:
        parts.append("word classes")
    if model.output == "crf":
        parts.append("CRF output")
    if config.training.rdrop_weight:
        parts.append("two forward passes per batch")
    parts += _more_corpora(config)
    return ", ".join(parts) + (f" (set: {', '.join(changes)})" if changes else "")


def _more_corpora(config: Config) -> list[str]:
    """Describes what a config trains on besides its main corpus."""
    first, plain = config.pretraining, config.distillation
    sources = [
        ("starting from", [] if config.transfer.model is None else [config.transfer.model]),
        ("pretrained on", [*first.corpora, *(f"masked words of {text}" for text in first.text)]),
        ("together with", [dataset.head_name for dataset in config.datasets]),
        ("distilled on", plain.text),
    ]
    return [f"{how} {' and '.join(names)}" for how, names in sources if names]
