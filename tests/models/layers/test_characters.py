from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from postagger.features import PADDING
from postagger.models.layers.characters import CharacterConvolution, CharacterLstm

WORDS = [[2, 3, 4, 5, 2], [3], [], [1, 1, 2]]


def padded(words: list[list[int]], width: int) -> Tensor:
    return torch.tensor([word + [PADDING] * (width - len(word)) for word in words])


def convolve_by_hand(model: CharacterConvolution, word: list[int]) -> Tensor:
    """At each character, every filter's activation on the window around it; then the maximum, at least 0."""
    kernel, bias = model.convolution.weight, model.convolution.bias  # (filters, size, window), (filters,)
    assert bias is not None
    filters, size, window = kernel.shape
    edge = [torch.zeros(size)] * (window // 2)
    vectors = [*edge, *(model.table.weight[char] for char in word), *edge]
    best = torch.zeros(filters)
    for place in range(len(word)):
        activation = bias.clone()
        for delay in range(window):
            activation = activation + kernel[:, :, delay] @ vectors[place + delay]
        best = torch.maximum(best, activation)
    return best


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("window", [1, 3, 5, 15])
def test_it_is_the_maximum_of_each_filter_over_the_word(window: int) -> None:
    model = CharacterConvolution(6, 3, 8, window)
    expected = torch.stack([convolve_by_hand(model, word) for word in WORDS])
    torch.testing.assert_close(model(padded(WORDS, 5)), expected)


@pytest.mark.usefixtures("seed")
def test_padding_changes_nothing() -> None:
    model = CharacterConvolution(6, 3, 50, 3)
    narrow = model(padded(WORDS, 5))
    torch.testing.assert_close(model(padded(WORDS, 12)), narrow)
    for word, vector in zip(WORDS, narrow, strict=True):
        torch.testing.assert_close(model(padded([word], len(word)))[0], vector)


@pytest.mark.usefixtures("seed")
def test_a_word_without_characters_gives_zeros_whatever_the_bias() -> None:
    model = CharacterConvolution(6, 3, 8, 3)
    torch.nn.init.ones_(model.convolution.bias)  # type: ignore[arg-type]
    vectors = model(padded([[], [2]], 4))
    assert vectors[0].tolist() == [0.0] * 8
    assert vectors[1].gt(0).any()


def test_a_batch_without_characters_gives_zeros() -> None:
    vectors = CharacterConvolution(6, 3, 8, 3)(torch.zeros(3, 0, dtype=torch.long))
    assert vectors.tolist() == [[0.0] * 8] * 3


@pytest.mark.usefixtures("seed")
def test_padding_is_never_trained() -> None:
    model = CharacterConvolution(6, 3, 8, 3)
    model(padded(WORDS, 6)).sum().backward()
    assert model.table.weight.grad is not None
    assert not model.table.weight[PADDING].any()
    assert not model.table.weight.grad[PADDING].any()
    assert model.table.weight.grad[2].any()


@pytest.mark.usefixtures("seed")
def test_gradients() -> None:
    model = CharacterConvolution(6, 2, 3, 3).double()
    characters = padded(WORDS[:1] + WORDS[3:], 6)
    # padding's row has no gradient on purpose: so all weights are checked on words without padding
    full = padded([[2, 3, 4, 5, 2], [5, 4, 1, 1, 3]], 5)
    convolution = tuple(model.convolution.parameters())
    # gradcheck changes its inputs in place, so that the weights need not be handed to the model
    assert gradcheck(lambda *_: model(characters), convolution)
    assert gradcheck(lambda *_: model(full), (model.table.weight, *convolution))


@pytest.mark.usefixtures("seed")
def test_an_lstm_gives_the_final_states_of_both_directions() -> None:
    model = CharacterLstm(6, 3, 8)
    vectors = model(padded(WORDS, 7))
    for word, vector in zip(WORDS, vectors, strict=True):
        if not word:
            assert vector.tolist() == [0.0] * 8
            continue
        states = model.layer(model.table(torch.tensor([word])))[0][0]  # (characters, 8)
        torch.testing.assert_close(vector, torch.cat([states[-1, :4], states[0, 4:]]))


@pytest.mark.usefixtures("seed")
def test_padding_changes_nothing_for_an_lstm_and_is_never_trained() -> None:
    model = CharacterLstm(6, 3, 8)
    torch.testing.assert_close(model(padded(WORDS, 12)), model(padded(WORDS, 5)))
    model(padded(WORDS, 6)).sum().backward()
    assert model.table.weight.grad is not None
    assert not model.table.weight.grad[PADDING].any()
    assert model.table.weight.grad[2].any()


def test_an_lstm_without_any_characters_gives_zeros() -> None:
    assert CharacterLstm(6, 3, 8)(torch.zeros(3, 0, dtype=torch.long)).tolist() == [[0.0] * 8] * 3
