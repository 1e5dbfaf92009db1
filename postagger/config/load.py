"""A config from a file, from overrides, from plain data; and what is wrong with it, in the user's words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from postagger.config.error_messages import explain_all
from postagger.config.models import ModelConfig, WindowConfig, model_settings
from postagger.config.overrides import Overrides, apply_overrides
from postagger.config.presets import find_config, is_preset
from postagger.config.schema import Config
from postagger.config.section import Section
from postagger.errors import ConfigError, brief


def load_config(config: str | Path, overrides: Overrides = ()) -> Config:
    """Reads a TOML file and applies ``section.key=value`` overrides to it.

    Files of other configs that it names are looked for beside it first, then in the current folder.

    Args:
        config: a file, or the name of a shipped config, such as ``lstm``. A file of that path comes first.
        overrides: ``["training.epochs=5"]``, or a mapping, ``{"training.epochs": 5}``.

    Raises:
        ConfigError: there is no such config, it is no TOML, a key is unknown, or a value is out of bounds.
    """
    if isinstance(config, Mapping | Config):
        raise ConfigError(
            "load_config reads a file or a shipped config; what is a config already, or a dict of settings, "
            "goes straight to Tagger.train(corpus, config)"
        )
    if not isinstance(config, str | Path) or config == "":
        raise ConfigError(
            f"a config is a TOML file, or the name of a shipped one such as 'lstm'; got {brief(config)}"
        )
    path = find_config(config)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the config {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text, so it is no TOML config") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    _find_beside(path, data)
    return override_config(data, overrides, source=str(config))


def is_config(name: str) -> bool:
    """Whether a name stands for a config, and not for a model or a text.

    A config is a file that ends in ``.toml``, or a shipped config where no file or folder has that name.
    """
    return name.lower().endswith(".toml") or (is_preset(name) and not Path(name).exists())


def override_config(data: dict[str, Any], overrides: Overrides, *, source: str = "config") -> Config:
    """Applies ``section.key=value`` overrides to plain data, in place, and validates it.

    Raises:
        ConfigError: a key is unknown, or a value is out of bounds.
    """
    apply_overrides(data, overrides)
    return parse_config(data, source=source)


def parse_config(data: Mapping[str, Any], *, source: str = "config", importing: bool = True) -> Config:
    """Validates plain data, as TOML or JSON gives it.

    Args:
        source: what the data are called in error messages.
        importing: whether a model or optimiser of the config's may be imported; not for model files, which
            may come from anybody.

    Raises:
        ConfigError: a key is unknown or a value is of the wrong type or out of bounds.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"{source}: a config is a mapping of sections, not {type(data).__name__}")
    problems: list[str] = []
    data = dict(data)
    model = data.get("model")
    if isinstance(model, Mapping):
        try:
            settings = model_settings(model, importing=importing)
            data["model"] = settings.model_validate(dict(model))
        except ValidationError as error:
            problems += explain_all(error.errors(), settings)
            data["model"] = WindowConfig()  # the other sections' problems are told too
        except ConfigError as error:
            problems.append(str(error))
            data["model"] = WindowConfig()
    try:
        config = Config.model_validate(data, context={"importing": importing})
    except ValidationError as error:
        problems += explain_all(error.errors())
    if problems:
        raise ConfigError(f"{source}: {'; '.join(problems)}")
    return config


def as_config(config: Config | Mapping[str, Any] | None) -> Config:
    """A config as it is given in Python: itself, plain data, or None for the defaults.

    Raises:
        ConfigError: it is something else, or does not hold together.
    """
    if config is None:
        return Config()
    if isinstance(config, Config):
        return config
    if isinstance(config, Mapping):
        return parse_config(config)
    if isinstance(config, str | Path):
        raise ConfigError(
            f"a config by name or file is read first: load_config({brief(str(config))}) gives "
            "what is expected here"
        )
    if isinstance(config, Section):
        name = "model" if isinstance(config, ModelConfig) else "section"
        raise ConfigError(f"{type(config).__name__} is a section of a config: Config({name}={brief(config)})")
    raise ConfigError(
        f"a config is what load_config gives, or a dict such as {{'model': {{'kind': 'lstm'}}}}, "
        f"not {brief(config)}"
    )


def _find_beside(path: Path, data: dict[str, Any]) -> None:
    """Puts a config's folder before the names of teachers' configs that are found there."""
    match data:
        case {"distillation": {"teachers": [*names]} as section}:
            section["teachers"] = [
                str(path.parent / name)
                if isinstance(name, str) and is_config(name) and (path.parent / name).is_file()
                else name
                for name in names
            ]
