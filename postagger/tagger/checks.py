"""Arguments of a tagger's methods: checked before anything is done with them."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from pathlib import Path

from postagger.corpora import Corpus
from postagger.errors import ConfigError, DataError, brief
from postagger.inference import DTYPES
from postagger.io import as_path

_DTYPES_MEANT = {
    "bf16": "bfloat16",
    "fp16": "bfloat16",
    "float16": "bfloat16",
    "half": "bfloat16",
    "fp32": "float32",
    "float": "float32",
}
"""Names of dtypes that people try, and the nearest that there is."""


def check_head(head: object, heads: Iterable[str], owner: str) -> None:
    """Checks that a head is one of those that there are.

    Raises:
        ConfigError: it is not; all are named.
    """
    names = list(heads)
    if head not in names:
        near = difflib.get_close_matches(head, names, n=1) if isinstance(head, str) else []
        end = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"unknown head {brief(head)}: this {owner} has {', '.join(names)}{end}")


def check_split(split: object) -> None:
    """
    Raises:
        DataError: no corpus has such a part.
    """
    Corpus("", [], [], []).part(split)  # type: ignore[arg-type]  # which is what is to be found out


def cache_folder(given: str | Path) -> Path:
    """A folder, which need not be there yet.

    Raises:
        ConfigError: there is a file in its place.
    """
    folder = as_path(given, "cache is a folder", ConfigError)
    file = next((place for place in (folder, *folder.parents) if place.is_file()), None)
    if file is not None:
        raise ConfigError(f"cache is a folder, and {file} is a file: name another place")
    return folder


def check_callable(on_epoch: object) -> None:
    """
    Raises:
        ConfigError: it can't be called.
    """
    if not callable(on_epoch):
        raise ConfigError(f"on_epoch is a function that takes an EpochRecord, not {brief(on_epoch)}")


def check_dtype(dtype: object) -> None:
    """
    Raises:
        ConfigError: there is no such dtype.
    """
    if isinstance(dtype, str) and dtype in DTYPES:
        return
    name = str(dtype).removeprefix("torch.").lower()
    meant = _DTYPES_MEANT.get(name, name if name in DTYPES else None)
    end = f"; did you mean {meant!r}?" if meant else ""
    raise ConfigError(f"unknown dtype {brief(dtype)}: use {' or '.join(DTYPES)}{end}")


def check_position(given: object, words: int) -> int:
    """The position of a word in a sentence of so many; NumPy's whole numbers are some too.

    Raises:
        DataError: it is no whole number, or the sentence has no word there.
    """
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise DataError(f"{brief(given)} is no position: it is a whole number, from 0 on")
    position = operator.index(given)
    if not 0 <= position < words:
        there = f"its {words} words count from 0 to {words - 1}" if words else "it has no words"
        raise DataError(f"position {position} is not in this sentence: {there}")
    return position


def kind_of(value: object) -> str:
    """A value for an error message, where its `repr` may be too long to say anything."""
    if isinstance(value, str | int | float | Path | None):
        return brief(value)
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
