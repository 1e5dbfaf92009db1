"""The Penn treebank's rules for tokens, those of its script tokenizer.sed, exactly as NLTK applies them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

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
_FUSED = {"cannot", "gimme", "gonna", "gotta", "lemme", "wanna"}


def cut(text: str, *, begins: bool = True, ends: bool = True) -> Sequence[str]:
    """The tokens of a sentence, or of a piece of it between two spaces.

    Args:
        begins: whether the sentence begins here.
        ends: whether it ends here, so that a full stop is a token of its own.
    """
    return _word_and_mark(text, ends=ends) or _by_rules(text, begins=begins, ends=ends)


def _word_and_mark(text: str, *, ends: bool) -> tuple[str, ...]:
    """The tokens of a word or of a word and a mark, as most pieces of text are; else none."""
    text = text.removesuffix("\n")
    if _is_word(text):
        return (text,)
    word, mark = text[:-1], text[-1:]
    return (word, mark) if mark in (".,;:?!" if ends else ",;:?!") and _is_word(word) else ()


def _is_word(text: str) -> bool:
    return text.isascii() and text.isalnum() and text.lower() not in _FUSED


def _by_rules(text: str, *, begins: bool, ends: bool) -> list[str]:
    text = ("" if begins else " ") + text + ("" if ends else " ")
    full_stop = _FULL_STOP if ends else ()
    if _QUOTE.search(text):
        before = (*_OPENING_QUOTES, *_PUNCTUATION, *full_stop, *_SINGLE_QUOTES, *_BRACKETS)
        text = _applied(_CLOSING_QUOTES, f" {_applied(before, text)} ")
    else:
        text = f" {_applied((*_PUNCTUATION, *full_stop, *_BRACKETS), text)} "
    if _PERHAPS_TWO_WORDS.search(text):
        text = _applied(_TWO_WORDS, text)
    return text.split()


def _applied(rules: Iterable[_Rule], text: str) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text
