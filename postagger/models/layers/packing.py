"""Sentences of different lengths, step by step: for recurrences, with no padding."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence


def pack_places(lengths: Tensor) -> PackedSequence:
    """The packed order of a run of sentences: its data are the tokens' places in the flat run.

    Step t holds the t-th token of every sentence that has one, the longest sentences first, so that
    those which still go on are always the first ones of the step before.

    Args:
        lengths: ``(sentences,)``, on the CPU, none of them 0.
    """
    order = lengths.argsort(descending=True, stable=True)
    rank = torch.empty_like(order).index_copy(0, order, torch.arange(len(order)))
    sentence = torch.repeat_interleave(torch.arange(len(lengths)), lengths)  # (tokens,)
    steps = torch.arange(len(sentence)) - (lengths.cumsum(0) - lengths)[sentence]
    sizes = steps.bincount()
    packed = (sizes.cumsum(0) - sizes)[steps] + rank[sentence]  # where each token stands in the packed order
    places = torch.empty_like(packed).index_copy_(0, packed, torch.arange(len(packed)))
    return PackedSequence(places, sizes, order, rank)
