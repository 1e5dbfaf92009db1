"""Checks of the characters of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from postagger.corpora.diagnosis.findings import Finding
from postagger.corpora.diagnosis.survey import Survey
from postagger.corpora.diagnosis.wording import JOINERS, graded, several

_REPLACEMENT = "\ufffd"
"""Stands for bytes that could not be decoded."""

_NEVER = 2.0
"""A share of the tokens that is never reached."""


def _is_empty(word: str) -> bool:
    return not word.strip()


def _has_blank_at_end(word: str) -> bool:
    return word != word.strip() and not _is_empty(word)


def _has_control_character(word: str) -> bool:
    return word == word.strip() and any(map(_is_control, word))


@cache
def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or char == _REPLACEMENT


def _has_invisible_character(word: str) -> bool:
    return not word.isascii() and any(map(_is_invisible, word))


@cache
def _is_invisible(char: str) -> bool:
    """Whether a character is invisible; signs of Arabic and Syriac that enclose others are not."""
    is_sign = "\u0600" <= char <= "\u08ff" and char != "\u061c"
    return unicodedata.category(char) == "Cf" and char not in JOINERS and not is_sign


def _is_decomposed(word: str) -> bool:
    return not unicodedata.is_normalized("NFC", word)


@dataclass(frozen=True)
class _Oddity:
    """Something odd about words.

    Attributes:
        what: what is said of the tokens with such a word.
        warning: the share of the tokens from which it is a warning.
        is_odd: whether a word is such a word.
    """

    kind: str
    is_odd: Callable[[str], bool]
    what: str
    effect: str
    remedy: str
    warning: float = 0.001


_ODDITIES = (
    _Oddity(
        "empty words",
        _is_empty,
        "an empty word, or one of blanks",
        "The tagger learns it as a word like others.",
        "leave these tokens out, or write the word",
    ),
    _Oddity(
        "blank at word",
        _has_blank_at_end,
        "a word that begins or ends with a blank",
        "To the tagger this is another word than the one without a blank.",
        "remove the blanks",
    ),
    _Oddity(
        "control characters",
        _has_control_character,
        "a word with a control character, or one that stands for undecodable bytes",
        "To the tagger this is another word than the one without it.",
        "check the file's encoding, and remove these characters",
    ),
    _Oddity(
        "invisible characters",
        _has_invisible_character,
        "a word with an invisible character",
        "The tagger looks words up without such characters, so this does no harm.",
        "",
        _NEVER,
    ),
    _Oddity(
        "decomposed words",
        _is_decomposed,
        "a word in decomposed Unicode (not NFC)",
        "The tagger looks words up in NFC, so this does no harm.",
        "",
        _NEVER,
    ),
)


def odd_words(survey: Survey) -> Iterator[Finding]:
    """Words with characters that are probably not meant."""
    for oddity in _ODDITIES:
        odd = {word for word in survey.words if oddity.is_odd(word)}
        if not odd:
            continue
        pairs = {pair: count for pair, count in survey.all_pairs.items() if pair[0] in odd}
        count = sum(pairs.values())
        tokens = several(count, "token has", "tokens have")
        yield Finding(
            oddity.kind,
            graded(count / survey.words.total(), warning=oddity.warning),
            f"{tokens} {oddity.what}: {survey.examples(pairs, tags=False)}",
            oddity.effect,
            oddity.remedy,
            count,
        )
