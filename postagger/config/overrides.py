"""Overrides of a config's settings: ``section.key=value`` strings, or a mapping."""

from __future__ import annotations

import datetime
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from postagger.config.another_kind import remove_settings_of_other_kind
from postagger.config.error_messages import meant_by, settings_of
from postagger.config.schema import Config
from postagger.config.section import Section
from postagger.config.training import DEFAULTS_OF_OPTIMISERS
from postagger.errors import ConfigError, brief

Overrides = Iterable[str] | Mapping[str, Any]
"""``["training.epochs=5"]``, ``{"training.epochs": 5}`` or ``{"training": {"epochs": 5}}``."""

_FIRST = {("model", "kind"), ("corpus", "name"), ("training", "optimiser")}
"""Applied first: they clear settings that depend on them, and must not clear other overrides."""


class Setting(NamedTuple):
    """A value for one key of one section."""

    section: str
    key: str
    value: Any


def apply_overrides(data: dict[str, Any], overrides: Overrides) -> None:
    """Applies overrides to plain data, in place; the last one for a setting wins.

    Raises:
        ConfigError: an override is malformed.
    """
    if isinstance(overrides, Mapping):
        settings = list(_from_mapping(overrides))
    elif isinstance(overrides, str | bytes) or not isinstance(overrides, Iterable):
        raise ConfigError(
            'overrides must be a list, ["training.epochs=5"], or a mapping, {"training.epochs": 5}; '
            f"got {brief(overrides)}"
        )
    else:
        settings = [_from_text(override) for override in overrides]
    for setting in sorted(settings, key=lambda each: each[:2] not in _FIRST):
        _apply(data, setting)


def _from_text(override: object) -> Setting:
    if not isinstance(override, str):
        raise ConfigError(f'an override must be a string such as "training.epochs=5", not {brief(override)}')
    name, equals, text = override.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and section and key):
        raise ConfigError(
            "an override must be section.key=value, as in training.epochs=5; "
            f"got {override!r}{_meant(name.strip(), text.strip())}"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        value = text.strip()  # an unquoted word is a string: corpus.name=brown
    if isinstance(value, int | float | datetime.date | datetime.time) and _is_text(section, key):
        value = text.strip()  # a file called 2024
    return Setting(section, key, value)


def _is_text(section: str, key: str) -> bool:
    """Whether a setting is text, such as the name of a file."""
    default = Config.model_fields[section].get_default() if section in Config.model_fields else None
    field = type(default).model_fields.get(key) if isinstance(default, Section) else None
    return field is not None and _holds_text(field.annotation)


def _holds_text(annotation: Any) -> bool:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _holds_text(parts[0])
    if origin in (Union, types.UnionType):
        return all(map(_holds_text, parts))
    if origin is tuple:
        return all(_holds_text(part) for part in parts if part is not ...)
    return annotation in (str, types.NoneType)


def _from_mapping(overrides: Mapping[str, Any]) -> Iterator[Setting]:
    for name, value in overrides.items():
        section, dot, key = str(name).partition(".")
        if dot and section and key:
            yield Setting(section, key, _plain(value))
        elif section in Config.model_fields and isinstance(value, Mapping):
            yield from (Setting(section, str(key), _plain(each)) for key, each in value.items())
        else:
            raise ConfigError(
                'overrides must be {"section.key": value}, as in {"training.epochs": 5}; '
                f"got {brief({name: value})}{_meant(str(name), brief(value))}"
            )


def _plain(value: Any) -> Any:
    """A value as TOML would contain it."""
    return str(value) if isinstance(value, Path) else value


def _meant(name: str, value: str) -> str:
    """A hint at what a malformed override was meant to be; empty if unknown."""
    if name == "datasets":
        return "; [[datasets]] can't be overridden: change it in the config"
    if name in Config.model_fields:
        return f": {name!r} is a section; its settings are {', '.join(settings_of(name))}"
    meant = meant_by(name)
    return f": did you mean {' or '.join(f'{each}={value}' for each in meant)}?" if meant else ""


def _apply(data: dict[str, Any], setting: Setting) -> None:
    section, key, value = setting
    entries = data.setdefault(section, {})
    if isinstance(entries, list):
        raise ConfigError(
            f"{section!r} is a list of sections and can't be overridden: change it in the config"
        )
    if not isinstance(entries, dict):
        raise ConfigError(f"{section!r} is a section of the config, not a value")
    if (section, key) == ("corpus", "name"):
        for file in ("train", "dev", "test", "reader"):
            entries.pop(file, None)
    if (section, key) == ("model", "kind"):
        remove_settings_of_other_kind(entries, value)
    if (section, key) == ("training", "optimiser") and entries.get("optimiser", "adamw") != value:
        for name in DEFAULTS_OF_OPTIMISERS:
            entries.pop(name, None)  # values tuned for one optimiser fail with another
        if isinstance(data.get("pretraining"), dict):
            data["pretraining"].pop("learning_rate", None)
    entries[key] = value
