"""Tags and scores are those of the network's forward pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import Example, sentences

KINDS: list[dict[str, Any]] = [
    {"kind": "window", "left": 2, "right": 2, "hidden": [128]},
    {"kind": "window", "left": 0, "right": 0, "hidden": [1]},
    {"kind": "window", "left": 3, "right": 1, "hidden": [100]},
    {"kind": "window", "left": 1, "right": 1, "hidden": [64, 33, 20]},
    *(
        {"kind": "window", "hidden": [40], "activation": name}
        for name in ("none", "sigmoid", "tanh", "leaky_relu", "elu", "gelu", "silu")
    ),
    {"kind": "logistic", "left": 2, "right": 1},
    {"kind": "lstm", "hidden": 24},
    {"kind": "lstm", "hidden": 20, "layers": 2, "bidirectional": False},
    {"kind": "gru", "hidden": 33, "layers": 2},
    {"kind": "rnn", "hidden": 16},
]


@pytest.mark.parametrize("model", KINDS, ids=str)
def test_scores_and_tags_equal_the_forward_pass(model: dict[str, Any], isa: str) -> None:
    example = Example(**model)
    texts = sentences(150)
    words = [word for sentence in texts for word in sentence]
    lengths = np.array([len(sentence) for sentence in texts])
    kernel = example.kernel(isa=isa)
    expected = example.scores(texts)
    scores = kernel.scores(words, lengths)
    assert np.abs(scores - expected).max() < 1e-4 * np.abs(expected).max()
    for _ in range(2):  # in float32 while there are few words, then in integers
        tags = kernel.tags(words, lengths)[0]
        # Where the tags differ, the scores are tied.
        rows = np.flatnonzero(tags != expected.argmax(1))
        assert np.all(expected[rows].max(1) - expected[rows, tags[rows]] < 1e-4 * np.abs(expected).max())
        assert [[tag for _, tag in sentence] for sentence in kernel.tag(texts)] == [
            [example.tags[tag] for tag in part] for part in np.split(tags, lengths.cumsum()[:-1])
        ]


@pytest.mark.parametrize("tags", [1, 2, 15, 16, 17, 48, 49, 130])
def test_any_number_of_tags(tags: int, isa: str) -> None:
    example = Example([f"T{number:03}" for number in range(tags)], kind="window", hidden=[32])
    texts = sentences(100)
    kernel = example.kernel(isa=isa)
    assert kernel.tag(texts) == example.answers(texts)
    assert kernel.tag(texts) == example.answers(texts)


def test_several_heads(isa: str) -> None:
    example = Example(kind="window", hidden=[32])
    sizes = [3, 17, 25]
    from taggers import kernel as make

    sets = [[f"H{head}T{tag}" for tag in range(size)] for head, size in enumerate(sizes)]
    kernel = make(example.network, example.encoding, sets, isa=isa)
    texts = sentences(100)
    words = [word for sentence in texts for word in sentence]
    lengths = np.array([len(sentence) for sentence in texts])
    parts = np.split(example.scores(texts), np.cumsum(sizes)[:-1], axis=1)
    for _ in range(2):
        assert np.array_equal(kernel.tags(words, lengths), [part.argmax(1) for part in parts])


def test_every_batch_size_gives_the_same(example: Example, isa: str) -> None:
    kernel = example.kernel(isa=isa)
    texts = sentences(60)
    whole = kernel.tag(texts)
    assert [kernel.tag([sentence])[0] for sentence in texts] == whole
    assert kernel.tag(texts * 3) == whole * 3
    long = [word for sentence in texts for word in sentence] * 10
    assert kernel.tag([long]) == example.answers([long])


def test_rows_beyond_the_integers_range(isa: str) -> None:
    """The range comes from the first words: later ones may be far beyond it, and are tagged in float32."""
    example = Example(kind="window", hidden=[64])
    kernel = example.kernel(isa=isa, native=False)
    kernel.tag(sentences(200))
    with __import__("torch").no_grad():
        example.network.words.word.weight[1:].mul_(100)
    texts = sentences(200, seed=5)
    fresh = [[f"{word}!" for word in sentence] for sentence in texts]
    assert kernel.tag(fresh) == example.answers(fresh)
    assert kernel.tag(fresh) == example.answers(fresh)


def test_precision_int8_is_close(example: Example, isa: str) -> None:
    kernel = example.kernel(isa=isa, precision="int8")
    texts = sentences(2000)
    kernel.tag(texts[:100])
    found = [pair for sentence in kernel.tag(texts) for pair in sentence]
    expected = [pair for sentence in example.answers(texts) for pair in sentence]
    different = sum(a != b for a, b in zip(found, expected, strict=True))
    assert different < 0.01 * len(found)  # random weights give close scores
