"""Tagged sentences, and the checks of those that are given in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from postagger.errors import DataError, brief

TaggedSentence = list[tuple[str, str]]
"""``(token, tag)`` pairs, as in NLTK."""

UNTAGGED = "_"
"""Stands for a missing tag: the token is not trained on and not scored."""


def is_tagged(sentences: Iterable[TaggedSentence]) -> bool:
    """Whether any token has a tag."""
    return any(tag != UNTAGGED for sentence in sentences for _, tag in sentence)


def as_sentences(sentences: Iterable[TaggedSentence], where: str = "") -> list[TaggedSentence]:
    """Converts tagged sentences from a list, a generator or one of NLTK's views to a list.

    Lists of tuples are kept as they are. Tokens that are lists of two strings become tuples.

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
    """Whether it is a list of pairs of strings."""
    return type(sentence) is list and all(
        type(token) is tuple and len(token) == 2 and isinstance(token[0], str) and isinstance(token[1], str)
        for token in sentence
    )


def as_sentence(sentence: object, place: str) -> TaggedSentence:
    """Converts one tagged sentence to a list of tuples; a list of tuples is kept as it is.

    Args:
        place: which sentence it is, for error messages.

    Raises:
        DataError: it is not a tagged sentence; the first token that is not a pair is named.
    """
    if _is_sentence(sentence):
        return sentence  # type: ignore[return-value]
    if isinstance(sentence, str | bytes | Mapping) or not isinstance(sentence, Iterable):
        raise DataError(f"{place} is {brief(sentence)}: expected a list of (word, tag) pairs")
    tokens = list(sentence)
    if isinstance(sentence, tuple) and len(tokens) == 2 and all(isinstance(part, str) for part in tokens):
        raise DataError(
            f"{place} is {brief(sentence)}, a token: expected a list of sentences, each a list of such "
            "pairs; put a single sentence in a list"
        )
    for number, token in enumerate(tokens, 1):
        is_pair = isinstance(token, tuple | list) and len(token) == 2
        if not is_pair or not all(isinstance(part, str) for part in token):
            raise DataError(
                f"{place}, token {number} is {brief(token)}: expected a (word, tag) pair of strings"
            )
    return [(word, tag) for word, tag in tokens]


def check_first_tokens(sentences: Sequence[TaggedSentence], where: str) -> None:
    """Checks only the first token of each sentence, for speed."""
    for number, sentence in enumerate(sentences, 1):
        if not _is_sentence(sentence[:1]):
            as_sentence(sentence, f"{where}, sentence {number}")
