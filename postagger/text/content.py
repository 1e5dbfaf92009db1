"""What a layout has read, in a form that every other layout can be written from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from postagger.text.tokens import Sentence, Token


@dataclass
class Content:
    """Sentences, and what stands around them.

    Attributes:
        sentences: one for each prediction, perhaps without tokens.
        fields: what an object of JSON has besides tokens and tags.
        places: whether the places of the tokens are those in the ``text`` of `fields`.
        comments: lines that begin with ``#``.
        block: the lines of vertical text or CoNLL-U, if it was read from one of them.
        words: the places of those of these lines that are words.
        is_conllu: whether the lines are CoNLL-U.
        is_blank: whether it is an empty line between lines of JSON.
        is_null: whether it is a row without a text.
    """

    sentences: Sequence[Sentence]
    fields: dict[str, Any] = field(default_factory=dict)
    places: bool = False
    comments: list[str] = field(default_factory=list)
    block: list[str] | None = None
    words: list[int] = field(default_factory=list)
    is_conllu: bool = False
    is_blank: bool = False
    is_null: bool = False


def joined(words: Iterable[str], glued: Iterable[int] = ()) -> Sentence:
    """The sentence of these words, with a blank after each.

    Args:
        glued: the places of words that have none.
    """
    tokens, start, without = [], 0, set(glued)
    for place, word in enumerate(words):
        blank = "" if place in without else " "
        tokens.append(Token(word, start, start + len(word), blank, word))
        start += len(word) + len(blank)
    return Sentence(tokens)
