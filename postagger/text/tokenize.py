"""Tokenises raw sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from postagger.text.treebank import cut

_MOST = 100_000
"""The most pieces of text whose tokens are kept, of each kind."""

_LONGEST = 50
"""The most characters of a piece that is kept."""

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


class _Pieces(dict[str, tuple[str, ...]]):
    """The tokens of pieces of text between two spaces; most pieces come again and again."""

    def __init__(self, *, begins: bool = False, ends: bool = False) -> None:
        """
        Args:
            begins: whether the sentence begins with these pieces.
            ends: whether it ends with them.
        """
        super().__init__()
        self._begins = begins
        self._ends = ends

    def __missing__(self, piece: str) -> tuple[str, ...]:
        tokens = self._cut(piece)
        if len(piece) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[piece] = tokens
        return tokens

    def _cut(self, piece: str) -> tuple[str, ...]:
        """The tokens of a piece with the text's own quotes."""
        straight = _straightened(piece)
        tokens = cut(straight, begins=self._begins, ends=self._ends)
        return tuple(tokens if straight == piece else _as_written(tokens, piece, straight))


_FIRST, _INNER, _LAST = _Pieces(begins=True), _Pieces(), _Pieces(ends=True)
_ONLY = _Pieces(begins=True, ends=True)


def tokenize(sentence: str) -> list[str]:
    """Tokenises one raw sentence as in the Penn treebank; straight double quotes become `` and ''.

    Typographic quotes and apostrophes (curly, German, French, fullwidth ...) separate tokens as straight ones
    do, and are returned as they are written. Since it is clear which of them open and which close, two things
    are better than with straight ones: an opening single quote is a token of its own, and so is a full stop
    before a closing quote within the line.
    """
    if not sentence.isascii():
        sentence = _STOP_BEFORE_QUOTE.sub(" .", sentence)
    # No rule joins what a space separates, so the sentence is cut piece by piece. White space at its end
    # belongs to the last piece.
    space = sentence.rfind(" ", 0, len(sentence.rstrip()))
    if space < 0:
        return list(_ONLY[sentence])
    first, *inner = sentence[:space].split(" ")
    return [
        *_FIRST[first],
        *chain.from_iterable(map(_INNER.__getitem__, inner)),
        *_LAST[sentence[space + 1 :]],
    ]


def _straightened(sentence: str) -> str:
    """The sentence with straight quotes, character by character; an opening single quote becomes a double."""
    if sentence.isascii():
        return sentence
    return _OPENING_SINGLE.sub('"', sentence.replace("\u2018\u2018", "``")).translate(_STRAIGHT)


def _as_written(tokens: Sequence[str], sentence: str, straight: str) -> Iterator[str]:
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
