"""The Penn treebank's rules for tokens, those of its script tokenizer.sed, exactly as NLTK applies them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_Rule = tuple[re.Pattern[str], str]


def _rules(*rules: tuple[str, str]) -> tuple[_Rule, ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)


_OPENING_QUOTES = _rules((r'\A"|``', " `` "), (r"(?<=[ (\[{<])(?:\"|'')", " `` "))
_PUNCTUATION = _rules(
    (r"([:,])(\D|\Z)", r" \1 \2"),  # not within numbers
    (r"\.\.\.|[;@#$%&?!]", r" \g<0> "),
)
_FULL_STOP = _rules((r"([^.])\.([])}>\"']*)[^\S\x1c-\x1f]*$", r"\1 .\2 "))  # other dots belong to words
_SINGLE_QUOTES = _rules((r"(?<=[^'])(?=' )", " "))
_BRACKETS = _rules((r"[][(){}<>]|--", r" \g<0> "))
_CLOSING_QUOTES = _rules(
    (r"''|\"", " '' "),
    (r"(?<=[^' ])(?='[sSmMdD]? )", " "),
    (r"(?<=[^' ])(?=(?:'ll|'LL|'re|'RE|'ve|'VE|n't|N'T) )", " "),
)
_TWO_WORDS = _rules(
    *(
        (rf"(?i){pattern}", r" \1 \2 ")
        for pattern in (
            *(r"\b(can)(not)\b", r"\b(d)('ye)\b", r"\b(gim)(me)\b", r"\b(gon)(na)\b", r"\b(got)(ta)\b"),
            *(r"\b(lem)(me)\b", r"\b(more)('n)\b", r"\b(wan)(na)(?=\s)", r" ('t)(is)\b", r" ('t)(was)\b"),
        )
    )
)
_PERHAPS_TWO_WORDS = re.compile("(?i)cannot|d'ye|gimme|gonna|gotta|lemme|more'n|wanna|'tis|'twas")
_QUOTE = re.compile("[\"'`]")
_WORD = re.compile(r"(\w+(?:[-.]\w+)*)(\.?)([,;:?!]?)\n?")
"""A word and at most one mark after it: this is cut without the rules."""

_WITHOUT_MARKS = {"cannot", "gimme", "gonna", "gotta", "lemme", "wanna"}


def is_token(text: str) -> bool:
    """Whether a piece of text is clearly one token, as most are."""
    return text.isascii() and text.isalnum() and text.lower() not in _WITHOUT_MARKS


def cut(text: str, *, begins: bool = True, ends: bool = True) -> list[str]:
    """The tokens of a sentence, or of a piece of it between two spaces.

    Args:
        begins: whether the sentence begins here.
        ends: whether it ends here, so that a full stop is a token of its own.
    """
    two_words = _PERHAPS_TWO_WORDS.search(text)
    word = None if two_words else _WORD.fullmatch(text)
    if word:
        stem, dot, mark = word.groups()
        parts = (stem, dot, mark) if ends and not mark else (stem + dot, mark)
        return [part for part in parts if part]
    text = ("" if begins else " ") + text + ("" if ends else " ")
    full_stop = _FULL_STOP if ends else ()
    if _QUOTE.search(text):
        before = (*_OPENING_QUOTES, *_PUNCTUATION, *full_stop, *_SINGLE_QUOTES, *_BRACKETS)
        text = _applied(_CLOSING_QUOTES, f" {_applied(before, text)} ")
    else:
        text = f" {_applied((*_PUNCTUATION, *full_stop, *_BRACKETS), text)} "
    return (_applied(_TWO_WORDS, text) if two_words else text).split()


def _applied(rules: Iterable[_Rule], text: str) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text
