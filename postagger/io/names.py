"""The names of files: paths from callers, and names that can be printed."""

from __future__ import annotations

import os
import re
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
        check_name(os.fsdecode(value), error)
        return Path(os.fsdecode(value))
    raise error(f"{expected}, named by a string or a Path; got {brief(value)}")


_LONGEST_PART, _LONGEST = 255, 4095
"""Bytes in a part of a path, and in all of it, on most systems."""


def why_impossible(name: str) -> str | None:
    """Why no file can be called so, as the end of a sentence; None if one can."""
    if "\0" in name:
        return "no file can have a NUL character in its name"
    size = len(os.fsencode(name))
    if size > _LONGEST or any(len(os.fsencode(part)) > _LONGEST_PART for part in Path(name).parts):
        return f"no file can have a name of {size:,} bytes"
    return None


def why_no_folder(name: str) -> str | None:
    """Why no folder inside another one can be called so, as the end of a sentence; None if one can."""
    reason = why_impossible(name)
    if reason is None and (name in ("", ".", "..") or re.search(r"[/\\\x00-\x1f\x7f]", name)):
        reason = "it has a slash or a control character, or is only dots" if name else "it is empty"
    return reason


def check_name(name: str, error: type[PostaggerError] = DataError) -> None:
    """Checks that a file can have a name.

    Raises:
        PostaggerError: it can't; the error is of the class given.
    """
    reason = why_impossible(name)
    if reason is not None:
        raise error(f"{brief(name)}: {reason}")


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but tabs and line feeds, marks of direction, and separators of lines and paragraphs."""


def visible(text: str) -> str:
    """Text for a terminal: ``\\x1b`` and the like stand for characters that control it.

    Texts of a model file or of a corpus could otherwise clear the screen or write over other text.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def printable(name: str) -> str:
    """The name of a file without bytes that are not UTF-8; ``\\xe9`` and the like stand for them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
