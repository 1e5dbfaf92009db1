"""The native kernel keeps few rows in float32: it makes them again for the tokens that need them."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from random_networks import TAGS, Both, parts

from postagger.runtime.native import make_kernel

pytest.importorskip("postagger_native", reason="the native kernel is not installed")

WINDOW = Both({"kind": "window", "hidden": [16]})
WIDTH = 5 * 32  # of a row in memory: 16 units are padded to 32, for each of five places


def new_words(count: int, start: str = "k", seed: int = 1) -> list[str]:
    """Different words that training has not seen. Args: `start`, their first letter; no feature knows a k."""
    generator = random.Random(seed)
    words = {start + "".join(generator.choices(string.ascii_lowercase, k=9)) for _ in range(count)}
    assert len(words) == count
    return sorted(words)


def sentences_of(words: list[str]) -> list[list[str]]:
    return [words[first : first + 20] for first in range(0, len(words), 20)]


def kernel_of(both: Both, **settings: Any) -> Any:
    return make_kernel(both.checkpoint(), [both.config.corpus.head_name], **settings)


def scores_of(kernel: Any, sentences: list[list[str]]) -> Any:
    words, lengths = parts(sentences)
    return kernel.scores(words, np.array(lengths, np.int64))


def tags_of(kernel: Any, sentences: list[list[str]]) -> list[str]:
    return [tag for sentence in kernel.tag(sentences) for _, tag in sentence]


def expected_tags(both: Both, sentences: list[list[str]]) -> list[str]:
    return [TAGS.tags[tag] for tag in both.reference().tags(sentences)]


def test_tags_need_few_rows_in_float32_and_scores_need_all() -> None:
    sentences = sentences_of(new_words(4000))
    kernel = kernel_of(WINDOW)
    assert tags_of(kernel, sentences) == expected_tags(WINDOW, sentences)
    integers = len(kernel) * WIDTH * 2
    assert integers < kernel.nbytes < integers + len(kernel) * WIDTH * 4 / 2
    scores_of(kernel, sentences)
    assert kernel.nbytes == integers + len(kernel) * WIDTH * 4
    assert tags_of(kernel, sentences) == expected_tags(WINDOW, sentences)


@pytest.mark.parametrize("count", [3, 600, 4000])
def test_rows_that_are_made_again_are_the_same_to_the_last_digit(count: int) -> None:
    sentences = sentences_of(new_words(count))
    first, second = kernel_of(WINDOW), kernel_of(WINDOW)
    tags = tags_of(second, sentences)
    assert np.array_equal(scores_of(first, sentences), scores_of(second, sentences))
    assert tags_of(first, sentences) == tags == tags_of(second, sentences)


def test_words_about_which_python_is_asked() -> None:
    words = [f"{word}é" for word in new_words(1500)] + list("()[]") + new_words(1500, seed=2)
    random.Random(1).shuffle(words)
    sentences = sentences_of(words)
    kernel = kernel_of(WINDOW)
    assert tags_of(kernel, sentences) == expected_tags(WINDOW, sentences)
    assert np.array_equal(scores_of(kernel, sentences), scores_of(kernel_of(WINDOW), sentences))


def test_forgotten_words_give_their_rows_back() -> None:
    kernel = kernel_of(WINDOW, largest=0)
    for seed in range(1, 6):
        sentences = sentences_of(new_words(3000, seed=seed))
        use: Callable[[Any, list[list[str]]], object] = scores_of if seed % 2 else tags_of
        use(kernel, sentences)
        assert kernel.nbytes <= 2 * 1200 * WIDTH * 6
        assert tags_of(kernel, sentences) == expected_tags(WINDOW, sentences)


def test_words_with_much_larger_numbers_than_the_first_ones() -> None:
    """Their rows are beyond the range of the integers, which has to be chosen anew, from all words' rows."""
    both = Both({"kind": "window", "hidden": [16]})
    known = both.encoding.vocabularies["prefix1"]
    with torch.no_grad():
        features = both.network.get_parameter("words.features.weight")
        features[2 + list(known).index("o")] *= 300
    usual, large = sentences_of(new_words(1500)), sentences_of(new_words(1500, start="o"))
    mixed = [[*a, *b] for a, b in zip(usual, large, strict=True)]
    kernel, fresh = kernel_of(both), kernel_of(both)
    for sentences in (usual, large, mixed, usual):
        assert tags_of(kernel, sentences) == expected_tags(both, sentences)
    rechecked = kernel.rechecked
    tags_of(kernel, large)
    assert kernel.rechecked < rechecked + 300  # not all of them
    assert np.array_equal(scores_of(kernel, mixed), scores_of(fresh, mixed))
