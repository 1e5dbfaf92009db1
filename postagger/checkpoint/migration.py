"""Converts the metadata of earlier file formats to the current one.

- Format 1 had one head, and no config sections for further corpora.
- Format 2 had other names for some settings, and stored the training record as an untyped dictionary.
- Format 3 looked words up as written, had no shapes for scripts without case, and no case noise in training.
"""

from __future__ import annotations

from typing import Any

_SECTIONS = {"tasks": "datasets", "unlabelled": "distillation"}
_SETTINGS = {
    "training": {"consistency": "rdrop_weight", "precision": "dtype"},
    "pretraining": {"hidden_words": "mask_rate", "guessed_words": "vocabulary_size"},
}
_FORMAT_3 = {"normalise": False, "case_noise": 0.0}
"""Settings of ``[words]`` that describe what all taggers were before there was a choice."""

_RECORD = {"also": "datasets", "guesses_words": "masked_words", "body": "backbone"}


def migrate(metadata: dict[str, Any]) -> dict[str, Any]:
    """Converts a model file's metadata to the current format."""
    version = metadata["format_version"]
    if version < 3:
        metadata = _from_format_2(metadata)
    if version < 4:
        config = metadata["config"]
        metadata = {**metadata, "config": {**config, "words": {**_FORMAT_3, **config["words"]}}}
    return metadata


def _from_format_2(metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: value for name, value in metadata.items() if name != "history"},
        "config": _config(metadata["config"]),
        "record": {_RECORD.get(name, name): value for name, value in metadata["history"].items()},
    }


def _config(config: dict[str, Any]) -> dict[str, Any]:
    renamed = {_SECTIONS.get(section, section): values for section, values in config.items()}
    for section, names in _SETTINGS.items():
        if section in renamed:
            renamed[section] = {names.get(key, key): value for key, value in renamed[section].items()}
    transfer = renamed.get("transfer", {})
    if transfer.get("frozen") == "body":
        renamed["transfer"] = {**transfer, "frozen": "backbone"}
    return renamed
