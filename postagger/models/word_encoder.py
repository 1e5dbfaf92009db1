"""Word types to vectors: the parts' embeddings side by side, once per distinct word."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from postagger.config import WordsConfig
from postagger.features import WordTypes
from postagger.models.layers.characters import character_encoder
from postagger.models.layers.dropout import Dropout
from postagger.models.layers.pretrained_vectors import pretrained_vectors

_EMBEDDING_SCALE = 0.1
"""Standard deviation of fresh embeddings."""

_APART = ("word", "characters", "vectors")
"""Vocabularies with a table of their own."""


class WordEncoder(nn.Module):
    """Embeds the word, its affixes and its shape, and concatenates them, with dropout on the result.

    A pretrained vector, if there are any, follows the word's own; padding and words without one have
    zeros there.

    Shape: `WordTypes` of ``(types, columns)`` to ``(types, size)``.
    """

    def __init__(self, config: WordsConfig, rows: Mapping[str, int], vectors: Tensor | None = None) -> None:
        """
        Args:
            rows: the size of each column's vocabulary, and of ``characters`` if they are used.
            vectors: pretrained ones as `WordVectors.table` gives them, ``(rows["vectors"] - 1, dim)``.

        Raises:
            ValueError: the vectors are not such a table.
        """
        super().__init__()
        self._rows = dict(rows)
        parts = [count for name, count in rows.items() if name not in _APART]
        self.word = _embedding(rows["word"], config.word_dim) if "word" in rows else None
        # All affixes and shapes live in one table, each column from an offset of its own.
        self.features = _embedding(sum(parts), config.feature_dim) if parts else None
        offsets = torch.tensor([0, *parts]).cumsum(0)[:-1]
        self.offsets: Tensor
        self.register_buffer("offsets", offsets, persistent=False)
        self.characters = (
            character_encoder(
                config.character_encoder,
                rows["characters"],
                config.character_dim,
                config.character_filters,
                config.character_window,
            )
            if "characters" in rows
            else None
        )
        self.vectors = pretrained_vectors(vectors, rows.get("vectors", 0), tuned=config.vectors_tuned)
        self.dropout = Dropout(config.dropout)
        self.size = (
            (config.word_dim if self.word else 0)
            + config.feature_dim * len(parts)
            + (config.character_filters if self.characters else 0)
            + (self.vectors.size if self.vectors else 0)
        )

    def forward(self, types: WordTypes) -> Tensor:
        columns = types.columns
        vectors = []
        if self.word is not None:
            vectors.append(self.word(columns[:, 0]))  # (types, word_dim)
            columns = columns[:, 1:]
        if self.vectors is not None:
            vectors.append(self.vectors(columns[:, -1]))  # (types, dim)
            columns = columns[:, :-1]
        if self.features is not None:
            vectors.append(self.features(columns + self.offsets).flatten(1))  # (types, parts * feature_dim)
        if self.characters is not None:
            vectors.append(self.characters(types.characters))  # (types, filters)
        dropped: Tensor = self.dropout(torch.cat(vectors, dim=1))
        return dropped

    @property
    def parts(self) -> dict[str, int]:
        """How many numbers of a vector each part of a word has, in their order."""
        features = [name for name in self._rows if name not in _APART]
        sizes = {} if self.word is None else {"word": self.word.embedding_dim}
        if self.vectors is not None:
            sizes["vectors"] = self.vectors.size
        if self.features is not None:
            sizes |= dict.fromkeys(features, self.features.embedding_dim)
        if self.characters is not None:
            sizes["characters"] = self.size - sum(sizes.values())
        return sizes

    def tables(self) -> dict[str, Tensor]:
        """For each vocabulary of training's its embeddings, ``(rows, size)``: views of the parameters."""
        views = {}
        if self.word is not None:
            views["word"] = self.word.weight
        if self.features is not None:
            names = [name for name in self._rows if name not in _APART]
            counts = [self._rows[name] for name in names]
            views |= zip(names, self.features.weight.split(counts), strict=True)
        if self.characters is not None:
            views["characters"] = self.characters.table.weight
        return views


def _embedding(rows: int, size: int) -> nn.Embedding:
    table = nn.Embedding(rows, size)
    nn.init.normal_(table.weight, std=_EMBEDDING_SCALE)
    return table
