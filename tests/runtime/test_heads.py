"""The heads against those of torch, and against plain sums."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from postagger.models.layers.crf import LinearChainCrf as TorchCrf
from postagger.models.layers.softmax import Softmax as TorchSoftmax
from postagger.runtime import build_decoder, crf
from postagger.runtime.heads import LinearChainCrf, Softmax
from postagger.runtime.network import Floats

LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=6)


def random_scores(lengths: list[int], tags: int, *, scale: float = 1.0, seed: int = 1) -> Floats:
    return (np.random.default_rng(seed).standard_normal((sum(lengths), tags)) * scale).astype(np.float32)


def random_weights(tags: int, *, scale: float = 1.0, seed: int = 1) -> tuple[Floats, Floats, Floats]:
    """Start, transitions and end."""
    draw = np.random.default_rng(seed)
    start, transitions, end = (
        (draw.standard_normal(shape) * scale).astype(np.float32) for shape in (tags, (tags, tags), tags)
    )
    return start, transitions, end


def in_torch(start: Floats, transitions: Floats, end: Floats) -> TorchCrf:
    head = TorchCrf(2, len(start)).double()
    with torch.no_grad():
        for name, values in (("start", start), ("transitions", transitions), ("end", end)):
            getattr(head, name).copy_(torch.from_numpy(values))
    return head


def marginals(
    scores: Floats, start: Floats, transitions: Floats, end: Floats
) -> tuple[list[int], NDArray[np.float64]]:
    """The best sequence of one sentence, and each tag's probability at each token, from all sequences."""
    count, tags = scores.shape
    sums: dict[tuple[int, ...], float] = {}
    for sequence in itertools.product(range(tags), repeat=count):
        sums[sequence] = float(start[sequence[0]]) + float(end[sequence[-1]])
        sums[sequence] += math.fsum(float(scores[token, tag]) for token, tag in enumerate(sequence))
        sums[sequence] += math.fsum(float(transitions[pair]) for pair in itertools.pairwise(sequence))
    largest = max(sums.values())
    found = np.zeros((count, tags))
    for sequence, score in sums.items():
        found[np.arange(count), list(sequence)] += math.exp(score - largest)
    return list(max(sums.items(), key=lambda item: item[1])[0]), found / found.sum(1, keepdims=True)


@given(LENGTHS, st.integers(1, 60), st.integers(0, 1000))
def test_softmax_is_that_of_torch(lengths: list[int], tags: int, seed: int) -> None:
    scores = random_scores(lengths, tags, seed=seed)
    sizes = np.array(lengths)
    tensor = torch.from_numpy(scores)
    expected = TorchSoftmax.probabilities(tensor, torch.from_numpy(sizes)).numpy()
    np.testing.assert_allclose(Softmax().probabilities(scores, sizes), expected, atol=1e-6)
    expected = TorchSoftmax.decode(tensor, torch.from_numpy(sizes)).numpy()
    assert Softmax().decode(scores, sizes).tolist() == expected.tolist()


@given(LENGTHS, st.integers(1, 60), st.integers(0, 1000), st.sampled_from([0.1, 1.0, 10.0]))
def test_the_crf_is_that_of_torch(lengths: list[int], tags: int, seed: int, scale: float) -> None:
    weights = random_weights(tags, scale=scale, seed=seed)
    scores, sizes = random_scores(lengths, tags, seed=seed), np.array(lengths)
    ours, theirs = LinearChainCrf(*weights), in_torch(*weights)
    tensor, spans = torch.from_numpy(scores).double(), torch.from_numpy(sizes)
    with torch.inference_mode():
        assert ours.decode(scores, sizes).tolist() == theirs.float().decode(tensor.float(), spans).tolist()
    expected = in_torch(*weights).probabilities(tensor, spans).numpy()
    np.testing.assert_allclose(ours.probabilities(scores, sizes), expected, atol=1e-6)


@pytest.mark.parametrize("count", [1, 15, 16, 17, 70, 200])
def test_the_crf_is_that_of_torch_in_many_sentences(count: int) -> None:
    lengths = np.random.default_rng(count).integers(1, 9, count)
    weights, scores = random_weights(45), random_scores(lengths.tolist(), 45)
    with torch.inference_mode():
        expected = in_torch(*weights).float().decode(torch.from_numpy(scores), torch.from_numpy(lengths))
    assert LinearChainCrf(*weights).decode(scores, lengths).tolist() == expected.tolist()


