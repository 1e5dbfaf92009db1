"""The configs that come with the package, by name: ``lstm`` is ``configs/lstm.toml``, wherever that is."""

from __future__ import annotations

import difflib
from pathlib import Path

from postagger.errors import ConfigError

LADDER = ("logistic", "crf", "window", "rnn", "gru", "lstm_forward", "lstm", "lstm_crf")
"""The lecture's models from the simplest up, trained on one corpus: what ``compare --ladder`` trains."""

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "configs", _PACKAGE.parent / "configs")
"""In an installed wheel, and in a checkout."""


def preset_names() -> list[str]:
    """The names of the shipped configs, in alphabetical order."""
    folder = next((place for place in _PLACES if (place / "window.toml").is_file()), None)
    return [] if folder is None else sorted(path.stem for path in folder.glob("*.toml"))


def preset_path(name: str) -> Path:
    """The file of a shipped config.

    Raises:
        ConfigError: none is called that.
    """
    if name not in preset_names():
        raise ConfigError(f"there is no shipped config {name!r}{_meant(name)} There are: {_all_names()}")
    return next(file for place in _PLACES if (file := place / f"{name}.toml").is_file())


def preset_text(name: str) -> str:
    """What the file of a shipped config says.

    Raises:
        ConfigError: none is called that.
    """
    return preset_path(name).read_text(encoding="utf-8")


def find_config(config: str | Path) -> Path:
    """The file that is meant by a path, or by the name of a shipped config. A file of that path comes first.

    Raises:
        ConfigError: it is neither.
    """
    path = Path(config)
    if path.is_file():
        return path
    if is_preset(str(config)):
        return preset_path(str(config))
    if path.exists():  # a folder, which can't be read, or a pipe, which can
        return path
    raise ConfigError(
        f"there is no config {str(config)!r}{_meant(str(config))} "
        f"A config is a TOML file, or the name of a shipped one: {_all_names()}"
    )


def is_preset(name: str) -> bool:
    """Whether a shipped config is called that."""
    return name in preset_names()


def _meant(name: str) -> str:
    """The end of a sentence: which shipped config was meant, going by the name without folder and suffix."""
    near = difflib.get_close_matches(Path(name).stem, preset_names(), n=1)
    return f", did you mean {near[0]!r}?" if near else "."


def _all_names() -> str:
    return ", ".join(preset_names()) or "none (they are missing from this installation: install it again)"
