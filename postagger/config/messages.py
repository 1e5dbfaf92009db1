"""What is wrong with a config, in the user's words."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from postagger.config.datasets import DatasetConfig
from postagger.config.models import ModelConfig
from postagger.config.schema import Config
from postagger.config.section import Section
from postagger.registry import hint

RENAMED = {
    "training.consistency": "training.rdrop_weight",
    "training.precision": "training.dtype",
    "pretraining.hidden_words": "pretraining.mask_rate",
    "pretraining.guessed_words": "pretraining.vocabulary_size",
    "unlabelled": "distillation",
    "unlabeled": "distillation",
    "tasks": "datasets",
}
"""Settings of version 0.1 that have another name now."""

_GUESSES = {
    "training.lr": "training.learning_rate",
    "training.rate": "training.learning_rate",
    "training.optimizer": "training.optimiser",
    "training.batch": "training.batch_size",
    "model.window": "model.left and model.right",
    "model.window_size": "model.left and model.right",
    "model.context": "model.left and model.right",
    "model.units": "model.hidden",
    "model.hidden_size": "model.hidden",
    "model.num_layers": "model.layers",
    "model.type": "model.kind",
    "words.embedding_dim": "words.word_dim",
    "words.char_dim": "words.character_dim",
}
"""Names that people try, and what is meant."""


def explain(problem: dict[str, Any], section: type[Section] | None = None) -> str:
    """One validation problem in the user's words.

    Args:
        section: what was validated, where it is one section and not a whole config.
    """
    prefix = () if section is None else ("model" if issubclass(section, ModelConfig) else "corpus",)
    place = [str(part) for part in (*prefix, *problem["loc"])]
    inside = 3 if place[:1] == ["datasets"] else 2
    name = ".".join(place[:inside])  # what follows tells where inside of a value
    got = json.dumps(problem["input"], default=str)
    match problem["type"]:
        case "tuple_type" if place == ["datasets"]:
            return "datasets are written [[datasets]], in two brackets, for there may be several"
        case "tuple_type":
            return f"{name} = {got}: write a list, as in {name}={_as_list(problem['input'])}"
        case "extra_forbidden":
            return _unknown_key(name, place[-1], _known_keys(tuple(problem["loc"][:-1]), section))
        case "value_error":
            return str(problem["ctx"]["error"])
        case _:
            return f"{name} = {got}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _unknown_key(name: str, key: str, known: list[str]) -> str:
    if name in RENAMED:
        return f"{name!r} is called {RENAMED[name]!r} now"
    if name in _GUESSES:
        return f"unknown key {name!r}: did you mean {_GUESSES[name]}?"
    return f"unknown key {name!r}: {hint(key, known)}"


def _as_list(value: Any) -> str:
    """A value that should have been a list, as it would be written."""
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]
    return json.dumps([int(part) if isinstance(part, str) and part.isdigit() else part for part in parts])


def _known_keys(place: tuple[str | int, ...], section: type[Section] | None) -> list[str]:
    """The keys allowed in a section; `place` is (), ('training',) or ('datasets', number)."""
    found: type[BaseModel] = section or Config
    match place:
        case ("datasets", int()):
            found = DatasetConfig
        case (str(name),) if section is None:
            found = type(Config.model_fields[name].get_default())
    return list(found.model_fields)
