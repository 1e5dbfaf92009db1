"""The word encoder, with every part on and off, against that of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from random_networks import WORDS, Both

from postagger.batches import TypeTensors
from postagger.features import WordClasses, WordVectors
from postagger.runtime.word_vectors import WordEncoder

NONE = {"word_dim": 0, "prefixes": 0, "suffixes": 0, "shape": False}
PARTS: dict[str, dict[str, Any]] = {
    "all": {},
    "word": NONE | {"word_dim": 5},
    "affixes": NONE | {"prefixes": 2, "suffixes": 3},
    "shape": NONE | {"shape": True},
    "convolution": {"character_dim": 4, "character_filters": 5},
    "convolution alone": NONE | {"character_dim": 4, "character_filters": 5},
    "convolution, width 1": {"character_dim": 4, "character_filters": 5, "character_window": 1},
    "convolution, wide": {"character_dim": 4, "character_filters": 5, "character_window": 15},
    "lstm": {"character_dim": 4, "character_encoder": "lstm", "character_filters": 6},
    "lstm alone": NONE | {"character_dim": 4, "character_encoder": "lstm", "character_filters": 6},
    "vectors": {"vectors": "some.txt"},
    "vectors alone": NONE | {"vectors": "some.txt"},
    "vectors, tuned": {"vectors": "some.txt", "vectors_tuned": True},
    "classes": {"classes": "some.txt", "class_prefixes": [1, 2]},
    "classes alone": NONE | {"classes": "some.txt", "class_prefixes": [1, 2]},
    "everything": {
        "vectors": "some.txt",
        "classes": "some.txt",
        "class_prefixes": [1, 2],
        "character_dim": 4,
        "character_filters": 5,
    },
}
VECTORS = WordVectors(
    ("the", "trees", "(", "far"), np.random.default_rng(1).standard_normal((4, 7)).astype(np.float32)
)
CLASSES = WordClasses({"the": "010", "can": "110", "trees": "0111"}, (1, 2))


def make(name: str) -> Both:
    words = PARTS[name]
    return Both(
        {"kind": "window", "hidden": [7]},
        words,
        vectors=VECTORS if "vectors" in words else None,
        classes=CLASSES if "classes" in words else None,
    )


@pytest.mark.parametrize("words", [WORDS, [""], ["", "a", ""], ["x" * 50], ["far", "unheard-of"], []])
@pytest.mark.parametrize("name", PARTS)
def test_vectors_are_those_of_torch(name: str, words: list[str]) -> None:
    both = make(name)
    types = both.encoding.encode(words)
    found = WordEncoder(both.config.words, both.weights, both.rows)(types)
    with torch.inference_mode():
        expected = both.network.words(TypeTensors.of(types)).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", PARTS)
def test_a_networks_tags_are_those_of_torch(name: str) -> None:
    both = make(name)
    sentences = [WORDS, ["the", "far", "trees"], [""]]
    assert both.predictor().tags(sentences).tolist() == both.reference().tags(sentences).tolist()