@pytest.mark.parametrize("scale", [1.0, 30.0, 300.0, 1e4, 1e30])
@pytest.mark.parametrize("seed", range(5))
def test_the_crf_is_exact_at_any_weight(scale: float, seed: int) -> None:
    lengths = [4, 1, 3, 2]
    weights = random_weights(3, scale=scale, seed=seed)
    scores = random_scores(lengths, 3, seed=seed, scale=scale)
    decoder, sizes = LinearChainCrf(*weights), np.array(lengths)
    probabilities, tags = decoder.probabilities(scores, sizes), decoder.decode(scores, sizes)
    ends = np.cumsum(lengths)
    for start, end in zip(ends - lengths, ends, strict=True):
        best, expected = marginals(scores[start:end], *weights)
        assert tags[start:end].tolist() == best
        np.testing.assert_allclose(probabilities[start:end], expected, rtol=1e-5, atol=1e-38)


def test_rare_sequences_keep_their_probability() -> None:
    """Torch's sums are cut off at 1e-30 before a transition with a large score."""
    transitions = np.array([[0, 0], [0, 100]], np.float32)
    scores = np.array([[0, -100], [0, 0]], np.float32)
    weights = np.zeros(2, np.float32), transitions, np.zeros(2, np.float32)
    found = LinearChainCrf(*weights).probabilities(scores, np.array([2]))
    np.testing.assert_allclose(found, marginals(scores, *weights)[1], rtol=1e-6)


@pytest.mark.parametrize("wide", [False, True])
def test_forbidden_tags_have_probability_0(wide: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if wide:
        monkeypatch.setattr(crf, "_WIDEST", 0.0)
    lengths = [3, 5, 1]
    scores = random_scores(lengths, 4)
    scores[::2, 1:3] = -np.inf
    scores[1, :3] = -np.inf
    weights = random_weights(4)
    for decoder in (LinearChainCrf(*weights), Softmax()):
        probabilities = decoder.probabilities(scores, np.array(lengths))
        assert (probabilities[~np.isfinite(scores)] == 0).all()
        np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)
        tags = decoder.decode(scores, np.array(lengths))
        assert np.isfinite(scores[range(len(tags)), tags]).all()
    found = LinearChainCrf(*weights).probabilities(scores[:3], np.array([3]))
    np.testing.assert_allclose(found, marginals(scores[:3], *weights)[1], atol=1e-7)


@pytest.mark.parametrize("tags", [1, 16, 17, 45, 63, 64, 65, 100, 129])
def test_any_number_of_tags(tags: int) -> None:
    """Some are padded, which must not be seen."""
    scores, lengths = random_scores([40], tags) - 5, np.array([40])
    scores[3, : tags - 1] = scores[4] = -np.inf
    assert Softmax().decode(scores, lengths).tolist() == scores.argmax(1).tolist()


def test_of_equal_tags_the_first_is_taken() -> None:
    scores, lengths = np.zeros((5, 3), np.float32), np.array([2, 3])
    scores[1, 1:] = scores[4, 2] = 1
    zeros = np.zeros(3, np.float32)
    for decoder in (Softmax(), LinearChainCrf(zeros, np.zeros((3, 3), np.float32), zeros)):
        assert decoder.decode(scores, lengths).tolist() == [0, 1, 0, 0, 2]


def test_decoding_leaves_the_scores_as_they_are() -> None:
    scores = random_scores([3, 2], 4)
    before = scores.copy()
    for decoder in (Softmax(), LinearChainCrf(*random_weights(4))):
        decoder.decode(scores, np.array([3, 2]))
        decoder.probabilities(scores, np.array([3, 2]))
        assert (scores == before).all()


def test_memory_grows_with_the_tokens_not_with_the_transitions() -> None:
    scores, lengths = random_scores([3000], 60), np.array([3000])
    decoder = LinearChainCrf(*random_weights(60))
    tracemalloc.start()
    decoder.decode(scores, lengths)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * scores.nbytes


def test_a_head_has_a_crf_if_its_weights_have() -> None:
    start, transitions, end = random_weights(3)
    weights = {"head.scores.bias": start, "heads.1.scores.bias": start}
    assert isinstance(build_decoder(weights), Softmax)
    weights |= {"heads.1.start": start, "heads.1.transitions": transitions, "heads.1.end": end}
    assert isinstance(build_decoder(weights), Softmax)
    assert isinstance(build_decoder(weights, "heads.1."), LinearChainCrf)
