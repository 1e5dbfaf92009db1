"""The shipped configs, by name: ``lstm`` is ``configs/lstm.toml``."""

from __future__ import annotations

import difflib
from pathlib import Path

from postagger.errors import ConfigError
from postagger.io import check_name

LADDER = ("logistic", "crf", "window", "rnn", "gru", "lstm_forward", "lstm", "lstm_crf")
"""The models that ``compare --ladder`` trains, from the simplest up; all learn from the corpus alone."""

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "configs", _PACKAGE.parent / "configs")
"""In an installed wheel and in a checkout."""


def preset_names() -> list[str]:
    """The names of the shipped configs, in alphabetical order."""
    folder = next((place for place in _PLACES if (place / "window.toml").is_file()), None)
    return [] if folder is None else sorted(path.stem for path in folder.glob("*.toml"))


def preset_path(name: str) -> Path:
    """The file of a shipped config.

    Raises:
        ConfigError: there is no shipped config of that name.
    """
    if name not in preset_names():
        raise ConfigError(
            f"there is no shipped config {name!r}{_meant(name)} The shipped configs are: {_all_names()}"
        )
    return next(file for place in _PLACES if (file := place / f"{name}.toml").is_file())


def preset_text(name: str) -> str:
    """The text of a shipped config.

    Raises:
        ConfigError: there is no shipped config of that name.
    """
    return preset_path(name).read_text(encoding="utf-8")


def find_config(config: str | Path) -> Path:
    """The file of a config, given its path or the name of a shipped one; an existing file takes precedence.

    Raises:
        ConfigError: there is no such file or shipped config.
    """
    check_name(str(config), ConfigError)
    path = Path(config)
    if path.is_file():
        return path
    if is_preset(str(config)):
        return preset_path(str(config))
    if path.exists():  # a pipe, which can be read, or a folder, which fails later
        return path
    raise ConfigError(
        f"there is no config {str(config)!r}{_meant(str(config))} "
        f"A config is a TOML file or the name of a shipped config: {_all_names()}"
    )


def is_preset(name: str) -> bool:
    """Whether there is a shipped config of that name."""
    return name in preset_names()


def _meant(name: str) -> str:
    """The end of a sentence: suggests the shipped config whose name is nearest."""
    near = difflib.get_close_matches(Path(name).stem, preset_names(), n=1)
    return f", did you mean {near[0]!r}?" if near else "."


def _all_names() -> str:
    return ", ".join(preset_names()) or "none (they are missing from this installation: reinstall postagger)"
