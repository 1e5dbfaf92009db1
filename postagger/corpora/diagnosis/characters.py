"""Checks of the characters of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from postagger.corpora.diagnosis.findings import Finding
from postagger.corpora.diagnosis.survey import Survey
from postagger.corpora.diagnosis.wording import graded, several

_JOINERS = "\u200c\u200d"
"""Invisible characters that belong to the spelling of Persian, Hindi and emoji."""

_REPLACEMENT = "\ufffd"
"""Stands for bytes that could not be decoded."""


def odd_words(survey: Survey) -> Iterator[Finding]:
    """Words with characters that are probably not meant."""
    yield from _with_words(
        survey,
        _is_empty,
        "empty words",
        "have an empty word, or one of blanks",
        "The tagger learns it as a word like others.",
        "leave these tokens out, or write the word",
    )
    yield from _with_words(
        survey,
        lambda word: word.strip() != word and not _is_empty(word),
        "blank at word",
        "have a word that begins or ends with a blank",
        "To the tagger this is another word than the one without a blank.",
        "remove the blanks",
    )
    yield from _with_words(
        survey,
        lambda word: any(_is_control(char) for char in word) and word.strip() == word,
        "control characters",
        "have a word with a control character, or one that stands for undecodable bytes",
        "To the tagger this is another word than the one without it.",
        "check the file's encoding, and remove these characters",
    )
    yield from _with_words(
        survey,
        lambda word: any(_is_invisible(char) for char in word),
        "invisible characters",
        "have a word with an invisible character",
        "To the tagger this is another word than the one that looks the same.",
        "remove these characters",
    )
    yield from _with_words(
        survey,
        lambda word: not unicodedata.is_normalized("NFC", word),
        "decomposed words",
        "have a word in decomposed Unicode (not NFC)",
        "To the tagger this is another word than the composed one, which looks the same.",
        "normalise the text to NFC",
        warning=2.0,
    )


def _with_words(
    survey: Survey,
    is_odd: Callable[[str], bool],
    kind: str,
    what: str,
    effect: str,
    remedy: str,
    *,
    warning: float = 0.001,
) -> Iterator[Finding]:
    """
    Args:
        what: what is said of tokens with an odd word.
        warning: see `graded`.
    """
    odd = {word for word in survey.words if is_odd(word)}
    if odd:
        pairs = {pair: count for pair, count in survey.all_pairs.items() if pair[0] in odd}
        count = sum(pairs.values())
        verb = what if count != 1 else what.replace("have", "has", 1)
        text = f"{several(count, 'token')} {verb}: {survey.examples(pairs, tags=False)}"
        severity = graded(count / survey.words.total(), warning=warning)
        yield Finding(kind, severity, text, effect, remedy, count)


def _is_empty(word: str) -> bool:
    return not word.strip()


@cache
def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or char == _REPLACEMENT


@cache
def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) == "Cf" and char not in _JOINERS
