"""Words cut into the sub-words of a pretrained encoder; each word by itself, so each word type only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from postagger.errors import DataError
from postagger.extras import require
from postagger.features.normalise import plain_form

NO_PIECE = -1
"""Fills up the rows of words with fewer sub-words than others."""

MOST_PIECES = 32
"""The most sub-words of a word that are read: of a longer word, the first and last half of this number."""

_MOST_CHARACTERS = 256
"""Characters of a word that are cut into sub-words: of a longer word, the first and last half of them."""


@dataclass(frozen=True)
class Subwords:
    """A tokenizer of the library tokenizers, as JSON.

    Attributes:
        tokenizer: its JSON.
        unknown: the sub-word that stands for a word without any, such as a control character.
        mask: the sub-word that stands for a masked word.
        most: the most sub-words that a word may have.
        before: a blank, if the tokenizer has to see the one before a word; else nothing.
    """

    tokenizer: str
    unknown: int
    mask: int
    most: int = MOST_PIECES
    before: str = ""

    def __repr__(self) -> str:
        return (
            f"<Subwords: a tokenizer of {len(self.tokenizer):,} characters of JSON, up to {self.most} a word>"
        )

    def encode(self, words: Sequence[str], *, normalise: bool = True) -> NDArray[np.int64]:
        """Cuts words into sub-words.

        A word is read as it stands in other texts: brackets and quotes of the Penn treebank are plain ones.
        Names of special sub-words, such as ``[MASK]``, are text like any other.

        Returns:
            ``(1 + words, longest word)``, with `NO_PIECE` at the right; row 0 is a masked word.
        """
        rows = [[self.mask], *(self._pieces(word, normalise) for word in words)]
        longest = max(map(len, rows))
        return np.array([row + [NO_PIECE] * (longest - len(row)) for row in rows], np.int64)

    def _pieces(self, word: str, normalise: bool) -> list[int]:
        text = _shortened(plain_form(word, normalise=normalise), _MOST_CHARACTERS)
        text = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text
        pieces = self._tokenizer.encode(self.before + text, add_special_tokens=False).ids
        return _shortened(pieces, self.most) or [self.unknown]

    @cached_property
    def _tokenizer(self) -> Any:
        """
        Raises:
            DataError: the JSON is not a tokenizer.
        """
        require("encoder", "a pretrained encoder needs", "tokenizers")
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(self.tokenizer)
        except Exception as error:  # the library raises nothing narrower
            raise DataError(
                f"the encoder's tokenizer can't be read ({' '.join(str(error).split())})"
            ) from None
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        return tokenizer

    def __getstate__(self) -> dict[str, Any]:  # the tokenizer is built again where it is needed
        return asdict(self)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)

    def plain(self) -> dict[str, Any]:
        """The attributes as plain data, for a model file."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of `plain`.

        Raises:
            ValueError: an attribute is missing, or is of the wrong type.
        """
        numbers = {name: data.get(name) for name in ("unknown", "mask", "most")}
        wrong = [name for name, value in numbers.items() if type(value) is not int or value < 0]
        texts = isinstance(data.get("tokenizer"), str) and data.get("before") in ("", " ")
        if wrong or not texts or set(data) - {"tokenizer", "before", *numbers}:
            raise ValueError("the description of the encoder's sub-words is damaged")
        return cls(**data)


def _shortened(value: Any, most: int) -> Any:
    """The first and last half of `most` items, if there are more."""
    half = most // 2
    return value if len(value) <= most else value[: most - half] + value[len(value) - half :]
