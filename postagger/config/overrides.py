"""Settings that are laid over a config: ``section.key=value`` lines, or a mapping."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from postagger.config.error_messages import meant_by, settings_of
from postagger.config.schema import Config
from postagger.config.training import DEFAULTS_OF_OPTIMISERS
from postagger.errors import ConfigError, brief

Overrides = Iterable[str] | Mapping[str, Any]
"""``["training.epochs=5"]``, ``{"training.epochs": 5}`` or ``{"training": {"epochs": 5}}``."""

_FIRST = {("model", "kind"), ("corpus", "name"), ("training", "optimiser")}
"""They clear what does not go with them, and shall not clear another override."""


class Setting(NamedTuple):
    """A value for one key of one section."""

    section: str
    key: str
    value: Any


def apply_overrides(data: dict[str, Any], overrides: Overrides) -> None:
    """Lays overrides on plain data, in place; of two for the same setting the last one holds.

    Raises:
        ConfigError: one is not written as an override is.
    """
    if isinstance(overrides, Mapping):
        settings = list(_from_mapping(overrides))
    elif isinstance(overrides, str | bytes) or not isinstance(overrides, Iterable):
        raise ConfigError(
            'overrides are a list, ["training.epochs=5"], or a mapping, {"training.epochs": 5}; '
            f"got {brief(overrides)}"
        )
    else:
        settings = [_from_text(override) for override in overrides]
    for setting in sorted(settings, key=lambda each: each[:2] not in _FIRST):
        _apply(data, setting)


def _from_text(override: object) -> Setting:
    if not isinstance(override, str):
        raise ConfigError(f'an override is a string, such as "training.epochs=5", not {brief(override)}')
    name, equals, text = override.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and section and key):
        raise ConfigError(
            "an override is written section.key=value, as in training.epochs=5; "
            f"got {override!r}{_meant(name.strip(), text.strip())}"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a bare word is a string: corpus.name=brown
    return Setting(section, key, value)


def _from_mapping(overrides: Mapping[str, Any]) -> Iterator[Setting]:
    for name, value in overrides.items():
        section, dot, key = str(name).partition(".")
        if dot and section and key:
            yield Setting(section, key, _plain(value))
        elif section in Config.model_fields and isinstance(value, Mapping):
            yield from (Setting(section, str(key), _plain(each)) for key, each in value.items())
        else:
            raise ConfigError(
                'overrides are written {"section.key": value}, as in {"training.epochs": 5}; '
                f"got {brief({name: value})}{_meant(str(name), brief(value))}"
            )


def _plain(value: Any) -> Any:
    """A value as TOML gives it."""
    return str(value) if isinstance(value, Path) else value


def _meant(name: str, value: str) -> str:
    """What an override without a section or a key may have been meant to be."""
    if name == "datasets":
        return "; [[datasets]] can't be overridden: change them in the config"
    if name in Config.model_fields:
        return f": {name!r} is a section; its settings are {', '.join(settings_of(name))}"
    meant = meant_by(name)
    return f": did you mean {' or '.join(f'{each}={value}' for each in meant)}?" if meant else ""


def _apply(data: dict[str, Any], setting: Setting) -> None:
    section, key, value = setting
    entries = data.setdefault(section, {})
    if isinstance(entries, list):
        raise ConfigError(
            f"{section!r} is a list of sections, which no override reaches: change it in the config"
        )
    if not isinstance(entries, dict):
        raise ConfigError(f"{section!r} is a section of the config, not a value")
    if (section, key) == ("corpus", "name"):
        for file in ("train", "dev", "test", "reader"):
            entries.pop(file, None)
    if (section, key) == ("model", "kind") and entries.get("kind") != value:
        entries.clear()  # another kind has other settings: its own defaults hold
    if (section, key) == ("training", "optimiser") and entries.get("optimiser", "adamw") != value:
        for name in DEFAULTS_OF_OPTIMISERS:
            entries.pop(name, None)  # what suits one optimiser ruins another
        if isinstance(data.get("pretraining"), dict):
            data["pretraining"].pop("learning_rate", None)
    entries[key] = value
