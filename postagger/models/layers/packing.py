"""Orders the tokens of a batch by time step, so that recurrences need no padding."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence


def pack_places(lengths: Tensor) -> PackedSequence:
    """Computes the packed order of a batch; the result's data are the tokens' indices in the batch.

    Step t holds the t-th token of every sentence that has one, longest sentences first. The sentences of
    a step are therefore always the first ones of the previous step.

    Args:
        lengths: ``(sentences,)``, on the CPU, none of them 0.
    """
    order = lengths.argsort(descending=True, stable=True)
    rank = torch.empty_like(order).index_copy(0, order, torch.arange(len(order)))
    sentence = torch.repeat_interleave(torch.arange(len(lengths)), lengths)  # (tokens,)
    steps = torch.arange(len(sentence)) - (lengths.cumsum(0) - lengths)[sentence]
    sizes = steps.bincount()
    packed = (sizes.cumsum(0) - sizes)[steps] + rank[sentence]  # each token's position in the packed order
    places = torch.empty_like(packed).index_copy_(0, packed, torch.arange(len(packed)))
    return PackedSequence(places, sizes, order, rank)
