"""Tokens and sentences of a text, with their places in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_SHOWN = 3
"""Probabilities in the `repr` of a token."""


class Token(NamedTuple):
    """A token of a text; immutable.

    Attributes:
        text: as it is written: ``text[start:end]`` of the text that it comes from.
        start, end: where it begins and ends there, in characters.
        space_after: the blanks after it, before the next token or the end of the text; mostly " " or "".
        word: what a tagger reads: `text`, except that straight double quotes are `` and '' in the Penn
            treebank.
        tag: its tag, if a tagger gave it one.
        tags: its tags by the names of the tagger's heads, if the tagger has several.
        probabilities: of every tag, the most probable first, if they were asked for.
    """

    text: str
    start: int
    end: int
    space_after: str
    word: str
    tag: str | None = None
    tags: Mapping[str, str] | None = None
    probabilities: Mapping[str, float] | None = None

    def __repr__(self) -> str:
        """All that is there; of the probabilities the first three."""
        shown = [f"{name}={value!r}" for name, value in self._asdict().items() if value is not None]
        if self.probabilities is not None and len(self.probabilities) > _SHOWN:
            best = ", ".join(f"{tag!r}: {p:.3f}" for tag, p in [*self.probabilities.items()][:_SHOWN])
            shown[-1] = f"probabilities={{{best}, ...}}"
        return f"Token({', '.join(shown)})"


class Sentence(tuple[Token, ...]):
    """A sentence of a text: its tokens, of which there is at least one; immutable."""

    __slots__ = ()

    @property
    def start(self) -> int:
        """Where it begins in the text, in characters."""
        return self[0].start

    @property
    def end(self) -> int:
        """Where it ends in the text, without the blanks after it."""
        return self[-1].end

    @property
    def text(self) -> str:
        """The sentence as it is written."""
        *others, last = self
        return "".join([token.text + token.space_after for token in others]) + last.text

    @property
    def words(self) -> list[str]:
        """What a tagger reads."""
        return [token.word for token in self]

    def __repr__(self) -> str:
        shown = " ".join(token.text if token.tag is None else f"{token.text}/{token.tag}" for token in self)
        return f"<Sentence {self.start}-{self.end}: {shown}>"
