"""Tokenises sentences piece by piece: what is between two spaces is cut once and kept."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Protocol

_MOST = 200_000
"""The most tokens of pieces of text that are kept, of each kind of piece."""

_LONGEST = 50
"""The most characters of a piece that is kept."""


class Cut(Protocol):
    """The rules of a tokeniser: cuts a piece of text between two spaces."""

    def __call__(self, text: str, /, *, begins: bool, ends: bool) -> Iterable[str]:
        """
        Args:
            begins: whether the sentence begins with this piece.
            ends: whether it ends with it.
        """


class Pieces(dict[str, tuple[str, ...]]):
    """The tokens of pieces of text between two spaces; most pieces come again and again."""

    def __init__(self, cut: Cut, *, begins: bool = False, ends: bool = False) -> None:
        """
        Args:
            begins: whether the sentence begins with these pieces.
            ends: whether it ends with them.
        """
        super().__init__()
        self._cut = cut
        self._begins = begins
        self._ends = ends
        self._count = 0  # of the tokens

    def __missing__(self, piece: str) -> tuple[str, ...]:
        tokens = tuple(self._cut(piece, begins=self._begins, ends=self._ends))
        if len(piece) <= _LONGEST:
            self._count += 1 + len(tokens)
            if self._count > _MOST:
                self.clear()
                self._count = 1 + len(tokens)
            self[piece] = tokens
        return tokens


class PieceTokenizer:
    """Tokenises sentences by rules that join nothing that a space separates."""

    def __init__(self, cut: Cut) -> None:
        self._first, self._inner = Pieces(cut, begins=True), Pieces(cut)
        self._last, self._only = Pieces(cut, ends=True), Pieces(cut, begins=True, ends=True)

    def __call__(self, sentence: str) -> list[str]:
        # White space at the end of the sentence belongs to the last piece.
        space = sentence.rfind(" ", 0, len(sentence.rstrip()))
        if space < 0:
            return list(self._only[sentence])
        first, *inner = sentence[:space].split(" ")
        return [
            *self._first[first],
            *chain.from_iterable(map(self._inner.__getitem__, inner)),
            *self._last[sentence[space + 1 :]],
        ]
