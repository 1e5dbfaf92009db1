from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postagger.features import PADDING
from postagger.models.layers.window_index import window_index

sentences = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=6), max_size=5)


def windows(corpus: list[list[int]], left: int, right: int) -> list[list[int]]:
    flat = torch.tensor([row for sentence in corpus for row in sentence], dtype=torch.long)
    lengths = torch.tensor([len(sentence) for sentence in corpus], dtype=torch.long)
    around = window_index(flat, lengths, left, right)
    assert around.shape == (len(flat), left + 1 + right)
    rows: list[list[int]] = around.tolist()
    return rows


@settings(deadline=None)
@given(sentences, st.integers(0, 4), st.integers(0, 4))
def test_windows_are_those_of_a_loop(corpus: list[list[int]], left: int, right: int) -> None:
    expected = [
        [
            sentence[place + delay] if 0 <= place + delay < len(sentence) else PADDING
            for delay in range(-left, right + 1)
        ]
        for sentence in corpus
        for place in range(len(sentence))
    ]
    assert windows(corpus, left, right) == expected


def test_windows_by_hand() -> None:
    assert windows([[5, 6], [7]], 1, 2) == [[0, 5, 6, 0], [5, 6, 0, 0], [0, 7, 0, 0]]


def test_a_window_without_neighbours_is_the_word() -> None:
    assert windows([[5, 6], [7]], 0, 0) == [[5], [6], [7]]


def test_the_index_is_unchanged() -> None:
    index = torch.tensor([3, 4])
    window_index(index, torch.tensor([1, 1]), 2, 2)
    assert index.tolist() == [3, 4]
