"""Cuts long sentences into overlapping pieces, so that memory does not grow with every layer of every token.

A window reads a few tokens on each side, so its scores stay the same if the pieces overlap by as many. The
state of a recurrent network forgets what is far away: there the pieces overlap by `MARGIN` tokens, and scores
differ in their last digits.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from numpy.typing import NDArray

from postagger.config import Config, LogisticConfig, WindowConfig
from postagger.features.normalise import straight_quotes

Array = TypeVar("Array", bound=NDArray[Any])
Compute = Callable[[Sequence[str], list[int]], Array]

LONGEST = 2**15
"""The most tokens in a piece; shorter sentences are not cut."""

MARGIN = 512
"""Tokens on each side of a piece that are read, but not scored, by a network that is no window."""


class Piece(NamedTuple):
    """The tokens from `start` to `end` are read, and those from `first` to `last` scored."""

    start: int
    first: int
    last: int
    end: int


@dataclass(frozen=True)
class Pieces:
    """How the sentences of a network are cut.

    Attributes:
        margin: tokens on each side of a piece that are only read.
        exact: whether no token further away matters.
        normalise: the setting ``words.normalise``.
    """

    margin: int = MARGIN
    exact: bool = False
    normalise: bool = True

    @classmethod
    def of(cls, config: Config) -> Pieces:
        """How the sentences of a model are cut, by its settings."""
        model, normalise = config.model, config.words.normalise
        if isinstance(model, WindowConfig | LogisticConfig):
            return cls(max(model.left, model.right), exact=True, normalise=normalise)
        return cls(normalise=normalise)

    def fill(
        self, found: Array, compute: Compute[Array], words: Sequence[str], lengths: Sequence[int]
    ) -> Array:
        """Computes something for each token of some sentences, of which long ones are cut.

        Args:
            found: filled with the results, ``(tokens, ...)``.
            compute: gives the results for a sentence that is short, or for a piece; its arguments are the
                words, and a list with their number.

        Raises:
            TypeError: a token is not a string.
        """
        before = 0
        for length in lengths:
            sentence = words[before : before + length]
            if is_long([length]):
                sentence = self._prepared(sentence)
            for start, first, last, end in self._cut(length):
                piece = compute(sentence[start:end], [end - start])
                found[before + first : before + last] = piece[first - start : last - start]
            before += length
        return found

    def _prepared(self, sentence: Sequence[str]) -> list[str]:
        """A long sentence with its quotes replaced: whether one opens or closes depends on all before it."""
        for word in sentence:
            if not isinstance(word, str):
                raise TypeError(f"a token must be a string, not {word!r}")
        if not self.exact:
            warnings.warn(
                f"a sentence of {len(sentence):,} tokens is tagged in pieces that overlap by "
                f"{2 * self.margin:,} tokens: split the text into sentences",
                stacklevel=2,
            )
        return straight_quotes(sentence, normalise=self.normalise)

    def _cut(self, length: int) -> Iterator[Piece]:
        step = length if not is_long([length]) else LONGEST - 2 * self.margin
        for first in range(0, length, step or 1):
            last = min(first + step, length)
            yield Piece(max(0, first - self.margin), first, last, min(length, last + self.margin))


def is_long(lengths: Sequence[int]) -> bool:
    """Whether one of some sentences is to be cut."""
    return max(lengths, default=0) > LONGEST
