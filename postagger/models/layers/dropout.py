"""Dropout, drawn in a third of the time that torch's takes on the CPU."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def dropout(x: Tensor, probability: float) -> Tensor:
    """Each value is 0 with a probability, below 1, and the others are scaled so that the mean stays.

    On the CPU torch draws Bernoulli's numbers one by one; uniform ones come four times as fast.
    """
    if not x.is_cpu:
        return F.dropout(x, probability)
    return x * torch.rand_like(x).ge_(probability).div_(1 - probability)


class Dropout(nn.Module):
    """`dropout` in training, nothing otherwise."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        return dropout(x, self.probability) if self.training and self.probability else x


class SentenceDropout(nn.Module):
    """The same units dropped at every token of a sentence: variational dropout (Gal and Ghahramani 2016).

    Shape: ``(tokens, units)`` and the sentences' lengths, on the CPU, to ``(tokens, units)``.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        if not (self.training and self.probability):
            return x
        kept = dropout(x.new_ones(len(lengths), x.size(1)), self.probability)
        return x * kept.repeat_interleave(lengths.to(x.device), dim=0, output_size=len(x))
