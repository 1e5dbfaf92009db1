"""Loads and validates configs from files, overrides and plain data."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from postagger.config.another_kind import lost_settings
from postagger.config.error_messages import explain_all
from postagger.config.models import ModelConfig, WindowConfig, model_settings
from postagger.config.overrides import Overrides, apply_overrides
from postagger.config.presets import find_config, is_preset
from postagger.config.schema import Config
from postagger.config.section import Section
from postagger.errors import ConfigError, brief, one_line
from postagger.io import CONFIG, read_whole


def load_config(config: str | Path, overrides: Overrides = ()) -> Config:
    """Reads a TOML file and applies ``section.key=value`` overrides to it.

    If an override changes ``model.kind``, the new kind starts from its own defaults, and a warning names the
    settings of the file that are lost with this.

    Other config files that it names are looked up in its folder first, then in the current folder.

    Args:
        config: a file, or the name of a shipped config, such as ``lstm``. An existing file takes precedence.
        overrides: ``["training.epochs=5"]``, or a mapping, ``{"training.epochs": 5}``.

    Raises:
        ConfigError: there is no such config, it is not TOML, a key is unknown, or a value is out of bounds.
    """
    if isinstance(config, Mapping | Config):
        raise ConfigError(
            "load_config reads a file or a shipped config; pass a Config or a dict of settings directly to "
            "Tagger.train(corpus, config)"
        )
    if not isinstance(config, str | Path) or config == "":
        raise ConfigError(
            f"expected a TOML file, or the name of a shipped config such as 'lstm'; got {brief(config)}"
        )
    path = find_config(config)
    data = _read(path)
    _find_beside(path, data)
    return override_config(data, overrides, source=str(config))


def _read(path: Path) -> dict[str, Any]:
    """The settings of a config; the names of files in it may have bytes that are not UTF-8.

    Raises:
        ConfigError: it can't be read, is too large, or is not TOML.
    """
    try:
        text = read_whole(path, CONFIG, ConfigError).decode(errors="surrogateescape")
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot read the config {path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, ValueError) as error:  # a ValueError: a number of thousands of digits
        if not _is_utf8(text):
            raise ConfigError(f"{path} is not UTF-8 text, so it is not a TOML config") from None
        if path.suffix.lower() != ".toml":
            raise ConfigError(
                f"{path} is not a config (TOML); a file to learn from comes after one, as in postagger train "
                f"window {path}"
            ) from None
        raise ConfigError(f"{path} is not valid TOML: {one_line(error)}") from None
    except RecursionError:
        raise ConfigError(f"{path} is not a config: its brackets are nested too deeply") from None


def _is_utf8(text: str) -> bool:
    return not any("\udc80" <= char <= "\udcff" for char in text)


def is_config(name: str) -> bool:
    """Whether a name is a config, not a model or a text.

    It is a config if it ends in ``.toml``, or if a shipped config but no file or folder has that name.
    """
    return name.lower().endswith(".toml") or (is_preset(name) and not Path(name).exists())


def override_config(data: dict[str, Any], overrides: Overrides, *, source: str = "config") -> Config:
    """Applies ``section.key=value`` overrides to plain data, in place, and validates it.

    Another ``model.kind`` starts from its own defaults, except for the settings that every kind has
    (``model.output``). A warning names the settings of the data that are lost with this.

    Raises:
        ConfigError: a key is unknown, or a value is out of bounds.
    """
    model = data.get("model")
    before = dict(model) if isinstance(model, Mapping) else {}
    apply_overrides(data, overrides)
    config = parse_config(data, source=source)
    if told := lost_settings(before, config.model, data.get("model", {})):
        warnings.warn(told, stacklevel=3)
    return config


def parse_config(data: Mapping[str, Any], *, source: str = "config", importing: bool = True) -> Config:
    """Validates plain data from TOML or JSON.

    Args:
        source: the name of the data in error messages.
        importing: whether a model or optimiser that the config names may be imported; False for model files,
            which may be untrusted.

    Raises:
        ConfigError: a key is unknown or a value is of the wrong type or out of bounds.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"{source}: a config must be a mapping of sections, not {type(data).__name__}")
    problems: list[str] = []
    data = dict(data)
    model = data.get("model")
    if isinstance(model, Mapping):
        try:
            settings = model_settings(model, importing=importing)
            data["model"] = settings.model_validate(dict(model))
        except ValidationError as error:
            problems += explain_all(error.errors(), settings)
            data["model"] = WindowConfig()  # to report the other sections' problems too
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
    """Returns a config as it is, validates plain data, and gives the defaults for None.

    Raises:
        ConfigError: it is something else, or is not valid.
    """
    if config is None:
        return Config()
    if isinstance(config, Config):
        return config
    if isinstance(config, Mapping):
        return parse_config(config)
    if isinstance(config, str | Path):
        raise ConfigError(f"expected a config, not its name or file: use load_config({brief(str(config))})")
    if isinstance(config, Section):
        name = "model" if isinstance(config, ModelConfig) else "section"
        raise ConfigError(
            f"{type(config).__name__} is only a section of a config: use Config({name}={brief(config)})"
        )
    raise ConfigError(
        f"expected a Config, as load_config returns it, or a dict such as {{'model': {{'kind': 'lstm'}}}}, "
        f"not {brief(config)}"
    )


def _find_beside(path: Path, data: dict[str, Any]) -> None:
    """Prepends a config's folder to the names of teachers' configs that are in it."""
    match data:
        case {"distillation": {"teachers": [*names]} as section}:
            section["teachers"] = [
                str(path.parent / name)
                if isinstance(name, str) and is_config(name) and (path.parent / name).is_file()
                else name
                for name in names
            ]
