"""The names of files: paths from callers, and names that can be printed."""

from __future__ import annotations

import os
from pathlib import Path

from postagger.errors import DataError, PostaggerError, brief


def as_path(value: object, expected: str, error: type[PostaggerError] = DataError) -> Path:
    """Converts a caller's string or `Path` to a `Path`.

    Args:
        expected: what was expected, for the message, as in ``a model is loaded from a file``.
        error: the class of the error.

    Raises:
        PostaggerError: the value is something else, or an empty string.
    """
    if isinstance(value, str | os.PathLike) and os.fspath(value):
        return Path(os.fsdecode(value))
    raise error(f"{expected}, named by a string or a Path; got {brief(value)}")


def printable(name: str) -> str:
    """The name of a file without bytes that are not UTF-8; ``\\xe9`` and the like stand for them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
