"""Sentences as flat tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from postagger.features.vocabulary import UNKNOWN
from postagger.features.words import WordTypes
from postagger.random_numbers import Rows

ROUND = 16
"""The number of word types in a corpus's batches is a multiple of this, so that few sizes occur: oneDNN,
which computes products and convolutions on the CPU, compiles a kernel for every new size."""


class TypeTensors(NamedTuple):
    """`WordTypes` as tensors: distinct words as integers. Row 0 is the padding word.

    Attributes:
        columns, characters, pieces: as in `WordTypes`.
    """

    columns: Tensor
    characters: Tensor
    pieces: Tensor

    def __repr__(self) -> str:
        return f"<TypeTensors: {len(self.columns):,} word types>"

    @classmethod
    def of(cls, types: WordTypes) -> TypeTensors:
        return cls(*map(torch.from_numpy, types))

    @classmethod
    def blank(cls, count: int) -> TypeTensors:
        """Word types without anything, for a context model that is given word vectors alone."""
        nothing = torch.zeros(count, 0, dtype=torch.long)
        return cls(nothing, nothing, nothing)

    def select(self, rows: Tensor) -> TypeTensors:
        """Selects the given rows, in that order."""
        return TypeTensors(*(part[rows] for part in self))

    def to(self, device: torch.device) -> TypeTensors:
        return TypeTensors(*(part.to(device) for part in self))

    def drop_words(self, dropped: Tensor) -> TypeTensors:
        """Replaces the word with the unknown word in some types; affixes and shape are unchanged.

        Args:
            dropped: ``(types,)`` bool, the types that lose their word, which is the first column.
        """
        columns = self.columns.clone()
        columns[:, 0] = columns[:, 0].masked_fill(dropped, UNKNOWN)
        return self._replace(columns=columns)


@dataclass(frozen=True)
class Origin:
    """Where the sentences of a part of a batch come from.

    Attributes:
        whole: the batch.
        sentences, tokens, types: the part's rows among those of the whole.
        rank: the number of the part, from 0.
    """

    whole: Batch
    sentences: Rows
    tokens: Rows
    types: Rows
    rank: int

    def __repr__(self) -> str:
        return f"<Origin: part {self.rank}, {len(self.sentences.places)} of {self.sentences.total} sentences>"


@dataclass(frozen=True)
class Batch:
    """Sentences as one flat sequence of tokens.

    Attributes:
        types: the distinct words of the batch; row 0 is padding, and rows at the end may be too.
        index: ``(tokens,)``, each token's row in `types`.
        lengths: ``(sentences,)``, the number of tokens in each sentence, never 0; always on the CPU.
        tags: the targets: ``(tokens,)`` gold tags, ``TagSet.UNSEEN`` or ``TagSet.UNTAGGED``; or
            ``(tokens, tags)``, a distribution for each token; None without targets.
        labelled: ``(labelled,)``, the tokens that the loss is computed on; None: all that have a target.
        other_tags: the targets of further heads on the same tokens, each as `tags`.
        origin: None, unless it is one process's part of a minibatch.
    """

    types: TypeTensors
    index: Tensor
    lengths: Tensor
    tags: Tensor | None = None
    labelled: Tensor | None = None
    other_tags: tuple[Tensor, ...] = ()
    origin: Origin | None = None

    def __repr__(self) -> str:
        return f"<Batch: {len(self.lengths)} sentences, {len(self.index):,} tokens>"

    @property
    def learned(self) -> int:
        """The number of tokens that the loss is computed on; with several heads, the most for one of them."""
        return len(self.labelled) if self.labelled is not None else max(self.learned_by_head, default=0)

    @property
    def learned_by_head(self) -> list[int]:
        """The number of tokens that each head's loss is computed on."""
        targets = () if self.tags is None else (self.tags, *self.other_tags)
        return [_learned(each if self.labelled is None else each[self.labelled]) for each in targets]


def _learned(tags: Tensor) -> int:
    """The number of tokens that have a target."""
    return len(tags) if tags.is_floating_point() else int(tags.ge(0).sum())
