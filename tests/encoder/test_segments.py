"""Long sentences are cut so that every token is kept once, and short ones are grouped with little padding."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.encoder.segments import Segment, cut, grouped

ROOM = 12
SENTENCES = st.lists(st.lists(st.integers(1, ROOM // 2), min_size=1, max_size=40), min_size=1, max_size=6)


@given(SENTENCES)
def test_every_token_is_kept_once_and_no_segment_is_too_long(sentences: list[list[int]]) -> None:
    counts = np.array([count for sentence in sentences for count in sentence])
    lengths = [len(sentence) for sentence in sentences]
    segments = list(cut(counts, lengths, ROOM))
    kept = [token for each in segments for token in range(each.keep_first, each.keep_last)]
    assert kept == list(range(len(counts)))
    ends = list(itertools.accumulate(lengths))
    for each in segments:
        assert each.pieces == counts[each.first : each.last].sum() <= ROOM
        assert each.first <= each.keep_first <= each.keep_last <= each.last
        assert not any(each.first < end < each.last for end in ends), "two sentences are read as one"


@given(SENTENCES)
def test_only_sentences_that_are_too_long_are_cut(sentences: list[list[int]]) -> None:
    counts = np.array([count for sentence in sentences for count in sentence])
    segments = list(cut(counts, [len(sentence) for sentence in sentences], ROOM))
    assert len(segments) >= len(sentences)
    fitting = all(sum(sentence) <= ROOM for sentence in sentences)
    assert (len(segments) == len(sentences)) == fitting


def test_a_long_sentence_by_hand() -> None:
    """Ten tokens of a sub-word each, and room for four: segments share one, and the later keeps it."""
    assert list(cut(np.ones(10, np.int64), [10], 4)) == [
        Segment(0, 4, 0, 3, 4),
        Segment(3, 7, 3, 6, 4),
        Segment(6, 10, 6, 10, 4),
    ]


def test_tokens_are_kept_where_they_are_far_from_the_edge() -> None:
    segments = list(cut(np.ones(1000, np.int64), [1000], 100))
    for each in segments:
        assert each.keep_first - each.first >= 12 or each.first == 0
        assert each.last - each.keep_last >= 12 or each.last == 1000


@given(SENTENCES, st.integers(ROOM, 60))
def test_groups_have_all_segments_and_little_padding(sentences: list[list[int]], most: int) -> None:
    counts = np.array([count for sentence in sentences for count in sentence])
    segments = list(cut(counts, [len(sentence) for sentence in sentences], ROOM))
    groups = list(grouped(segments, most))
    assert sorted(each for group in groups for each in group) == sorted(segments)
    for group in groups:
        longest = max(each.pieces for each in group)
        assert longest * len(group) <= most
        assert longest * len(group) <= 1.25 * sum(each.pieces for each in group)


@pytest.mark.parametrize("size", [1, 7])
def test_equal_segments_are_one_group(size: int) -> None:
    segments = [Segment(n, n + 1, n, n + 1, 3) for n in range(size)]
    assert [len(group) for group in grouped(segments, 100)] == [size]
