"""What becomes of a config's model settings if an override changes the kind of model.

The new kind starts from its own defaults, because a value that suits one kind rarely suits another. Only what
every kind has (the settings of `ModelConfig`) stays. Users are told which of their settings are lost.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from pydantic import ValidationError

from postagger.config.models import MODELS, ModelConfig
from postagger.errors import brief, short


def remove_settings_of_other_kind(entries: dict[str, Any], kind: object) -> None:
    """Removes the settings that a ``[model]`` section, as plain data, has for another kind, in place."""
    if entries.get("kind") not in (None, kind):
        for name in entries.keys() - ModelConfig.model_fields.keys():
            del entries[name]


def lost_settings(before: Mapping[str, Any], model: ModelConfig, given: Container[str]) -> str:
    """What to tell a user whose override changed the kind of model; empty if nothing of the config is lost.

    A setting is lost if it was not the default of the old kind, and the new model has another value or none.

    Args:
        before: the ``[model]`` section before overrides, as plain data.
        model: the settings after them.
        given: the names of those that are not defaults.
    """
    kind = before.get("kind")
    if kind in (None, model.kind):
        return ""
    old = MODELS.known(str(kind))
    defaults = {} if old is None else {name: each.default for name, each in old.settings.model_fields.items()}
    lost = {
        name: value
        for name, value in before.items()
        if name not in given
        and not (name in defaults and _same(value, defaults[name]))
        and not (name in type(model).model_fields and _same(value, getattr(model, name)))
    }
    usable = [_told(name, value) for name, value in lost.items() if _suits(model, name, value)]
    useless = [_told(name, value) for name, value in lost.items() if not _suits(model, name, value)]
    clauses = [
        f"model.kind={short(model.kind)} has its own defaults, in place of the config's for {short(kind)}"
    ]
    if usable:
        clauses.append(f"lost unless you set it too: {', '.join(usable)}")
    if useless:
        clauses.append(f"no longer used: {', '.join(useless)}")
    return "; ".join(clauses) if lost else ""


def _suits(model: ModelConfig, name: str, value: object) -> bool:
    """Whether a model of this kind has a setting, and can have this value."""
    if name not in type(model).model_fields:
        return False
    try:
        type(model).model_validate({"kind": model.kind, name: value})
    except ValidationError:
        return False
    return True


def _same(value: object, other: object) -> bool:
    """Whether a value of plain data is that of a setting, where lists are tuples."""
    return (tuple(value) if isinstance(value, list) else value) == other


def _told(name: str, value: object) -> str:
    return f"model.{name}={brief(value)}"
