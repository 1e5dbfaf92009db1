"""From word types to vectors: concatenated embeddings, computed once per distinct word."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from postagger.batches import TypeTensors
from postagger.config import WordsConfig
from postagger.features.words import SEPARATE_TABLES
from postagger.models.layers.characters import character_encoder
from postagger.models.layers.dropout import Dropout
from postagger.models.layers.pretrained_vectors import pretrained_vectors

_EMBEDDING_SCALE = 0.1
"""Standard deviation of the initial embeddings."""


class WordEncoder(nn.Module):
    """Concatenates the embeddings of a word, its affixes, its shape and its classes, and applies dropout.

    The pretrained vector, if any are used, follows the word's own embedding; it is all zeros for padding
    and for words without one.

    Shape: `TypeTensors` of ``(types, columns)`` to ``(types, size)``.
    """

    def __init__(self, config: WordsConfig, rows: Mapping[str, int], vectors: Tensor | None = None) -> None:
        """
        Args:
            rows: the size of each column's vocabulary, and of ``characters`` if they are used.
            vectors: pretrained vectors as `WordVectors.table` returns them, ``(rows["vectors"] - 1, dim)``.

        Raises:
            ValueError: `vectors` has the wrong shape.
        """
        super().__init__()
        self._rows = dict(rows)
        parts = [count for name, count in rows.items() if name not in SEPARATE_TABLES]
        self.word = _embedding(rows["word"], config.word_dim) if "word" in rows else None
        # Affixes, shapes and classes share one table; each column starts at its own offset.
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

    def forward(self, types: TypeTensors) -> Tensor:
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
        """The size of each part of a word vector, in order."""
        features = [name for name in self._rows if name not in SEPARATE_TABLES]
        sizes = {} if self.word is None else {"word": self.word.embedding_dim}
        if self.vectors is not None:
            sizes["vectors"] = self.vectors.size
        if self.features is not None:
            sizes |= dict.fromkeys(features, self.features.embedding_dim)
        if self.characters is not None:
            sizes["characters"] = self.size - sum(sizes.values())
        return sizes

    def tables(self) -> dict[str, Tensor]:
        """The embeddings of each trained vocabulary, ``(rows, size)``, as views of the parameters."""
        views = {}
        if self.word is not None:
            views["word"] = self.word.weight
        if self.features is not None:
            names = [name for name in self._rows if name not in SEPARATE_TABLES]
            counts = [self._rows[name] for name in names]
            views |= zip(names, self.features.weight.split(counts), strict=True)
        if self.characters is not None:
            views["characters"] = self.characters.table.weight
        return views


def _embedding(rows: int, size: int) -> nn.Embedding:
    table = nn.Embedding(rows, size)
    nn.init.normal_(table.weight, std=_EMBEDDING_SCALE)
    return table
