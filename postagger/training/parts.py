"""The part of a minibatch that one of several processes trains on."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from postagger.batches import ROUND, Batch, Origin
from postagger.random_numbers import Rows


class Part(NamedTuple):
    """Some sentences of a minibatch.

    The gradient of the mean loss over all of it is the sum of those of the parts' mean losses, each
    multiplied by the part's share.

    Attributes:
        batch: the sentences.
        heads: the part's share of the tokens that each head learns from, in 0..1; empty: all of them.
        tokens: its share of all tokens.
    """

    batch: Batch
    heads: tuple[float, ...] = ()
    tokens: float = 1.0


def part_of(batch: Batch, rank: int, size: int) -> Part:
    """The part for one of `size` processes.

    The sentences are dealt out from the longest to the shortest, there and back, so that all have about as
    many tokens. A process for which there is no sentence gets one with shares of 0: then its loss is 0, and
    the same weights have a gradient as in the other processes.
    """
    order = batch.lengths.argsort(descending=True, stable=True)
    turn = torch.arange(len(order)) % (2 * size)
    own = order[torch.minimum(turn, 2 * size - 1 - turn) == rank]
    chosen = torch.zeros(len(order), dtype=torch.bool)
    chosen[own if len(own) else order[-1:]] = True
    part = _select(batch, chosen, rank)
    if not len(own):
        return Part(part, (0.0,) * len(batch.learned_by_head), 0.0)
    counts = zip(part.learned_by_head, batch.learned_by_head, strict=True)
    heads = tuple(own / max(1, whole) for own, whole in counts)
    return Part(part, heads, len(part.index) / len(batch.index))


def _select(batch: Batch, chosen: Tensor, rank: int) -> Batch:
    """Some sentences of a batch, in their order.

    Args:
        chosen: ``(sentences,)`` bool, at least one.
        rank: see `Origin`.
    """
    device = batch.index.device
    tokens = chosen.repeat_interleave(batch.lengths).nonzero().squeeze(1).to(device)
    padding = torch.zeros(1, dtype=torch.long, device=device)
    rows, index = torch.unique(torch.cat([padding, batch.index[tokens]]), return_inverse=True)
    rows = F.pad(rows, (0, -len(rows) % ROUND))
    labelled = None
    if batch.labelled is not None:
        marks = torch.zeros(len(batch.index), dtype=torch.bool, device=device)
        marks[batch.labelled] = True
        labelled = marks[tokens].nonzero().squeeze(1)
    return replace(
        batch,
        types=batch.types.select(rows),
        index=index[1:],
        lengths=batch.lengths[chosen],
        tags=None if batch.tags is None else batch.tags[tokens],
        labelled=labelled,
        other_tags=tuple(tags[tokens] for tags in batch.other_tags),
        origin=Origin(
            batch,
            sentences=Rows(chosen.nonzero().squeeze(1), len(chosen)),
            tokens=Rows(tokens, len(batch.index)),
            types=Rows(rows, len(batch.types.columns)),
            rank=rank,
        ),
    )
