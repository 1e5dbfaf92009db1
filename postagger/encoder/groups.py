"""Groups of texts that an encoder reads together: in one process, and the same ones in several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from postagger.batches import Batch
from postagger.encoder.segments import Segment, cut, grouped
from postagger.random_numbers import Rows


class Group(NamedTuple):
    """Segments that are read together.

    Attributes:
        number: that of the group, from 0.
        segments: those in the batch.
        rows: if the batch is a process's part, which of the group's segments these are; else None.
        longest: the number of sub-words of the group's longest segment.
    """

    number: int
    segments: list[Segment]
    rows: Rows | None
    longest: int


def subword_counts(batch: Batch) -> Tensor:
    """The number of sub-words of each token, ``(tokens,)``, on the CPU."""
    return (batch.types.pieces >= 0).sum(1)[batch.index].cpu()


def groups(batch: Batch, room: int, most: int) -> Iterator[Group]:
    """Yields the groups of a batch; of a process's part, those of the whole minibatch that it is in.

    Args:
        room: the most sub-words that can be read at once.
        most: the most sub-words in a group, with padding.
    """
    segments = list(_segments(batch, room))
    if batch.origin is None:
        for number, group in enumerate(grouped(segments, most)):
            yield Group(number, group, None, group[-1].pieces)
        return
    whole = list(_segments(batch.origin.whole, room))
    tokens = set(batch.origin.tokens.places.tolist())
    own = dict(zip((each for each in whole if each.first in tokens), segments, strict=True))
    for number, group in enumerate(grouped(whole, most)):
        places = [place for place, each in enumerate(group) if each in own]
        if places:
            rows = Rows(torch.tensor(places), len(group))
            yield Group(number, [own[group[place]] for place in places], rows, group[-1].pieces)


def _segments(batch: Batch, room: int) -> Iterable[Segment]:
    return cut(subword_counts(batch).numpy(), batch.lengths.tolist(), room)
