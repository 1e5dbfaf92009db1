from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from postagger.models.layers.packing import pack_places

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=8)


@given(LENGTHS)
def test_the_packed_order_takes_the_sentences_step_by_step(lengths: list[int]) -> None:
    places = pack_places(torch.tensor(lengths))
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    assert places.sorted_indices is not None
    expected = [
        starts[number] + step
        for step in range(max(lengths))
        for number in places.sorted_indices.tolist()
        if step < lengths[number]
    ]
    assert places.data.tolist() == expected
    assert sorted(expected) == list(range(sum(lengths)))


@given(LENGTHS)
def test_the_packing_is_that_of_torch(lengths: list[int]) -> None:
    """Sentences of equal length may come in any order, so each token is identified by its step and length."""
    sentences = [torch.arange(length) * 100 + length for length in lengths]
    expected = torch.nn.utils.rnn.pack_sequence(sentences, enforce_sorted=False)
    places = pack_places(torch.tensor(lengths))
    assert places.batch_sizes.equal(expected.batch_sizes)
    assert torch.cat(sentences)[places.data].equal(expected.data)


@given(LENGTHS)
def test_the_two_orders_of_sentences_undo_each_other(lengths: list[int]) -> None:
    places = pack_places(torch.tensor(lengths))
    assert places.sorted_indices is not None
    assert places.unsorted_indices is not None
    assert torch.tensor(lengths)[places.sorted_indices].tolist() == sorted(lengths, reverse=True)
    assert places.sorted_indices[places.unsorted_indices].tolist() == list(range(len(lengths)))
