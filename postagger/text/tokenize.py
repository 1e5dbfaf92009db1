"""Tokenises raw sentences."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

_APOSTROPHES = "\u2018\u2019\u201b\u02bc\uff07\u2032\u00b4"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u201a\u00ab\u00bb\u2039\u203a\u2033\u301d\u301e\u301f\uff02"
_STRAIGHT = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_DOUBLE_QUOTES, '"'))

_OPENING_SINGLE = re.compile(
    # Neither a closing quote, as in German, nor an apostrophe in place of letters, as in 'tis, 'em, the '90s.
    r"(?<![\w.,;:!?\u2026])\u2018(?=\S)(?!(?:tis|twas|em|til|till|cause|n|\d\ds?)\b)",
    re.IGNORECASE,
)
_STOP_BEFORE_QUOTE = re.compile(
    # Within a line, a full stop before a closing quote ends a sentence unless a small letter follows.
    r"(?<=\w)\.(?=\s?[\u201c\u201d\u2018\u2019\u00ab\u00bb\u203a]+\s+(?![a-z\s])|\s[\u00bb\u203a]\s*$)"
)


def tokenize(sentence: str) -> list[str]:
    """Tokenises one raw sentence as in the Penn treebank; straight double quotes become `` and ''.

    Typographic quotes and apostrophes (curly, German, French, fullwidth ...) separate tokens as straight ones
    do, and are returned as they are written. Since it is clear which of them open and which close, two things
    are better than with straight ones: an opening single quote is a token of its own, and so is a full stop
    before a closing quote within the line.
    """
    straight = _straightened(sentence)
    if straight == sentence:
        return _cut(sentence)
    tokens = _cut(_straightened(_STOP_BEFORE_QUOTE.sub(" .", sentence)))
    return list(_as_written(tokens, sentence, straight))


def _straightened(sentence: str) -> str:
    """The sentence with straight quotes, character by character; an opening single quote becomes a double."""
    if sentence.isascii():
        return sentence
    return _OPENING_SINGLE.sub('"', sentence.replace("\u2018\u2018", "``")).translate(_STRAIGHT)


def _as_written(tokens: list[str], sentence: str, straight: str) -> Iterator[str]:
    """Yields each token with the sentence's own quotes.

    Args:
        straight: the sentence as it was cut; character by character the same.
    """
    start = 0
    for token in tokens:
        while sentence[start].isspace():
            start += 1
        length = 1 if straight[start] == '"' else len(token)  # `` may stand for one character
        written = sentence[start : start + length]
        yield token if written.isascii() else written
        start += length


def _cut(sentence: str) -> list[str]:
    tokens: list[str] = _treebank_tokenizer().tokenize(sentence)
    return tokens


@functools.cache
def _treebank_tokenizer() -> Any:
    from nltk.tokenize.treebank import TreebankWordTokenizer  # NLTK is slow to import: only if needed

    return TreebankWordTokenizer()
