"""Normalised forms for looking words up. The tokens in a tagger's output are never changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

from postagger.unicode import JOINERS, MOST_CHARACTERS, normal_form

STRAIGHT, OPENING, CLOSING = '"', "``", "''"
"""Double quotes: as typed, and the opening and closing quotes of the Penn treebank."""

PENN_FORMS = {
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
PLAIN_FORMS = {
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
INSIDE = str.maketrans({"\u2019": "'", "\u2018": "'"})
_DIGIT = re.compile(r"\d")
_BEYOND_TWO = re.compile(r"(.)(?=\1\1)")


_DOTTED_I = "i\u0307"
"""Python's lower case of the Turkish İ."""


class _ShapeSymbols(dict[int, str]):
    """Maps each character to its symbol in the shape of a word in ASCII; filled on first use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if len(self) >= MOST_CHARACTERS:
            self.clear()
        self[code] = "X" if char.isupper() else "x" if char.islower() else "d" if char.isdigit() else char
        return self[code]


_SHAPE_SYMBOLS = _ShapeSymbols()

_MARK, _JOINER, _PICTURE = "m", "j", "s"
"""Symbols in a shape, as are X, x and d: no letter stands for itself."""


def word_form(word: str, *, normalise: bool = True) -> str:
    """The form of a word under which everything about it is looked up: the Penn form of its normal form.

    Args:
        normalise: off for models trained before there was a normal form.
    """
    return penn_form(normal_form(word) if normalise else word)


def lower_case(form: str, *, normalise: bool = True) -> str:
    """A word's form in lower case, where the Turkish İ and I are one letter, as in English."""
    lower = form.lower()
    return lower.replace(_DOTTED_I, "i") if normalise else lower


def penn_form(word: str) -> str:
    """Converts brackets, quotes and dashes to the Penn treebank's form, and straightens apostrophes."""
    return PENN_FORMS.get(word) or word.translate(INSIDE)


def plain_form(word: str, *, normalise: bool = True) -> str:
    """The word as other texts than the Penn treebank have it: plain brackets, quotes and slashes.

    >>> [plain_form(word) for word in ("-LRB-", "``", "1\\\\/2")]
    ['(', '"', '1/2']
    """
    form = word_form(word, normalise=normalise)
    return PLAIN_FORMS.get(form, form).replace("\\/", "/").replace("\\*", "*")


def in_capitals(word: str) -> str:
    """The word in capitals; a bracket's name, such as ``-LRB-``, stays as it is."""
    return word if word in PLAIN_FORMS else word.upper()


def in_lower_case(word: str) -> str:
    """The word in lower case; a bracket's name stays as it is."""
    return word if word in PLAIN_FORMS else word.lower()


READINGS = (in_capitals, in_lower_case)
"""How case noise changes the words of a sentence."""


def is_straight_quote(word: str, *, normalise: bool = True) -> bool:
    """Whether a token is a straight double quote, perhaps fullwidth or with invisible characters."""
    if word.isascii() or not normalise:
        return word == STRAIGHT
    return ("\uff02" in word or STRAIGHT in word) and normal_form(word) == STRAIGHT


def straight_quotes(words: Sequence[str], *, normalise: bool = True) -> list[str]:
    """Replaces straight double quotes with opening and closing ones, alternately."""
    opening = True
    replaced = []
    for word in words:
        if is_straight_quote(word, normalise=normalise):
            word = OPENING if opening else CLOSING
            opening = not opening
        replaced.append(word)
    return replaced


def fold_digits(word: str) -> str:
    """Replaces every decimal digit with 0, so that all years become one word."""
    return _DIGIT.sub("0", word)


def vector_forms(word: str, *, normalise: bool = True) -> Iterator[str]:
    """Yields the forms under which a word may be found among pretrained vectors, closest first.

    These are the Penn treebank's form, the form with plain brackets and quotes, both in lower case, and
    all of these with every digit replaced by 0, or by # as in word2vec's news vectors.

    >>> list(dict.fromkeys(vector_forms("F-16")))
    ['F-16', 'f-16', 'F-00', 'f-00', 'F-##', 'f-##']
    """
    form = word_form(word, normalise=normalise)
    forms = [form, PLAIN_FORMS.get(form, form)]
    yield from forms
    forms += [lower_case(form, normalise=normalise) for form in forms]
    yield from forms
    for sign in "0#":
        for form in forms:
            yield _DIGIT.sub(sign, form)


def shape(form: str, *, scripts: bool = True) -> str:
    """A word's shape: X for upper case, x for lower case, d for digits, with runs cut to two characters.

    The letters of a script without case are written as its name and their number, at most 3. If there are
    also other characters in the word, it is the kinds of its first two runs and of its last. Combining marks
    and joiners are left out, but in words without case they are noted at the end: m if there are marks, j if
    there are joiners. An emoji or another picture is an s.

    Args:
        scripts: off for models trained before: marks, pictures and letters without case stand for
            themselves.

    >>> shape("McDonald"), shape("1989-90"), shape("U.S."), shape("食べる"), shape("שָׁלוֹם")
    ('XxXxx', 'dd-dd', 'X.X.', 'CjkHiragana', 'Hebrew3m')
    """
    if form.isascii() or not scripts:
        return _BEYOND_TWO.sub("", form.translate(_SHAPE_SYMBOLS))
    symbols = list(map(_symbol, form))
    seen = "".join(sorted({_MARK, _JOINER}.intersection(symbols)))
    symbols = [symbol for symbol in symbols if symbol not in (_MARK, _JOINER)]
    noted = "" if {"X", "x"}.intersection(symbols) else seen
    if all(len(symbol) == 1 for symbol in symbols):
        return _BEYOND_TWO.sub("", "".join(symbols)) + noted
    kinds = [kind for kind, _ in groupby(symbols)]
    if len(kinds) == 1:
        return f"{kinds[0]}{min(len(symbols), 3)}{noted}"
    return "".join([*kinds[:2], *kinds[2:][-1:]]) + noted


@cache
def _symbol(char: str) -> str:
    """The symbol of a character in a shape; for a letter without case, its script."""
    category = unicodedata.category(char)
    if char.isupper() or category == "Lt":
        return "X"
    if char.islower():
        return "x"
    if category in ("Lo", "Lm"):
        return _script(char)
    if char in JOINERS:
        return _JOINER
    return {"M": _MARK, "N": "d"}.get(category[0], _PICTURE if category in ("So", "Sk") else char)


def _script(letter: str) -> str:
    """The first word of a letter's name, which is its script; letters of no script stand for themselves."""
    script = re.split("[ -]", unicodedata.name(letter, ""))[0].capitalize()
    return letter if script in ("", "Modifier") else script
