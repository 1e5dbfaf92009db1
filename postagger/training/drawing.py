"""Which sentences an epoch has, and in which batches."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from postagger.random_numbers import generator

_BLUR = 0.2
"""A sentence counts as up to this fraction longer, so that not always the same ones meet in a batch."""


class Draw:
    """Draws sentences of a data set for each epoch: all are drawn before any is drawn again.

    Attributes:
        remaining: the numbers of the sentences that are not drawn yet, in the order in which they will be.
    """

    def __init__(self, lengths: Tensor, count: int, size: int, *, by_length: bool) -> None:
        """
        Args:
            lengths: the number of tokens in each sentence, ``(sentences,)``.
            count: the number of sentences in an epoch.
            size: the number of sentences in a batch; with `by_length`, on average.
            by_length: put sentences of similar length into a batch, for a model that pads them.
        """
        self._lengths = lengths
        self._count = count
        self._size = size
        self._by_length = by_length
        self.remaining = _shuffle(len(lengths))

    def epoch(self) -> Sequence[Tensor]:
        """The numbers of the sentences in each batch of the next epoch."""
        while len(self.remaining) < self._count:
            self.remaining = torch.cat([self.remaining, _shuffle(len(self._lengths))])
        drawn, self.remaining = self.remaining[: self._count], self.remaining[self._count :]
        if not self._by_length:
            return list(drawn.split(self._size))
        batches = batches_by_length(self._lengths[drawn], math.ceil(len(drawn) / self._size))
        return [drawn[batches[number]] for number in _shuffle(len(batches)).tolist()]


def _shuffle(count: int) -> Tensor:
    return torch.randperm(count, generator=generator())


def batches_by_length(lengths: Tensor, count: int) -> Sequence[Tensor]:
    """Puts sentences of similar length into batches, each with about the same number of tokens.

    Args:
        lengths: ``(sentences,)``.
        count: the number of batches, at most that of sentences.

    Returns:
        The numbers of the sentences in each batch, the shortest first; no batch is empty.
    """
    order = (lengths * (1 + _BLUR * torch.rand(len(lengths), generator=generator()))).argsort()
    ends = lengths[order].cumsum(0)
    shares = torch.arange(1, count) * int(ends[-1]) / count
    sizes, start = [], 0
    for left, cut in zip(range(count - 1, 0, -1), torch.searchsorted(ends, shares).tolist(), strict=True):
        stop = min(max(cut, start + 1), len(lengths) - left)
        sizes.append(stop - start)
        start = stop
    batches: Sequence[Tensor] = order.split([*sizes, len(lengths) - start])
    return batches
