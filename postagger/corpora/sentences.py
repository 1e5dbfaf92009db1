"""Tagged sentences, and the checks of those that are given in Python.

A tag that is missing there, None or NaN, counts as `UNTAGGED`; a missing or empty word is an error, and so is
an empty tag. White space around a tag does not belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set, Sized
from pathlib import Path

from postagger.errors import DataError, brief

TaggedSentence = list[tuple[str, str]]
"""``(token, tag)`` pairs, as in NLTK."""

UNTAGGED = "_"
"""Stands for a missing tag: the token is not trained on and not scored."""


class UntaggedColumnError(DataError):
    """A file has words, but none of them has a tag in the column."""


def is_tagged(sentences: Iterable[TaggedSentence]) -> bool:
    """Whether any token has a tag."""
    return any(tag != UNTAGGED for sentence in sentences for _, tag in sentence)


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def check_tags(tags: Iterable[str], where: str = "") -> None:
    """Checks that tags have no control characters, because taggers print them as they are.

    Args:
        where: what contains the tags, for the message.

    Raises:
        DataError: one has; it is named.
    """
    wrong = next(filter(_CONTROL.search, tags), None)
    if wrong is not None:
        place = f"{where}: " if where else ""
        raise DataError(
            f"{place}the tag {brief(wrong)} contains a control character: a tag is printable text"
        )


def untagged(sentences: Iterable[TaggedSentence]) -> list[TaggedSentence]:
    """The same sentences without tags."""
    return [[(word, UNTAGGED) for word, _ in sentence] for sentence in sentences]


def as_sentences(sentences: Iterable[TaggedSentence], where: str = "") -> list[TaggedSentence]:
    """Converts tagged sentences from a list, a generator or one of NLTK's views to a list.

    Lists of tuples are kept as they are. Tokens that are other pairs of strings become tuples, and missing
    tags become `UNTAGGED`.

    Args:
        where: what contains the sentences, for error messages.

    Raises:
        DataError: they are not tagged sentences; the first wrong sentence or token is named.
    """
    place = f"{where}, " if where else ""
    return [
        as_sentence(sentence, f"{place}sentence {number}")
        for number, sentence in enumerate(_iterable(sentences, where), 1)
    ]


def _iterable(sentences: object, where: str) -> Iterable[TaggedSentence]:
    """Returns an iterable as it is; raises a helpful error for anything else."""
    if isinstance(sentences, str | Path) and not where:
        raise DataError(
            f"expected a corpus or tagged sentences, got {brief(str(sentences))}: load it first, "
            f"as in load_corpus({brief(str(sentences))})"
        )
    if isinstance(sentences, str | bytes | Mapping) or not isinstance(sentences, Iterable):
        expected = f"{where} is" if where else "expected a corpus, as load_corpus returns it, or"
        raise DataError(
            f"{expected} a list of sentences, each a list of (word, tag) pairs; got {brief(sentences)}"
        )
    return sentences


def _is_sentence(sentence: object) -> bool:
    """Whether it is a list of pairs of strings, without empty words and without blanks around tags."""
    return type(sentence) is list and all(
        type(token) is tuple
        and len(token) == 2
        and isinstance(token[0], str)
        and isinstance(token[1], str)
        and token[0] != ""
        and token[1] != ""
        and token[1].strip() == token[1]
        for token in sentence
    )


def as_sentence(sentence: object, place: str) -> TaggedSentence:
    """Converts one tagged sentence to a list of tuples; a list of tuples is kept as it is.

    Args:
        place: which sentence it is, for error messages.

    Raises:
        DataError: it is not a tagged sentence; the first wrong token is named.
    """
    if _is_sentence(sentence):
        return sentence  # type: ignore[return-value]
    if isinstance(sentence, str | bytes | Mapping) or not isinstance(sentence, Iterable):
        raise DataError(f"{place} is {brief(sentence)}: expected a list of (word, tag) pairs")
    tokens = list(sentence)
    if isinstance(sentence, tuple) and _is_token(tokens):
        raise DataError(
            f"{place} is {brief(sentence)}, a token: expected a list of sentences, each a list of such "
            "pairs; put a single sentence in a list"
        )
    return [_as_token(token, f"{place}, token {number}") for number, token in enumerate(tokens, 1)]


def _is_token(parts: list[object]) -> bool:
    return (
        len(parts) == 2 and isinstance(parts[0], str) and (isinstance(parts[1], str) or _is_missing(parts[1]))
    )


def _as_token(token: object, place: str) -> tuple[str, str]:
    """Converts a pair to a tuple of a word and a tag."""
    if isinstance(token, str | bytes | Mapping | Set) or not isinstance(token, Sized):
        raise DataError(f"{place} is {brief(token)}: expected a (word, tag) pair of strings")
    if not isinstance(token, Iterable) or len(token) != 2:
        raise DataError(
            f"{place} is {brief(token)}: expected a (word, tag) pair of strings, got {len(token)} parts"
        )
    word, tag = token
    if _is_missing(word):
        raise DataError(
            f"{place} is {brief(token)}: its word is missing; pandas reads the words NA and null so, "
            "unless it is told keep_default_na=False"
        )
    if _is_missing(tag):
        tag = UNTAGGED
    if not isinstance(word, str) or not isinstance(tag, str):
        raise DataError(f"{place} is {brief(token)}: expected a (word, tag) pair of strings")
    if not word or not tag.strip():
        which = "tag" if word else "word"
        advice = f"; a token without a tag has the tag {UNTAGGED!r} or None" if word else ""
        raise DataError(f"{place} is {brief(token)}: its {which} is empty{advice}")
    return word, tag.strip()


def _is_missing(value: object) -> bool:
    """Whether a value stands for a missing one: None, NaN, or pandas' NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    try:
        return bool(value != value)  # only NaN differs from itself
    except (TypeError, ValueError):
        return False
