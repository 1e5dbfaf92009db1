"""Cuts sentences into segments that an encoder can read at once, and groups segments of similar length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_OVERLAP = 4
"""Two neighbouring segments of a long sentence share one in this many sub-words."""

_WASTE = 0.25
"""The most padding in a group, as a fraction of its sub-words."""


class Segment(NamedTuple):
    """Tokens that are read together: a sentence, or a part of a long one.

    Attributes:
        first, last: the tokens read, by their places in the batch; the last is excluded.
        keep_first, keep_last: those of them whose vectors are used.
        pieces: the number of their sub-words.
    """

    first: int
    last: int
    keep_first: int
    keep_last: int
    pieces: int


def cut(counts: NDArray[np.int64], lengths: Iterable[int], room: int) -> Iterator[Segment]:
    """Yields the segments of sentences, in order; every token is kept in just one of them.

    A sentence with more than `room` sub-words is read in segments that overlap by a quarter. A token that is
    in two of them is kept where it is farther from the segment's edge.

    Args:
        counts: the number of sub-words of each token, ``(tokens,)``; at most half of `room`.
        lengths: the number of tokens in each sentence.
        room: the most sub-words that can be read at once.
    """
    ends = np.concatenate([[0], counts.cumsum()])  # (tokens + 1,)
    start = 0
    for length in lengths:
        yield from _segments(ends, start, start + length, room)
        start += length


def _segments(ends: NDArray[np.int64], start: int, stop: int, room: int) -> Iterator[Segment]:
    first = kept = start
    while True:
        last = min(stop, int(np.searchsorted(ends, ends[first] + room, side="right")) - 1)
        last = max(last, first + 1)
        if last == stop:
            yield Segment(first, last, kept, stop, int(ends[last] - ends[first]))
            return
        overlap = int(np.searchsorted(ends, ends[last] - room // _OVERLAP))
        following = min(max(overlap, first + 1), last)
        middle = (following + last) // 2
        yield Segment(first, last, kept, middle, int(ends[last] - ends[first]))
        first, kept = following, middle


def grouped(segments: Sequence[Segment], most: int) -> Iterator[list[Segment]]:
    """Yields groups of segments that are read together, the shortest first.

    Args:
        most: the most sub-words in a group, with padding.
    """
    group: list[Segment] = []
    pieces = 0
    for segment in sorted(segments, key=lambda each: each.pieces):
        size = segment.pieces * (len(group) + 1)
        if group and (size > most or size > (1 + _WASTE) * (pieces + segment.pieces)):
            yield group
            group, pieces = [], 0
        group.append(segment)
        pieces += segment.pieces
    if group:
        yield group
