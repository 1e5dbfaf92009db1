"""Error messages for invalid configs, in the user's terms."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from postagger.config.datasets import DatasetConfig
from postagger.config.models import MODELS
from postagger.config.schema import Config
from postagger.config.section import Section
from postagger.errors import brief
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
"""Settings of version 0.1 that have been renamed."""

_GUESSES = {
    "training.lr": "learning_rate",
    "training.rate": "learning_rate",
    "training.optimizer": "optimiser",
    "training.batch": "batch_size",
    "training.early_stopping": "patience",
    "training.gpu": "device",
    "training.max_epochs": "epochs",
    "training.smoothing": "label_smoothing",
    "training.wd": "weight_decay",
    "model.activation_function": "activation",
    "model.bidi": "bidirectional",
    "model.context": "left and right",
    "model.crf": "output",
    "model.hidden_dim": "hidden",
    "model.hidden_size": "hidden",
    "model.name": "kind",
    "model.num_layers": "layers",
    "model.type": "kind",
    "model.units": "hidden",
    "model.window": "left and right",
    "model.window_size": "left and right",
    "words.char_dim": "character_dim",
    "words.embedding_dim": "word_dim",
    "words.embeddings": "vectors",
    "words.clusters": "classes",
    "words.brown": "classes",
    "corpus.corpus": "name",
    "corpus.file": "train",
    "corpus.tags": "tagset",
}
"""Common wrong keys, and the intended keys of the same section."""

_MEANT = {
    ("batch_size", "full"): "all",
    ("batch_size", "batch"): "all",
    ("device", "gpu"): "cuda",
    ("dtype", "bf16"): "bfloat16",
    ("dtype", "fp16"): "bfloat16",
    ("dtype", "float16"): "bfloat16",
    ("dtype", "half"): "bfloat16",
    ("dtype", "fp32"): "float32",
    ("dtype", "float"): "float32",
    ("frozen", "body"): "backbone",
    ("frozen", "encoder"): "backbone",
    ("frozen", "none"): "nothing",
    ("activation", "linear"): "none",
    ("activation", "swish"): "silu",
    ("character_encoder", "cnn"): "convolution",
}
"""Common wrong values by key, and the intended values."""

_MESSAGES = {
    "string_pattern_mismatch": "use auto, cpu, cuda or cuda:N",  # the only setting with a pattern
    "string_too_short": "it must not be empty",
    "string_type": "input should be a string",
    "tuple_type": "input should be a list",
    "bool_type": "input should be true or false",
    "int_type": "input should be a whole number",
    "float_type": "input should be a number",
}
"""Replacements for pydantic's messages, by error type."""

_VALUES_OF_OTHER_KEYS = {
    (
        "tagset",
        "upos",
    ): "for universal tags use tagset 'universal'; for the UPOS column of a file use column 'upos'",
    ("tagset", "xpos"): "for a column of CoNLL-U use column 'xpos'",
    ("column", "universal"): "for universal tags use tagset 'universal'",
    ("column", "native"): "for a corpus's own tags use tagset 'native'",
}
"""Values that belong to another key."""


def explain_all(problems: Sequence[Any], section: type[Section] | None = None) -> list[str]:
    """Turns validation errors into messages, one for each setting.

    Args:
        problems: as ``ValidationError.errors`` returns them.
        section: the section that was validated; None for a whole config.
    """
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for number, problem in enumerate(problems):
        loc = problem["loc"]
        # A value with several possible types gets an error for each, whose location ends in the type.
        union = len(loc) > 1 and isinstance(loc[-1], str) and not loc[-1].isidentifier()
        found.setdefault(loc[:-1] if union else (*loc, number), []).append(dict(problem))
    return [_explain_one(each, section) for each in found.values()]


def explain_argument(problem: dict[str, Any]) -> str:
    """The message for an invalid argument of a function, validated like the setting of the same name."""
    if problem["type"] == "value_error":  # several arguments do not go together
        return str(problem["ctx"]["error"])
    (name, *_), value = problem["loc"], problem["input"]
    return f"{name}={brief(value)}: {_of_value(str(name), value, problem)}"


def _explain_one(problems: list[dict[str, Any]], section: type[Section] | None) -> str:
    """The message for one setting; several problems are those of its possible types."""
    problem = problems[0]
    prefix = () if section is None else ("model",)
    place = [str(part) for part in (*prefix, *problem["loc"])]
    inside = 3 if place[:1] == ["datasets"] else 2
    name = ".".join(place[:inside])  # the rest is a position inside the value
    value = problem["input"]
    match problem["type"]:
        case "tuple_type" if place == ["datasets"]:
            return "datasets is a list of sections: write [[datasets]], with double brackets"
        case "tuple_type":
            written = _as_list(value)
            return (
                f"{name} = {_shown(value)}: write a list, {written} (on the command line: "
                f"--set '{name}={written}')"
            )
        case "extra_forbidden":
            return _unknown_key(name, place[-1], _known_keys(tuple(problem["loc"][:-1]), section))
        case "value_error":
            return str(problem["ctx"]["error"])
        case "model_type" | "model_attributes_type" if len(place) == 1:
            keys = ", ".join(settings_of(name))
            return f"{name} = {_shown(value)}: {name} is a section; its settings are {keys}"
        case _:
            key = place[inside - 1] if len(place) >= inside else name
            advice = "" if section is None or "layers" not in section.model_fields else _one_size(key, value)
            return f"{name} = {_shown(value)}: {_of_value(key, value, *problems)}{advice}"


