"""Checks of the arguments of a tagger's methods."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from pathlib import Path

from postagger.config.error_messages import meant_value
from postagger.errors import ConfigError, DataError, brief
from postagger.inference import DTYPES
from postagger.io import as_path


def check_head(head: object, heads: Iterable[str], owner: str) -> None:
    """Checks that a head exists.

    Raises:
        ConfigError: it does not; the existing ones are named.
    """
    names = list(heads)
    if head not in names:
        near = difflib.get_close_matches(head, names, n=1) if isinstance(head, str) else []
        end = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"unknown head {brief(head)}: this {owner} has {', '.join(names)}{end}")


def as_folder(given: str | Path, argument: str) -> Path:
    """The folder that an argument names, as a path; it need not exist yet.

    Raises:
        ConfigError: a file is in its place.
    """
    folder = as_path(given, f"{argument} is a folder", ConfigError)
    file = next((place for place in (folder, *folder.parents) if place.is_file()), None)
    if file is not None:
        raise ConfigError(f"{argument} must be a folder, but {file} is a file: name another folder")
    return folder


def check_dtype(dtype: object) -> None:
    """Checks that a dtype is supported.

    Raises:
        ConfigError: it is not.
    """
    if isinstance(dtype, str) and dtype in DTYPES:
        return
    name = str(dtype).removeprefix("torch.").lower()
    meant = name if name in DTYPES else meant_value("dtype", name)
    end = f"; did you mean {meant!r}?" if meant else ""
    raise ConfigError(f"unknown dtype {brief(dtype)}: use {' or '.join(DTYPES)}{end}")


def check_position(given: object, words: int) -> int:
    """Checks the position of a word and returns it as an int; NumPy integers are accepted.

    Args:
        words: the number of words in the sentence.

    Raises:
        DataError: it is not a whole number, or the sentence has no word there.
    """
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise DataError(f"position must be a whole number, 0 or more, not {brief(given)}")
    position = operator.index(given)
    if not 0 <= position < words:
        there = f"its {words} words have the positions 0 to {words - 1}" if words else "it has no words"
        raise DataError(f"position {position} is not in this sentence: {there}")
    return position


def kind_of(value: object) -> str:
    """A value or its type for an error message; the `repr` of many types is too long."""
    if isinstance(value, str | int | float | Path | None):
        return brief(value)
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def check_temperature(temperature: object) -> None:
    """
    Raises:
        ConfigError: it is not a number from 0.01 to 100.
    """
    if (
        isinstance(temperature, bool)
        or not isinstance(temperature, float | int)
        or not 0.01 <= temperature <= 100
    ):
        raise ConfigError(f"a temperature is a number from 0.01 to 100, not {brief(temperature)}")
