"""Forms under which a word is looked up. Tokens themselves are never changed: answers echo them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

STRAIGHT, OPENING, CLOSING = '"', "``", "''"
"""Double quotes: as typed, and as the Penn treebank has them."""

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


class _Signs(dict[int, str]):
    """What stands for a character in a word's shape, found when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = "X" if char.isupper() else "x" if char.islower() else "d" if char.isdigit() else char
        return self[code]


_SIGNS = _Signs()


def penn_form(word: str) -> str:
    """The Penn treebank's form of a bracket, quote or dash; apostrophes inside words made plain."""
    return _PENN_FORMS.get(word) or word.translate(_INSIDE)


def straight_quotes(words: Sequence[str]) -> list[str]:
    """A sentence in which each straight double quote is an opening or closing one, by turns."""
    opening = True
    turned = []
    for word in words:
        if word == STRAIGHT:
            word = OPENING if opening else CLOSING
            opening = not opening
        turned.append(word)
    return turned


def fold_digits(word: str) -> str:
    """The word with every decimal digit replaced by 0, so that all years are one word."""
    return _DIGIT.sub("0", word)


def vector_forms(word: str) -> Iterator[str]:
    """Forms under which a word may stand among pretrained vectors, the most exact first.

    The Penn treebank's form, brackets and quotes made plain, the same in lower case, and all of these
    with every digit replaced by 0, or by # as in word2vec's news vectors.

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
    """X for upper case, x for lower case, d for digits; runs of three or more are cut to two.

    >>> shape("McDonald"), shape("1989-90"), shape("U.S.")
    ('XxXxx', 'dd-dd', 'X.X.')
    """
    return _BEYOND_TWO.sub("", word.translate(_SIGNS))
