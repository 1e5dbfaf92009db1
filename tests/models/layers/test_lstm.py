from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import gradcheck

from postagger.models.layers import lstm as module
from postagger.models.layers.lstm import lstm
from postagger.models.layers.time_steps import Steps

LENGTHS = [[1], [1, 1, 1], [5], [2, 5, 1, 3], [4, 4], [1, 7, 7, 2, 1, 3]]


def by_torch(layer: nn.LSTM, vectors: Tensor, index: Tensor, lengths: list[int]) -> Tensor:
    """Torch's own layer, sentence by sentence: ``(tokens, directions * hidden)``."""
    return torch.cat([layer(vectors[sentence])[0] for sentence in index.split(lengths)])


def make(layers: int, bidirectional: bool) -> nn.LSTM:
    return nn.LSTM(3, 4, layers, bidirectional=bidirectional)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_states_and_gradients_are_those_of_torch(
    layers: int, bidirectional: bool, lengths: list[int], dtype: torch.dtype
) -> None:
    layer = make(layers, bidirectional).to(dtype)
    vectors = torch.randn(16, 3, dtype=dtype, requires_grad=True)
    index = torch.randint(16, (sum(lengths),))

    found = lstm(layer, vectors, index, torch.tensor(lengths))
    expected = by_torch(layer, vectors, index, lengths)

    torch.testing.assert_close(found, expected)
    gradient = torch.randn_like(found)
    wanted = [vectors, *layer.parameters()]
    pairs = zip(*(torch.autograd.grad(states, wanted, gradient) for states in (found, expected)), strict=True)
    for one, other in pairs:
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("seed")
def test_on_the_sizes_of_a_treebank() -> None:
    lengths = torch.randint(1, 50, (16,))
    layer = nn.LSTM(64, 96, bidirectional=True)
    vectors = torch.randn(240, 64, requires_grad=True)
    index = torch.randint(240, (int(lengths.sum()),))
    wanted = [vectors, *layer.parameters()]
    found, expected = lstm(layer, vectors, index, lengths), by_torch(layer, vectors, index, lengths.tolist())
    gradient = torch.randn_like(found)
    pairs = zip(*(torch.autograd.grad(states, wanted, gradient) for states in (found, expected)), strict=True)
    for one, other in pairs:
        largest = other.abs().max().item()
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * largest)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("lengths", [[1], [3], [1, 1, 1], [2, 2, 2], [1, 4, 2, 1]], ids=str)
def test_the_handwritten_gradient(directions: int, lengths: list[int]) -> None:
    rows = [torch.randn(5, 8, dtype=torch.float64, requires_grad=True) for _ in range(directions)]
    weights = torch.randn(directions, 8, 2, dtype=torch.float64, requires_grad=True)
    index, steps = torch.randint(5, (sum(lengths),)), Steps(torch.tensor(lengths))
    assert gradcheck(
        lambda weights, *rows: module._Recurrence.apply(weights, index, steps, *rows),  # type: ignore[no-untyped-call]
        (weights, *rows),
    )


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    ("sentences", "threads"), [(module._FEW_SENTENCES, 1), (module._FEW_SENTENCES + 1, 2)]
)
def test_only_large_batches_are_computed_by_several_threads(
    sentences: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    seen: list[int] = []
    tanh = torch.tanh

    def spied(*given: Any, **options: Any) -> Tensor:
        seen.append(torch.get_num_threads())
        return tanh(*given, **options)

    monkeypatch.setattr(torch, "tanh", spied)
    try:
        lstm(
            make(1, True),
            torch.randn(16, 3),
            torch.arange(sentences) % 16,
            torch.ones(sentences, dtype=torch.long),
        )
        after = torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
    assert seen == [threads]
    assert after == 2


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_gradient_of_two_layers(bidirectional: bool) -> None:
    layer = nn.LSTM(2, 2, 2, bidirectional=bidirectional).double()
    vectors = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    index, lengths = torch.tensor([1, 4, 4, 0, 2, 1]), torch.tensor([2, 1, 3])
    # gradcheck changes its inputs in place, so that the weights need not be handed to the layer
    assert gradcheck(lambda vectors, *_: lstm(layer, vectors, index, lengths), (vectors, *layer.parameters()))


@pytest.mark.usefixtures("seed")
def test_there_is_no_second_derivative() -> None:
    layer = make(1, True)
    vectors = torch.randn(16, 3, requires_grad=True)
    states = lstm(layer, vectors, torch.arange(5), torch.tensor([2, 3]))
    (gradient,) = torch.autograd.grad(states.square().sum(), vectors, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


@pytest.mark.usefixtures("seed")
def test_the_backward_pass_leaves_its_inputs_unchanged() -> None:
    layer = make(1, True)
    vectors = torch.randn(16, 3, requires_grad=True)
    states = lstm(layer, vectors, torch.arange(5), torch.tensor([2, 3]))
    gradient = torch.randn_like(states)
    before = states.detach().clone(), gradient.clone()
    states.backward(gradient, retain_graph=True)
    once = vectors.grad
    assert once is not None
    assert states.equal(before[0])
    assert gradient.equal(before[1])
    (again,) = torch.autograd.grad(states, vectors, gradient)
    assert once.equal(again)  # and the second time gives the same, bit for bit


@pytest.mark.usefixtures("seed")
def test_dropout_between_layers_in_training_only() -> None:
    layer = nn.LSTM(3, 64, 2, dropout=0.5)
    vectors, index, lengths = torch.randn(16, 3), torch.arange(16), torch.tensor([7, 9])
    one, other = (lstm(layer, vectors, index, lengths) for _ in range(2))
    assert not one.equal(other)
    layer.eval()
    torch.testing.assert_close(
        lstm(layer, vectors, index, lengths), by_torch(layer, vectors, index, lengths.tolist())
    )
