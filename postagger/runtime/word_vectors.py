"""From word types to vectors: the embeddings of a word and of its features, concatenated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postagger.config import WordsConfig
from postagger.features import UNKNOWN, WordTypes
from postagger.features.words import SEPARATE_TABLES
from postagger.runtime.characters import character_encoder
from postagger.runtime.network import Floats, Integers


class WordEncoder:
    """Concatenates the embeddings of a word, its affixes, its shape and its classes.

    The pretrained vector, if any are used, follows the word's own embedding, and what its characters give
    comes last.

    Shape: `WordTypes` of ``(types, columns)`` to ``(types, size)``.
    """

    def __init__(
        self, config: WordsConfig, weights: Mapping[str, NDArray[Any]], rows: Mapping[str, int]
    ) -> None:
        """
        Args:
            weights: those of the network, by name; the ones used here begin with ``words``.
            rows: the size of each vocabulary.
        """
        self._word: Floats | None = weights["words.word.weight"] if "word" in rows else None
        # Rounded to half precision, if they were not fine-tuned; row n is of the string n + UNKNOWN.
        self._vectors = weights["words.vectors.weight"] if "vectors" in rows else None
        parts = [count for name, count in rows.items() if name not in SEPARATE_TABLES]
        self._features: Floats | None = weights["words.features.weight"] if parts else None
        # Affixes, shapes and classes share one table; each column starts at its own offset.
        self._offsets = np.array([0, *parts[:-1]], np.int64).cumsum()
        self._characters: Callable[[Integers], Floats] | None = (
            character_encoder(config.character_encoder, weights) if "characters" in rows else None
        )

    def __call__(self, types: WordTypes) -> Floats:
        columns: Integers = types.columns
        vectors: list[Floats] = []
        if self._word is not None:
            vectors.append(self._word[columns[:, 0]])  # (types, word_dim)
            columns = columns[:, 1:]
        if self._vectors is not None:
            numbers = np.maximum(columns[:, -1] - UNKNOWN, 0)
            vectors.append(self._vectors[numbers].astype(np.float32))  # (types, dim)
            columns = columns[:, :-1]
        if self._features is not None:
            embedded = self._features[columns + self._offsets]  # (types, parts, feature_dim)
            vectors.append(embedded.reshape(len(columns), -1))
        if self._characters is not None:
            vectors.append(self._characters(types.characters))  # (types, filters)
        return np.concatenate(vectors, axis=1)
