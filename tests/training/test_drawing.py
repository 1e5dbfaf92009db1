"""Which sentences an epoch has, and in which batches."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postagger.training.drawing import Draw, batches_by_length

pytestmark = pytest.mark.usefixtures("seed")


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.data())
def test_batches_by_length_have_every_sentence_once(lengths: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(lengths)))
    batches = batches_by_length(torch.tensor(lengths), count)
    assert len(batches) == count
    assert all(len(batch) for batch in batches)
    assert sorted(torch.cat(list(batches)).tolist()) == list(range(len(lengths)))


def test_batches_by_length_have_little_padding_and_about_the_same_size() -> None:
    lengths = torch.randint(1, 50, (2000,))
    batches = batches_by_length(lengths, 125)
    sizes = torch.tensor([int(lengths[batch].sum()) for batch in batches])
    padded = torch.tensor([int(lengths[batch].max()) * len(batch) for batch in batches])
    assert padded.sum() < 1.2 * sizes.sum()
    assert sizes.max() < 1.5 * sizes.float().mean()


def test_one_long_sentence_is_a_batch_of_its_own() -> None:
    lengths = torch.tensor([1] * 30 + [1000])
    batches = batches_by_length(lengths, 4)
    assert [len(batch) for batch in batches] == [28, 1, 1, 1]
    assert batches[-1].tolist() == [30]


@pytest.mark.parametrize("by_length", [False, True])
@pytest.mark.parametrize("count", [5, 20, 33])
def test_all_sentences_are_drawn_before_any_is_drawn_again(by_length: bool, count: int) -> None:
    draw = Draw(torch.arange(1, 21), count, 4, by_length=by_length)
    drawn: list[int] = []
    for _ in range(8):
        batches = draw.epoch()
        assert len(batches) == math.ceil(count / 4)
        drawn += torch.cat(list(batches)).tolist()
        assert max(Counter(drawn).values()) <= min((Counter(drawn)[n] for n in range(20)), default=0) + 1


def test_batches_by_length_come_in_random_order_and_differ_from_epoch_to_epoch() -> None:
    draw = Draw(torch.arange(1, 101), 100, 10, by_length=True)
    first, second = ([sorted(batch.tolist()) for batch in draw.epoch()] for _ in range(2))
    longest = [max(batch) for batch in first]
    assert longest != sorted(longest)
    assert sorted(first) != sorted(second)
