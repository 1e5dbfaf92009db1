"""Compares what a block printed with what its page says."""

from __future__ import annotations

import re
from difflib import unified_diff

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
_GAP = "..."


def difference(expected: str, got: str, *, numbers_vary: bool = False) -> str:
    """How two texts differ, line by line; empty if they do not.

    Blanks at the ends of lines and empty lines at the end do not count. ``...`` in a line stands for anything
    within that line, a line of ``...`` for any number of lines.

    Args:
        numbers_vary: whether a number stands for any number. Then the width of gaps does not count either.
    """
    wanted, found = _lines(expected), _lines(got)
    pattern = "".join(_pattern(line, numbers_vary) for line in wanted)
    if re.fullmatch(pattern, "".join(f"{line}\n" for line in found)):
        return ""
    return "\n".join(unified_diff(wanted, found, "the page", "what was printed", lineterm=""))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _pattern(line: str, numbers_vary: bool) -> str:
    if line.strip() == _GAP:
        return r"(?:[^\n]*\n)*?"
    return r"[^\n]*".join(_literal(piece, numbers_vary) for piece in line.split(_GAP)) + r"\n"


def _literal(text: str, numbers_vary: bool) -> str:
    if not numbers_vary:
        return re.escape(text)
    pieces = re.split(f"({_NUMBER.pattern}|[ ]+)", text)
    return "".join(map(_any_number, pieces))


def _any_number(piece: str) -> str:
    if _NUMBER.fullmatch(piece):
        return f"{_NUMBER.pattern}"
    return r" *" if piece and not piece.strip() else re.escape(piece)
