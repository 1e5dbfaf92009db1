"""What the native encoder has to know of a character, answered with postagger's own rules for words.

The encoder treats a word's form character by character. That is right only for characters that mean the same
in every form; the words that have others are encoded in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class CharacterInfo(NamedTuple):
    """How a character is written in the strings that are looked up for a word.

    Attributes:
        simple: whether it is the same in every form.
        lower: in lower case.
        symbol: in a shape; for a letter without case, its script. Marks are an m, joiners a j.
        digit: whether it is a decimal digit.
    """

    simple: bool
    lower: str
    symbol: str
    digit: bool


def character_info(
    lower_case: Callable[[str], str], shape: Callable[[str], str]
) -> Callable[[int], CharacterInfo]:
    """Returns the ``char_info`` of a `Kernel`'s encoder.

    Args:
        lower_case: a form in lower case.
        shape: a form's shape, as `postagger.features.normalise.shape` writes it.
    """

    def info(code: int) -> CharacterInfo:
        char = chr(code)
        lower = lower_case(char)
        # A sigma's lower case depends on the letters around it, and a dot above may be part of a Turkish i.
        simple = len(lower) == 1 and lower_case(f"i{char}") == f"i{lower}"
        symbol = shape(char)
        if len(symbol) > 1:  # a script, and the number of letters
            symbol = symbol[:-1]
        return CharacterInfo(simple, lower, symbol, char.isdecimal())

    return info
