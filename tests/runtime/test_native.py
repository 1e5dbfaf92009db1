"""The native kernel: every kind of network against the forward pass of torch, with every instruction set."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from random_networks import MODELS, TAGS, Both, parts, scores_of, some_sentences, some_text

from postagger import TagSet
from postagger.features import TagDictionary
from postagger.runtime import NativePredictor, numpy_predictor
from postagger.runtime.native import Isa
from postagger.runtime.network import Floats

native = pytest.importorskip("postagger_native", reason="the native kernel is not installed")

_ALL: tuple[Isa, ...] = ("portable", "avx2", "avx512")
ISAS = _ALL[: _ALL.index(native.BEST_ISA) + 1]
each_isa = pytest.mark.parametrize("isa", ISAS)

TEXT = [*some_sentences(1), *some_text(2)]
"""More words than the kernel sees before it computes in integers."""


def some_tags(count: int) -> TagSet:
    return TagSet([f"T{number:03}" for number in range(count)])


@functools.cache
def network(name: str) -> tuple[Both, Floats]:
    """A network, and its scores for `TEXT`."""
    both = Both(MODELS[name])
    return both, scores_of(both.reference(), TEXT)


def predictor(both: Both, *others: int, **settings: Any) -> NativePredictor:
    checkpoint = both.checkpoint(*others)
    return NativePredictor(checkpoint, list(checkpoint.tagsets), **settings)


def check_tags(tags: Sequence[int], scores: Floats, *, close: float = 1e-4) -> None:
    """Checks that tags are the best ones, but for rounding."""
    lost = scores.max(axis=1) - scores[np.arange(len(scores)), tags]
    assert lost.max() <= close * np.abs(scores).max()


@each_isa
@pytest.mark.parametrize("name", MODELS)
def test_scores_and_tags_are_those_of_the_forward_pass(name: str, isa: Isa) -> None:
    both, expected = network(name)
    found = predictor(both, isa=isa)
    words, _ = parts(TEXT)
    for _ in range(2):  # in float32 while there are few words, then in integers
        tags = found.tags(TEXT)
        if "crf" in name:
            assert tags.tolist() == both.reference().tags(TEXT).tolist()
        else:
            check_tags(tags.tolist(), expected)
        pairs = [pair for sentence in found.tag(TEXT) for pair in sentence]
        assert pairs == [(word, TAGS.tags[tag]) for word, tag in zip(words, tags, strict=True)]
    scores = found.scores(*parts(TEXT))
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    few = TEXT[:20]
    probabilities = both.reference().probabilities(few).numpy()
    np.testing.assert_allclose(found.probabilities(few), probabilities, atol=1e-4)


SHAPES = [
    # hidden units, tags, layers, two directions
    (1, 2, 1, True),
    (7, 45, 2, False),
    (100, 300, 1, True),
    (130, 17, 3, True),
    (128, 45, 1, True),
    (16, 1, 1, False),
    (64, 48, 2, True),
]
LENGTHS = [[1], [24], [3, 1, 0, 7, 7, 2], [*range(1, 20), 0, *range(15)] * 3, [300, 1, 1]]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_recurrent_networks_of_all_sizes(kind: str, shape: tuple[int, int, int, bool]) -> None:
    hidden, tags, layers, two = shape
    model = {"kind": kind, "hidden": hidden, "layers": layers, "bidirectional": two}
    both = Both(model, scale=1.0, tagset=some_tags(tags))
    words, _ = parts(some_text(3))
    texts = [[[words.pop() for _ in range(size)] for size in lengths] for lengths in LENGTHS]
    expected = [scores_of(both.reference(), text) for text in texts]
    for isa in ISAS:
        exact, close = predictor(both, isa=isa), predictor(both, isa=isa, low_precision=True)
        for text, scores in zip(texts, expected, strict=True):
            np.testing.assert_allclose(exact.scores(*parts(text)), scores, atol=3e-5)
            check_tags(exact.tags(text).tolist(), scores, close=3e-5)
            check_tags(close.tags(text).tolist(), scores, close=0.1)


@each_isa
@pytest.mark.parametrize("tags", [1, 2, 15, 16, 17, 48, 49, 130])
@pytest.mark.parametrize("kind", ["window", "logistic", "lstm"])
def test_any_number_of_tags(kind: str, tags: int, isa: Isa) -> None:
    both = Both({"kind": kind} | ({"hidden": 5} if kind == "lstm" else {}), tagset=some_tags(tags))
    found, expected = predictor(both, isa=isa), scores_of(both.reference(), TEXT)
    for _ in range(2):
        check_tags(found.tags(TEXT).tolist(), expected)


@each_isa
@pytest.mark.parametrize("name", ["window", "window, crf", "logistic, lopsided", "lstm, 1 layers, both ways"])
def test_several_heads_give_the_tags_of_each(name: str, isa: Isa) -> None:
    both, _ = network(name)
    found, sizes = predictor(both, 3, 17, 200, isa=isa), [len(TAGS), 3, 17, 200]
    checkpoint = both.checkpoint(3, 17, 200)
    plain = numpy_predictor(checkpoint, list(checkpoint.tagsets))
    scores = plain.scores(*parts(TEXT))
    np.testing.assert_allclose(
        found.scores(*parts(TEXT)), scores, rtol=1e-4, atol=1e-4 * np.abs(scores).max()
    )
    for _ in range(2):
        tags = found.tags_by_head(TEXT)
        if "crf" in name:
            assert tags.tolist() == plain.tags_by_head(TEXT).tolist()
            continue
        for own, part in zip(tags.tolist(), np.split(scores, np.cumsum(sizes)[:-1], axis=1), strict=True):
            check_tags(own, part)
    assert found.tags(TEXT).tolist() == tags[0].tolist()


@each_isa
@pytest.mark.parametrize("name", ["window", "lstm, 1 layers, both ways", "gru, 2 layers, one way"])
def test_low_precision_differs_in_few_tags(name: str, isa: Isa) -> None:
    both, expected = network(name)
    found = predictor(both, isa=isa, low_precision=True)
    found.tags(TEXT)
    different = found.tags(TEXT) != expected.argmax(axis=1)
    assert different.mean() < 0.05  # random weights give close scores
    check_tags(found.tags(TEXT).tolist(), expected, close=0.1)


@each_isa
def test_a_sentences_tags_do_not_depend_on_the_others(isa: Isa) -> None:
    for name in ("window", "logistic", "lstm, 2 layers, both ways"):
        found = predictor(network(name)[0], isa=isa)
        whole = found.tag(TEXT)
        assert [pairs for sentence in TEXT for pairs in found.tag([sentence])] == whole
        assert found.tag(TEXT * 3) == whole * 3


@each_isa
def test_a_sentence_longer_than_a_batch(isa: Isa) -> None:
    sentence = [word for part in some_text(4, 150) for word in part]
    for name in ("window, very wide", "lstm, 1 layers, both ways"):
        both, _ = network(name)
        check_tags(
            predictor(both, isa=isa).tags([sentence]).tolist(), scores_of(both.reference(), [sentence])
        )


@each_isa
def test_rows_beyond_the_range_of_integers(isa: Isa) -> None:
    """The range comes from the first words. Later ones may be far beyond it; they are tagged in float32."""
    both = Both({"kind": "window", "hidden": [64]}, {"word_dim": 0, "shape": False})
    tables = both.encoding.vocabularies
    row = len(tables["prefix1"]) + len(tables["suffix1"]) + tables["suffix2"]["es"]
    both.network.state_dict()["words.features.weight"][row] *= 1000
    found = predictor(both, isa=isa)
    found.tags([[word for word in sentence if not word.endswith("es")] for sentence in TEXT])
    text = [[word + "es" * (len(word) % 3 == 0) for word in sentence] for sentence in some_text(5)]
    expected = scores_of(both.reference(), text)
    for _ in range(2):
        check_tags(found.tags(text).tolist(), expected, close=1e-5)


@each_isa
@pytest.mark.parametrize("low_precision", [False, True])
@pytest.mark.parametrize("tags", [6, 20])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, 1e-30])
@pytest.mark.parametrize("kind", ["window", "logistic", "lstm", "rnn"])
def test_diverged_networks_give_some_tags(
    kind: str, value: float, tags: int, low_precision: bool, isa: Isa
) -> None:
    both = Both({"kind": kind} | ({"hidden": 20} if kind in ("lstm", "rnn") else {}), tagset=some_tags(tags))
    for name, tensor in both.network.state_dict().items():
        if "words." not in name:
            tensor.view(-1)[::3] = value
    found = predictor(both, isa=isa, low_precision=low_precision)
    for _ in range(2):
        numbers = found.tags(TEXT)
        assert 0 <= numbers.min() <= numbers.max() < tags
    assert sum(map(len, found.tag(TEXT))) == len(numbers)


@pytest.mark.parametrize("bonus", [None, 2.0])
@pytest.mark.parametrize("name", ["window", "window, crf", "logistic", "lstm, 1 layers, both ways"])
def test_a_mask_is_added_to_the_scores(name: str, bonus: float | None) -> None:
    both, _ = network(name)
    found, plain = predictor(both), both.reference()
    mask = TagDictionary({"the": "VB", "trees": ["DT", "NN"], "saw": "."}, bonus=bonus).mask(TAGS)
    sentences = some_sentences(6)
    tags = found.tags(sentences, mask)
    assert tags.tolist() == plain.tags(sentences, mask).tolist()
    pairs = [pair for sentence in found.tag(sentences, mask) for pair in sentence]
    assert pairs == [(word, TAGS.tags[tag]) for word, tag in zip(parts(sentences)[0], tags, strict=True)]
    assert found.tag(sentences) == predictor(both).tag(sentences)
