"""Pretrained word vectors as a layer, fixed or fine-tuned."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from postagger.features import UNKNOWN

_NO_VECTOR = 0
"""The row of zeros for padding and unknown words; it never gets a gradient."""


class PretrainedVectors(nn.Module):
    """A table of vectors; row n belongs to the string with number ``n + UNKNOWN``.

    Shape: ``(types,)`` vocabulary numbers to ``(types, size)``.
    """

    weight: Tensor

    @property
    def size(self) -> int:
        return self.weight.size(1)

    def forward(self, numbers: Tensor) -> Tensor:
        rows = (numbers - UNKNOWN).clamp(min=_NO_VECTOR)
        return F.embedding(rows, self.weight, padding_idx=_NO_VECTOR).float()


class FixedVectors(PretrainedVectors):
    """Vectors in a buffer, which training, weight decay, averaging and unfreezing leave unchanged."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", table)


class TunedVectors(PretrainedVectors):
    """Vectors fine-tuned with the network, starting from a copy of the table."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(table.clone())


def pretrained_vectors(table: Tensor | None, rows: int, *, tuned: bool) -> PretrainedVectors | None:
    """Builds the layer for a table of vectors; None without a table.

    Args:
        table: as `WordVectors.table` returns it, ``(rows - 1, size)``.
        rows: the size of the vocabulary, including padding and unknown; 0 if there is none.
        tuned: whether the vectors are fine-tuned.

    Raises:
        ValueError: the table does not fit the vocabulary.
    """
    if table is None and not rows:
        return None
    if table is None or table.dim() != 2 or len(table) != rows - UNKNOWN:
        shape = None if table is None else tuple(table.shape)
        raise ValueError(f"pretrained vectors of shape {shape} do not fit a vocabulary of {rows}")
    return TunedVectors(table) if tuned else FixedVectors(table)
