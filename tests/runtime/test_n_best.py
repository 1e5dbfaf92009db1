"""The n best tag sequences against the enumeration of all of them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.runtime.heads import Decoder, LinearChainCrf, Softmax
from postagger.runtime.network import Floats

TAGS = 3
SHAPES = st.tuples(
    st.integers(1, 4), st.integers(1, 30), st.integers(0, 1000), st.sampled_from([1.0, 20.0, 200.0])
)
"""Tokens, n, seed, standard deviation of the scores."""


def all_sequences(scores: Floats, crf: tuple[Floats, ...] | None) -> dict[tuple[int, ...], float]:
    """The logarithm of the probability of every tag sequence, by plain sums."""
    found = {}
    for tags in itertools.product(range(TAGS), repeat=len(scores)):
        score = sum(float(scores[place, tag]) for place, tag in enumerate(tags))
        if crf is not None:
            start, transitions, end = crf
            score += float(start[tags[0]]) + float(end[tags[-1]])
            score += sum(float(transitions[pair]) for pair in itertools.pairwise(tags))
        found[tags] = score
    largest = max(found.values())
    total = largest + math.log(sum(math.exp(score - largest) for score in found.values()))
    return {tags: score - total for tags, score in found.items()}


def drawn(
    tokens: int, seed: int, scale: float, crf: bool
) -> tuple[Decoder, Floats, tuple[Floats, ...] | None]:
    numbers = np.random.default_rng(seed)
    shapes = (TAGS,), (TAGS, TAGS), (TAGS,)
    weights = tuple(numbers.normal(0, scale, shape).astype(np.float32) for shape in shapes) if crf else None
    scores = numbers.normal(0, scale, (tokens, TAGS)).astype(np.float32)
    return Softmax() if weights is None else LinearChainCrf(*weights), scores, weights


@pytest.mark.parametrize("crf", [False, True])
@given(SHAPES)
def test_they_are_the_first_of_all_sequences(crf: bool, shape: tuple[int, int, int, float]) -> None:
    tokens, n, seed, scale = shape
    decoder, scores, weights = drawn(tokens, seed, scale, crf)
    expected = all_sequences(scores, weights)
    found, logs = decoder.n_best(scores, n)
    assert len(found) == len(logs) == min(n, TAGS**tokens)
    assert len({tuple(row) for row in found.tolist()}) == len(found)
    np.testing.assert_allclose(logs, sorted(expected.values(), reverse=True)[:n], rtol=1e-5, atol=1e-4)
    for row, log in zip(found.tolist(), logs, strict=True):
        assert expected[tuple(row)] == pytest.approx(log, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("crf", [False, True])
def test_the_first_is_what_decoding_gives_and_all_sum_to_1(crf: bool) -> None:
    decoder, scores, _ = drawn(6, 1, 2.0, crf)
    found, logs = decoder.n_best(scores, TAGS**6)
    assert found[0].tolist() == decoder.decode(scores.copy(), np.array([6])).tolist()
    assert np.exp(logs).sum() == pytest.approx(1)


@pytest.mark.parametrize("crf", [False, True])
def test_impossible_tags_are_in_none(crf: bool) -> None:
    decoder, scores, _ = drawn(4, 2, 1.0, crf)
    scores[1, 0] = scores[2, [0, 2]] = -np.inf
    found, _ = decoder.n_best(scores, 1000)
    assert len(found) == 3 * 2 * 1 * 3
    assert 0 not in found[:, 1]
    assert set(found[:, 2].tolist()) == {1}
