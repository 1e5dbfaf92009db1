"""`Tagger.word_vectors`: what the network reads for each word of a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from postagger import Config, DataError, Ensemble, Tagger
from postagger.batches import TypeTensors
from postagger.corpora import TaggedSentence

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "window": ("window", {}),
    "without a word's own embedding": ("lstm", {"word_dim": 0}),
    "characters": ("gru", {"character_dim": 4, "character_filters": 6}),
    "an LSTM over characters": (
        "logistic",
        {"character_dim": 4, "character_filters": 6, "character_encoder": "lstm"},
    ),
}


@pytest.fixture(scope="module")
def tagger(tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]) -> Tagger:
    return Tagger.train(tiny_sentences, tiny_config(training={"epochs": 1}))


@pytest.mark.parametrize(("kind", "words"), VARIANTS.values(), ids=VARIANTS)
def test_they_are_what_the_network_reads(
    kind: str, words: dict[str, Any], tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]
) -> None:
    tagger = Tagger.train(tiny_sentences, tiny_config(kind, words=words, training={"epochs": 1}))
    sentence = ["the", "dog", "Xyzzy", "saw", "the"]
    found = tagger.word_vectors(sentence)
    with torch.no_grad():
        expected = tagger.network.eval().words(TypeTensors.of(tagger.encoding.encode(sentence)))[1:]
    assert found.shape == tuple(expected.shape)
    assert found.dtype == np.float32
    assert len(found) == 5
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5, atol=1e-6)


def test_an_encoder_has_them_too(encoders: dict[str, Path], tiny_sentences: list[TaggedSentence]) -> None:
    config = {
        "words": {"word_dim": 8, "character_dim": 0},
        "model": {"kind": "encoder", "encoder": str(encoders["bert"])},
        "training": {"epochs": 1, "device": "cpu"},
    }
    tagger = Tagger.train(tiny_sentences, config)
    assert tagger.word_vectors(["the", "dog"]).shape == (2, tagger.network.words.size)


def test_a_word_has_the_same_vector_in_every_sentence(tagger: Tagger) -> None:
    one, two = tagger.word_vectors(["the", "dog"]), tagger.word_vectors(["a", "dog", "saw", "the", "dog"])
    np.testing.assert_array_equal(one[[1, 0]], two[[1, 3]])
    np.testing.assert_array_equal(two[1], two[4])
    assert not np.array_equal(one[0], one[1])


def test_straight_quotes_open_and_close(tagger: Tagger) -> None:
    straight = tagger.word_vectors(['"', "dog", '"'])
    np.testing.assert_array_equal(straight, tagger.word_vectors(["``", "dog", "''"]))


def test_they_survive_a_file_and_belong_to_the_caller(tagger: Tagger, tmp_path: Path) -> None:
    tagger.save(tmp_path / "a.safetensors")
    loaded, before = Tagger.load(tmp_path / "a.safetensors"), tagger.word_vectors(["the", "dog"])
    found = loaded.word_vectors(("the", "dog"))
    np.testing.assert_array_equal(found, before)
    found[:] = 0
    np.testing.assert_array_equal(loaded.word_vectors(["the", "dog"]), before)


def test_no_words_and_no_sentence(tagger: Tagger) -> None:
    assert tagger.word_vectors([]).shape == (0, tagger.word_vectors(["a"]).shape[1])
    with pytest.raises(DataError, match="a sentence must be a list of tokens"):
        tagger.word_vectors("the dog")
    with pytest.raises(DataError, match="every token must be a string"):
        tagger.word_vectors(["the", 3])  # type: ignore[list-item]
    assert not hasattr(Ensemble, "word_vectors"), "its members have different ones"
