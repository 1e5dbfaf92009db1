"""What the native encoder has to know of a character, answered with postagger's own rules for words.

The encoder treats a word character by character. That is right only for characters that mean the same in
every word; the words that have others are encoded in Python.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

_JAMO = range(0x1100, 0x1200)
"""Parts of Korean syllables, which combine as letters and marks do."""

_FINAL_SIGMA = "\u03a3"
"""Its lower case depends on the letters around it."""


class CharacterInfo(NamedTuple):
    """How a character is written in the strings that are looked up for a word.

    Attributes:
        simple: whether it is the same in every word of two or more characters.
        form: in the word's form.
        lower: in lower case.
        symbol: in the word's shape.
        digit: whether it is a decimal digit.
    """

    simple: bool
    form: str
    lower: str
    symbol: str
    digit: bool


def character_info(
    word_form: Callable[[str], str], lower_case: Callable[[str], str], shape: Callable[[str], str]
) -> Callable[[int], CharacterInfo]:
    """Returns the ``char_info`` of a `Kernel`'s encoder.

    Args:
        word_form: a word's form (its normal form, with Penn treebank quotes).
        lower_case: a form in lower case.
        shape: a form's shape, with one symbol for each character, or more than one for a letter that has
            rules of its own.
    """

    def info(code: int) -> CharacterInfo:
        char = chr(code)
        within = word_form(f"a{char}a")
        form = within[1:-1]
        # By itself a character may have a name, as brackets have, but only words of one character are that.
        simple = len(within) == 3 and within[0] == within[-1] == "a" and not _combines(char)
        lower, symbol = (lower_case(form), shape(form)) if simple else ("", "")
        simple = simple and len(lower) == len(symbol) == 1 and char != _FINAL_SIGMA
        return CharacterInfo(simple, form, lower, symbol, form.isdecimal())

    return info


def _combines(char: str) -> bool:
    """Whether a character may combine with its neighbours: a mark, a joiner, a part of a syllable.

    Words without such characters, all of them normal by themselves, are in NFC as they are. Surrogates are
    no characters at all.
    """
    category = unicodedata.category(char)
    return category[0] == "M" or category in ("Cf", "Cs") or ord(char) in _JAMO
