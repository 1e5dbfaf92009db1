from __future__ import annotations

import pytest
import torch
from torch.autograd import gradcheck

from postagger.batches import Batch, TypeTensors
from postagger.config import LogisticConfig
from postagger.models.logistic import Logistic

SENTENCES = [[1, 2, 3, 1], [4], [2, 2]]


def batch_of(sentences: list[list[int]]) -> Batch:
    """A batch of rows of word vectors; a context model does not use the types."""
    return Batch(
        TypeTensors.blank(0),
        torch.tensor([row for sentence in sentences for row in sentence]),
        torch.tensor([len(sentence) for sentence in sentences]),
    )


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(("left", "right"), [(0, 0), (2, 2), (0, 3), (3, 0), (1, 5)])
def test_it_concatenates_the_vectors_of_the_window(left: int, right: int) -> None:
    vectors = torch.randn(5, 3)
    expected = []
    for sentence in SENTENCES:
        padded = [0] * left + sentence + [0] * right
        for place in range(len(sentence)):
            expected.append(torch.cat([vectors[row] for row in padded[place : place + left + 1 + right]]))

    model = Logistic(LogisticConfig(left=left, right=right), 3)
    context = model(vectors, batch_of(SENTENCES))

    assert context.equal(torch.stack(expected))
    assert context.size(1) == model.output_size


def test_it_has_no_weights_of_its_own() -> None:
    assert list(Logistic(LogisticConfig(), 3).parameters()) == []


@pytest.mark.usefixtures("seed")
def test_gradients() -> None:
    vectors = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    model = Logistic(LogisticConfig(left=1, right=2), 2)
    assert gradcheck(lambda vectors: model(vectors, batch_of(SENTENCES)), vectors)
