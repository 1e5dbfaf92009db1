"""Tags and probabilities by their names, from numbers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from postagger.features import TagSet

TaggedColumns = list[tuple[str, dict[str, str]]]
"""A sentence as tokens, each with its tags by the names of the heads."""


def in_columns(
    sentences: Sequence[Sequence[str]], heads: Mapping[str, TagSet], numbers: NDArray[np.int64]
) -> list[TaggedColumns]:
    """Pairs each token with its tags by the names of the heads, given their numbers, ``(heads, tokens)``."""
    rows = zip(heads.values(), numbers.tolist(), strict=True)
    tags = [map(tagset.tags.__getitem__, row) for tagset, row in rows]
    words = itertools.chain.from_iterable(sentences)
    tokens = ((word, dict(zip(heads, each, strict=True))) for word, *each in zip(words, *tags, strict=True))
    return [list(itertools.islice(tokens, len(sentence))) for sentence in sentences]


def most_probable_first(tagset: TagSet, probabilities: NDArray[np.float32]) -> list[dict[str, float]]:
    """A dict of probabilities by tag for each token, the most probable first.

    Shape:
        probabilities: (tokens, tags).
    """
    rows = probabilities.tolist()
    return [dict(sorted(zip(tagset, row, strict=True), key=lambda entry: -entry[1])) for row in rows]