def _of_value(key: str, value: Any, *problems: dict[str, Any]) -> str:
    """Why a value is invalid, and which one was probably intended."""
    reasons = [
        _MESSAGES.get(each["type"]) or f"{each['msg'][0].lower()}{each['msg'][1:]}" for each in problems
    ]
    why = ", or ".join([reasons[0], *(each.removeprefix("input should be ") for each in reasons[1:])])
    if not isinstance(value, str):
        return why
    if (key, value.lower()) in _VALUES_OF_OTHER_KEYS:
        return f"{why}; {_VALUES_OF_OTHER_KEYS[key, value.lower()]}"
    choices = [choice for each in problems for choice in re.findall(r"'([^']+)'", _expected(each))]
    meant = meant_value(key, value) or next(
        iter(difflib.get_close_matches(value.lower(), choices, n=1, cutoff=0.5)), None
    )
    if meant is not None:
        return f"{why}; did you mean {meant!r}?"
    if problems[0]["type"] in ("int_type", "float_type", "bool_type") and _is_toml_value(value):
        return f"{why}; write {_shortened(value.lower())} without quotes"
    return why


def _expected(problem: dict[str, Any]) -> str:
    return str(problem["ctx"]["expected"]) if problem["type"] == "literal_error" else ""


def _is_toml_value(text: str) -> bool:
    """Whether a string is a number or a truth value."""
    return (
        text.lower() in ("true", "false") or re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text) is not None
    )


def _one_size(key: str, value: Any) -> str:
    """Advice for a list of layer sizes where all layers of a model have the same size."""
    sizes = value.split(",") if isinstance(value, str) else value
    if key != "hidden" or not isinstance(sizes, list | tuple) or not sizes:
        return ""
    return f"; all recurrent layers have the same size: write hidden = {sizes[0]} and layers = {len(sizes)}"


def _shown(value: Any) -> str:
    """A value as in TOML and JSON, shortened."""
    try:
        text = json.dumps(value, default=str)
    except (TypeError, ValueError):
        return brief(value)
    return _shortened(text)


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


def _unknown_key(name: str, key: str, known: list[str]) -> str:
    if name in RENAMED:
        return f"{name!r} is called {RENAMED[name]!r} now"
    section, dot, _ = name.rpartition(".")
    if name in _GUESSES:
        meant = _GUESSES[name].split(" and ")
        if set(meant) <= set(known):
            return f"unknown key {name!r}: did you mean {' and '.join(f'{section}.{key}' for key in meant)}?"
        return f"unknown key {name!r}: choose one of {', '.join(known)}"
    elsewhere = _settings_called(key) if dot else meant_by(key)
    elsewhere = [each for each in elsewhere if not each.startswith(f"{section}.")]
    if elsewhere:
        return f"unknown key {name!r}: did you mean {' or '.join(elsewhere)}?"
    return f"unknown key {name!r}: {hint(key, known)}"


def meant_value(key: str, value: str) -> str | None:
    """The value that a common wrong value of this key stands for, if any."""
    return _MEANT.get((key, value.lower()))


def meant_by(key: str) -> list[str]:
    """The settings, as ``section.key``, that have this key or are commonly called by it."""
    exact = _settings_called(key)
    if exact:
        return exact
    guessed = [name for name in _GUESSES if name.partition(".")[2] == key and " " not in _GUESSES[name]]
    return [f"{name.partition('.')[0]}.{_GUESSES[name]}" for name in guessed]


def _settings_called(key: str) -> list[str]:
    return [f"{section}.{key}" for section in Config.model_fields if key in settings_of(section)]


def settings_of(section: str) -> list[str]:
    """The keys of a section; for ``model``, those of all kinds; none for the list ``datasets``."""
    if section == "model":
        kinds = [kind.settings for name in MODELS.names() if (kind := MODELS.known(name)) is not None]
        return list(dict.fromkeys(key for settings in kinds for key in settings.model_fields))
    default = Config.model_fields[section].get_default()
    return list(type(default).model_fields) if isinstance(default, Section) else []


def _as_list(value: Any) -> str:
    """A value that should have been a list, written as a list."""
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]
    numbers = [int(part) if isinstance(part, str) and part.isdigit() else part for part in parts]
    return json.dumps(numbers, separators=(",", ":"), default=str)


def _known_keys(place: tuple[str | int, ...], section: type[Section] | None) -> list[str]:
    """The keys allowed in a section; `place` is (), ('training',) or ('datasets', number)."""
    found: type[BaseModel] = section or Config
    match place:
        case ("datasets", int()):
            found = DatasetConfig
        case (str(name),) if section is None:
            found = type(Config.model_fields[name].get_default())
    return list(found.model_fields)
