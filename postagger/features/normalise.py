"""Normalised forms for looking words up. The tokens in a tagger's output are never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

STRAIGHT, OPENING, CLOSING = '"', "``", "''"
"""Double quotes: as typed, and the opening and closing quotes of the Penn treebank."""

_PENN_FORMS = {
    "(": "-LRB-",
    ")": "-RRB-",
    "[": "-LSB-",
    "]": "-RSB-",
    "{": "-LCB-",
    "}": "-RCB-",
    "\u201c": "``",
    "\u201d": "''",
    "\u2018": "`",
    "\u2019": "'",
    "\u2013": "--",
    "\u2014": "--",
    "\u2026": "...",
}
_PLAIN_FORMS = {
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
    OPENING: STRAIGHT,
    CLOSING: STRAIGHT,
    "`": "'",
}
_INSIDE = str.maketrans({"\u2019": "'", "\u2018": "'"})
_DIGIT = re.compile(r"\d")
_BEYOND_TWO = re.compile(r"(.)(?=\1\1)")


class _ShapeSymbols(dict[int, str]):
    """Maps each character to its symbol in a word's shape; filled on first use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = "X" if char.isupper() else "x" if char.islower() else "d" if char.isdigit() else char
        return self[code]


_SHAPE_SYMBOLS = _ShapeSymbols()


def penn_form(word: str) -> str:
    """Converts brackets, quotes and dashes to the Penn treebank's form, and straightens apostrophes."""
    return _PENN_FORMS.get(word) or word.translate(_INSIDE)


def in_capitals(word: str) -> str:
    """The word in capitals; a bracket's name, such as ``-LRB-``, stays as it is."""
    return word if word in _PLAIN_FORMS else word.upper()


def in_lower_case(word: str) -> str:
    """The word in lower case; a bracket's name stays as it is."""
    return word if word in _PLAIN_FORMS else word.lower()


READINGS = (in_capitals, in_lower_case)
"""How case noise changes the words of a sentence."""


def straight_quotes(words: Sequence[str]) -> list[str]:
    """Replaces straight double quotes with opening and closing ones, alternately."""
    opening = True
    replaced = []
    for word in words:
        if word == STRAIGHT:
            word = OPENING if opening else CLOSING
            opening = not opening
        replaced.append(word)
    return replaced


def fold_digits(word: str) -> str:
    """Replaces every decimal digit with 0, so that all years become one word."""
    return _DIGIT.sub("0", word)


def vector_forms(word: str) -> Iterator[str]:
    """Yields the forms under which a word may be found among pretrained vectors, closest first.

    These are the Penn treebank's form, the form with plain brackets and quotes, both in lower case, and
    all of these with every digit replaced by 0, or by # as in word2vec's news vectors.

    >>> list(dict.fromkeys(vector_forms("F-16")))
    ['F-16', 'f-16', 'F-00', 'f-00', 'F-##', 'f-##']
    """
    form = penn_form(word)
    forms = [form, _PLAIN_FORMS.get(form, form)]
    yield from forms
    forms += [form.lower() for form in forms]
    yield from forms
    for sign in "0#":
        for form in forms:
            yield _DIGIT.sub(sign, form)


def shape(word: str) -> str:
    """The word's shape: X for upper case, x for lower case, d for digits, with runs cut to two characters.

    >>> shape("McDonald"), shape("1989-90"), shape("U.S.")
    ('XxXxx', 'dd-dd', 'X.X.')
    """
    return _BEYOND_TWO.sub("", word.translate(_SHAPE_SYMBOLS))
