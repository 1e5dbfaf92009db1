"""Configs with names and settings in one word of the command line, as ``compare`` takes them.

``narrow=window:model.left=1,model.right=1`` is the shipped config ``window`` with two other settings, called
``narrow``. A colon ends the config, a comma a setting if ``section.key=`` follows it: so lists and texts with
commas need nothing more, as in ``deep=window:model.hidden=[100,50],model.dropout=0.2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from postagger.config.load import as_config, load_config
from postagger.config.overrides import Overrides
from postagger.config.presets import is_preset
from postagger.config.schema import Config
from postagger.errors import ConfigError, brief
from postagger.io import why_no_folder

_NEXT = re.compile(r",(?=\s*[A-Za-z_]+\.[A-Za-z_]\w*\s*=)")
"""The comma between two settings."""

_SETTINGS = re.compile(r":(?=\s*[A-Za-z_]+\.[A-Za-z_]\w*\s*=)")
"""The colon before settings, for a config that there is not."""

_NAME = re.compile(r"([^=:]*)=(.*)", re.DOTALL)

_SEED = "training.seed"


class NamedConfig(NamedTuple):
    """A config to compare with others.

    Attributes:
        name: of the system, in tables and of its folder.
        config: all its settings.
        changes: the settings that were given with the name, as ``section.key=value``.
    """

    name: str
    config: Config
    changes: tuple[str, ...] = ()


Configs = Iterable[str | Path] | Mapping[str, "str | Path | Config | Mapping[str, Any]"]
"""Files and names, perhaps with names and settings of their own; or configs by name."""


def named_configs(configs: Configs, overrides: Overrides = ()) -> list[NamedConfig]:
    """Reads configs and gives each a name.

    Args:
        configs: TOML files or shipped configs, which are called as the file, or
            ``name=config:section.key=value,section.key=value``; or a mapping, from names to files, shipped
            configs, a `Config` or plain data.
        overrides: for every config that is read here; settings that come with a name go before them.

    Raises:
        ConfigError: a config does not exist or is not valid, a name can't be that of a folder, two are the
            same, or a setting has no effect in a comparison.
    """
    if isinstance(configs, str | bytes):
        raise ConfigError(f"expected a list of configs, not {brief(configs)}: write [{brief(configs)}]")
    if isinstance(configs, Mapping):
        found = list(_from_mapping(configs, overrides))
    else:
        found = list(_from_words(configs, overrides))
    names = [each.name for each in found]
    for name in names:
        reason = why_no_folder(name)
        if reason is not None:
            raise ConfigError(f"{brief(name)} can't be the name of a system: {reason}")
    check_names(names)
    return found


def check_names(names: Iterable[str]) -> None:
    """Checks that systems have different names.

    Raises:
        ConfigError: two have the same.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(
                f"two systems are called {name!r}: name it once, or give one another name, as in "
                f"other=CONFIG or other=CONFIG:section.key=value"
            )
        seen.add(name)


def _from_mapping(configs: Mapping[str, Any], overrides: Overrides) -> Iterator[NamedConfig]:
    for name, config in configs.items():
        if not isinstance(name, str):
            raise ConfigError(f"the name of a config must be a string, not {brief(name)}")
        if isinstance(config, str | Path):
            yield NamedConfig(name, _loaded(name, config, _listed(overrides)))
        elif _listed(overrides):
            raise ConfigError(
                f"overrides are for configs that are read by name; {brief(name)} is one already: change it "
                "there"
            )
        else:
            yield NamedConfig(name, as_config(config))


def _from_words(configs: Iterable[str | Path], overrides: Overrides) -> Iterator[NamedConfig]:
    for word in configs:
        if not isinstance(word, str | Path):
            raise ConfigError(
                f"expected a TOML file or the name of a shipped config, not {brief(word)}; a Config needs a "
                'name: {"name": config}'
            )
        name, config, settings = _parts(str(word))
        if not settings:
            yield NamedConfig(name, _loaded(name, config, _listed(overrides)))
            continue
        changes = tuple(each.strip() for each in _NEXT.split(settings))
        if any(each.partition("=")[0].strip() == _SEED for each in changes):
            raise ConfigError(
                f"{name}: {_SEED} has no effect here: each system is trained with the seeds that --seeds says"
            )
        yield NamedConfig(name, _loaded(name, config, [*_listed(overrides), *changes]), changes)


def _parts(word: str) -> tuple[str, str, str]:
    """A name, a config, and settings, of which the last may be empty.

    Raises:
        ConfigError: settings have no name.
    """
    if _is_config(word):  # a file may have any name
        return Path(word).stem, word, ""
    named = _NAME.fullmatch(word)
    name, rest = (named[1].strip(), named[2].strip()) if named else ("", word)
    config, settings = _split(rest)
    if not named:
        if settings:
            raise ConfigError(
                f"{brief(word)} needs a name, because it has settings of its own: write NAME={word}"
            )
        return Path(word).stem, word, ""
    return name, config, settings


def _split(text: str) -> tuple[str, str]:
    """The config, and the settings after the colon; the colon of a drive, as in ``C:\\a.toml``, is none."""
    if _is_config(text):
        return text, ""
    for colon in re.finditer(":", text):
        if _is_config(text[: colon.start()]):
            return text[: colon.start()], text[colon.end() :]
    config, *settings = _SETTINGS.split(text, maxsplit=1)
    return config, settings[0] if settings else ""


def _is_config(text: str) -> bool:
    return is_preset(text) or ("\0" not in text and Path(text).is_file())


def _loaded(name: str, config: str | Path, overrides: Overrides) -> Config:
    """
    Raises:
        ConfigError: the config does not exist, or is not valid; the message begins with the system's name.
    """
    try:
        return load_config(config, overrides)
    except ConfigError as error:
        if name == Path(config).stem:
            raise
        raise ConfigError(f"{name}: {error}") from None


def _listed(overrides: Overrides) -> list[str] | dict[str, Any]:
    return dict(overrides) if isinstance(overrides, Mapping) else list(overrides)
