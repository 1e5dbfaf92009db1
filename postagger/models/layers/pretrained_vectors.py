"""Pretrained word vectors in a network: fixed, or tuned with it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from postagger.features import UNKNOWN

_NO_VECTOR = 0
"""The table's row of zeros, which padding and unknown words share; no gradient reaches it."""


class PretrainedVectors(nn.Module):
    """A table whose row n has the string numbered ``n + UNKNOWN``.

    Shape: ``(types,)`` numbers of a vocabulary to ``(types, size)``.
    """

    weight: Tensor

    @property
    def size(self) -> int:
        return self.weight.size(1)

    def forward(self, numbers: Tensor) -> Tensor:
        rows = (numbers - UNKNOWN).clamp(min=_NO_VECTOR)
        return F.embedding(rows, self.weight, padding_idx=_NO_VECTOR).float()


class FixedVectors(PretrainedVectors):
    """No parameter: nothing that trains, decays, averages or unfreezes parameters changes it."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", table)


class TunedVectors(PretrainedVectors):
    """Trained with the rest, from a copy of the table."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(table.clone())


def pretrained_vectors(table: Tensor | None, rows: int, *, tuned: bool) -> PretrainedVectors | None:
    """The part of a network for a table; None without one.

    Args:
        table: as `WordVectors.table` gives it, ``(rows - 1, size)``.
        rows: the size of the vocabulary, padding and unknown included; 0 if there is none.

    Raises:
        ValueError: the table is not one for the vocabulary.
    """
    if table is None and not rows:
        return None
    if table is None or table.dim() != 2 or len(table) != rows - UNKNOWN:
        shape = None if table is None else tuple(table.shape)
        raise ValueError(f"pretrained vectors of shape {shape} for a vocabulary of {rows}")
    return TunedVectors(table) if tuned else FixedVectors(table)
