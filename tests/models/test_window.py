from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from postagger.batches import Batch, TypeTensors
from postagger.config import Activation, WindowConfig
from postagger.models.window import ACTIVATIONS, TimeDelay, Window

SENTENCES = [[1, 2, 3, 1, 5], [4], [2, 2], [6]]
REACHES = [(0, 0), (2, 2), (0, 3), (3, 0), (1, 4), (7, 7)]


def batch_of(sentences: list[list[int]]) -> Batch:
    """A batch of rows of word vectors; a context model does not use the types."""
    return Batch(
        TypeTensors.blank(0),
        torch.tensor([row for sentence in sentences for row in sentence]),
        torch.tensor([len(sentence) for sentence in sentences]),
    )


def joint_weight(layer: TimeDelay) -> Tensor:
    """The matrix that multiplies the window's concatenated vectors: ``(outputs, delays * size)``."""
    return torch.cat(list(layer.weight.split(layer.outputs)), dim=1)


def time_delay_by_hand(layer: TimeDelay, vectors: Tensor, sentences: list[list[int]]) -> Tensor:
    """Token by token: concatenate the vectors in the window, multiply once, add the bias."""
    outputs = []
    for sentence in sentences:
        padded = [0] * layer.left + sentence + [0] * layer.right
        for place in range(len(sentence)):
            window = torch.cat([vectors[row] for row in padded[place : place + layer.delays]])
            outputs.append(joint_weight(layer) @ window + layer.bias)
    return torch.stack(outputs)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(("left", "right"), REACHES)
@pytest.mark.parametrize("sentences", [SENTENCES, [[3]], [[1, 2]], [[4], [5], [6]]])
def test_time_delay_is_one_product_with_the_concatenated_window(
    left: int, right: int, sentences: list[list[int]]
) -> None:
    layer = TimeDelay(3, 4, left, right)
    vectors = torch.randn(7, 3)
    expected = time_delay_by_hand(layer, vectors, sentences)
    torch.testing.assert_close(layer(vectors, batch_of(sentences)), expected)


def test_time_delay_starts_as_a_linear_layer_over_the_window_does() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        layer = TimeDelay(3, 4, 2, 1)
        torch.manual_seed(3)
        linear = torch.nn.Linear(3 * 4, 4)
    assert joint_weight(layer).equal(linear.weight)
    assert layer.bias.equal(linear.bias)


@pytest.mark.usefixtures("seed")
def test_rows_hold_each_words_product_at_each_window_position() -> None:
    layer = TimeDelay(3, 4, 1, 1)
    vectors = torch.randn(2, 3)
    rows = layer.rows(vectors)
    assert rows.shape == (2 * 3, 4)
    for word in range(2):
        for place in range(3):
            matrix = layer.weight[place * 4 : (place + 1) * 4]
            torch.testing.assert_close(rows[word * 3 + place], matrix @ vectors[word])


@pytest.mark.usefixtures("seed")
def test_hidden_layers_are_stacked() -> None:
    model = Window(
        WindowConfig(
            left=1,
            right=1,
            hidden=(
                5,
                4,
                2,
            ),
            activation="tanh",
        ),
        3,
    ).eval()
    vectors = torch.randn(7, 3)
    hidden = time_delay_by_hand(model.delay, vectors, SENTENCES).tanh()
    for layer in model.layers:
        assert isinstance(layer, torch.nn.Linear)
        hidden = (hidden @ layer.weight.T + layer.bias).tanh()
    torch.testing.assert_close(model(vectors, batch_of(SENTENCES)), hidden)
    assert hidden.size(1) == model.output_size == 2


def test_every_activation_of_the_config_is_there() -> None:
    assert set(ACTIVATIONS) == set(get_args(Activation))


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("name", get_args(Activation))
def test_the_activation_is_applied(name: Activation) -> None:
    model = Window(WindowConfig(left=1, right=1, hidden=(5,), activation=name), 3).eval()
    vectors = torch.randn(7, 3)
    sums = time_delay_by_hand(model.delay, vectors, SENTENCES)
    by_hand = {
        "none": sums,
        "sigmoid": 1 / (1 + (-sums).exp()),
        "tanh": sums.tanh(),
        "relu": sums.clamp(min=0),
        "leaky_relu": torch.where(sums > 0, sums, 0.01 * sums),
        "elu": torch.where(sums > 0, sums, sums.exp() - 1),
        "gelu": sums * (1 + (sums / 2**0.5).erf()) / 2,
        "silu": sums / (1 + (-sums).exp()),
    }
    torch.testing.assert_close(model(vectors, batch_of(SENTENCES)), by_hand[name])


@pytest.mark.usefixtures("seed")
def test_dropout_drops_hidden_units_in_training_only() -> None:
    model = Window(WindowConfig(left=1, right=1, hidden=(400,), activation="sigmoid", dropout=0.25), 3)
    vectors, batch = torch.randn(7, 3), batch_of(SENTENCES)
    in_use, in_training = model.eval()(vectors, batch), model.train()(vectors, batch)
    kept = in_training != 0
    torch.testing.assert_close(in_training[kept], in_use[kept] / 0.75)
    # Four standard deviations of a proportion of 3,600 are 0.029.
    assert kept.float().mean().item() == pytest.approx(0.75, abs=0.029)
    assert in_use.all()


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(("left", "right"), REACHES)
def test_a_token_depends_only_on_the_words_in_its_window(left: int, right: int) -> None:
    model = Window(
        WindowConfig(
            left=left,
            right=right,
            hidden=(
                6,
                5,
            ),
            activation="tanh",
        ),
        3,
    ).eval()
    vectors = torch.randn(4, 3)
    length, token = 17, 8
    before = model(vectors, batch_of([[1] * length, [2]]))[token]
    for place in range(length):
        changed = [1] * length
        changed[place] = 3
        after = model(vectors, batch_of([changed, [2]]))[token]
        within = -left <= place - token <= right
        assert torch.allclose(after, before, rtol=0, atol=1e-6) != within, f"the word at {place - token:+}"


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("activation", get_args(Activation))
def test_gradients(activation: Activation) -> None:
    model = (
        Window(
            WindowConfig(
                left=1,
                right=2,
                hidden=(
                    3,
                    2,
                ),
                activation=activation,
            ),
            2,
        )
        .double()
        .eval()
    )
    vectors = torch.randn(7, 2, dtype=torch.float64, requires_grad=True)
    # gradcheck changes its inputs in place, so that the weights need not be handed to the model
    assert gradcheck(lambda vectors, *_: model(vectors, batch_of(SENTENCES)), (vectors, *model.parameters()))


@pytest.mark.usefixtures("seed")
def test_gradients_are_those_of_the_product_with_the_concatenated_window() -> None:
    layer = TimeDelay(3, 4, 2, 1)
    vectors = torch.randn(7, 3, requires_grad=True)
    wanted = [vectors, *layer.parameters()]
    towards = torch.randn(9, 4)
    fast = torch.autograd.grad((layer(vectors, batch_of(SENTENCES)) * towards).sum(), wanted)
    plain = torch.autograd.grad((time_delay_by_hand(layer, vectors, SENTENCES) * towards).sum(), wanted)
    for one, other in zip(fast, plain, strict=True):
        torch.testing.assert_close(one, other)
