"""The recurrent arithmetic against torch's, on random networks."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from kernel import ISAS, PRECISIONS, Kernel, addresses, input_gates, load
from torch import nn

LIBRARY = load(os.environ["POSTAGGER_RECURRENT"])
SIZE = 20


def make(
    kind: str, hidden: int, outputs: int, layers: int, bidirectional: bool
) -> tuple[nn.RNNBase, nn.Linear]:
    torch.manual_seed(hidden + outputs)
    sizes = {"num_layers": layers, "bidirectional": bidirectional}
    layer: nn.RNNBase
    if kind == "relu":
        layer = nn.RNN(SIZE, hidden, nonlinearity="relu", **sizes)
    else:
        layer = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind](SIZE, hidden, **sizes)
    return layer, nn.Linear(hidden * (1 + bidirectional), outputs)


def run(
    layer: nn.RNNBase, output: nn.Linear, lengths: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns a row for each token, the addresses, and the true scores."""
    vectors = torch.randn(sum(lengths), SIZE)
    rows = input_gates(layer, vectors)
    with torch.no_grad():
        parts = [output(layer(part)[0]) for part in vectors.split(lengths) if len(part)]
    return rows, addresses(rows, np.arange(len(rows))), torch.cat(parts).numpy()


CASES = [
    (kind, hidden, outputs, layers, both)
    for kind in ("lstm", "gru", "rnn", "relu")
    for hidden, outputs, layers, both in [
        (1, 2, 1, True),
        (7, 45, 2, False),
        (100, 300, 1, True),
        (130, 17, 3, True),
        (128, 45, 1, True),
        (16, 1, 1, False),
        (64, 48, 2, True),
    ]
]
LENGTHS = [[1], [24], [3, 1, 0, 7, 7, 2], [*range(1, 20), 0, *range(15)] * 3, [300, 1, 1]]


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_scores_and_tags(case: tuple[str, int, int, int, bool], precision: str, isa: str) -> None:
    layer, output = make(*case)
    kernel = Kernel(LIBRARY, layer, output, isa, precision)
    for lengths in LENGTHS:
        _rows, places, expected = run(layer, output, lengths)
        counts = np.array(lengths)
        scores = kernel.scores(places, counts)
        np.testing.assert_allclose(scores, expected, atol=2e-5 if precision == "float32" else 0.1)
        tags = kernel.tags(places, counts)[0][:, 0]
        lost = expected.max(1) - expected[np.arange(len(tags)), tags]
        assert lost.max() < (2e-5 if precision == "float32" else 0.1)


@pytest.mark.parametrize("isa", ISAS)
def test_heads(isa: str) -> None:
    layer, output = make("lstm", 32, 60, 1, True)
    _rows, places, expected = run(layer, output, [5, 9, 40])
    tags, _ = Kernel(LIBRARY, layer, output, isa, "float32").tags(places, np.array([5, 9, 40]), [45, 3, 12])
    for head, part in enumerate(np.split(expected, [45, 48], axis=1)):
        np.testing.assert_array_equal(tags[:, head], part.argmax(1))


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_extreme_weights(precision: str, isa: str) -> None:
    """Saturated gates and large weights neither overflow nor give NaN."""
    layer, output = make("lstm", 64, 10, 1, True)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.mul_(100)
    _rows, places, _ = run(layer, output, [30] * 20)
    scores = Kernel(LIBRARY, layer, output, isa, precision).scores(places, np.full(20, 30))
    assert np.isfinite(scores).all()
