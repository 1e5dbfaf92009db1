from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from postagger.batches import Batch, TypeTensors
from postagger.config import GruConfig, LstmConfig, RnnConfig
from postagger.models.recurrent import Elman, Gru, Lstm, Recurrent

SENTENCES = [[1, 2], [3, 1, 4, 4, 2], [5], [2, 3, 1]]

State = tuple[Tensor, ...]
Step = Callable[[Tensor, State, Mapping[str, Tensor]], State]
"""Computes the next state from a word vector, the previous state and a layer's weights."""


def batch_of(sentences: list[list[int]]) -> Batch:
    """A batch of rows of word vectors; a context model does not use the types."""
    return Batch(
        TypeTensors.blank(0),
        torch.tensor([row for sentence in sentences for row in sentence]),
        torch.tensor([len(sentence) for sentence in sentences]),
    )


def elman_step(x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
    """``s_t = tanh(W x_t + U s_(t-1) + b)``."""
    (s,) = state
    return (
        torch.tanh(
            weights["weight_ih"] @ x + weights["bias_ih"] + weights["weight_hh"] @ s + weights["bias_hh"]
        ),
    )


def relu_step(x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
    """``s_t = max(0, W x_t + U s_(t-1) + b)``."""
    (s,) = state
    sums = weights["weight_ih"] @ x + weights["bias_ih"] + weights["weight_hh"] @ s + weights["bias_hh"]
    return (sums.clamp(min=0),)


def gru_step(x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
    """Reset gate r, update gate z, candidate n: ``s_t = (1 - z) n + z s_(t-1)``."""
    (s,) = state
    from_word = (weights["weight_ih"] @ x + weights["bias_ih"]).chunk(3)
    from_state = (weights["weight_hh"] @ s + weights["bias_hh"]).chunk(3)
    r = torch.sigmoid(from_word[0] + from_state[0])
    z = torch.sigmoid(from_word[1] + from_state[1])
    n = torch.tanh(from_word[2] + r * from_state[2])
    return ((1 - z) * n + z * s,)


def lstm_step(x: Tensor, state: State, weights: Mapping[str, Tensor]) -> State:
    """Gates i, f, o and candidate g: ``c_t = f c_(t-1) + i g``, ``s_t = o tanh(c_t)``."""
    s, c = state
    sums = weights["weight_ih"] @ x + weights["bias_ih"] + weights["weight_hh"] @ s + weights["bias_hh"]
    i, f, g, o = sums.chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def run_by_hand(model: Recurrent, step: Step, vectors: Tensor, sentences: list[list[int]]) -> Tensor:
    """Sentence by sentence, layer by layer, direction by direction, word by word."""
    weights = dict(model.layer.named_parameters())
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    outputs = []
    for sentence in sentences:
        inputs = [vectors[row] for row in sentence]
        for number in range(model.layer.num_layers):
            read: list[list[Tensor]] = []
            for backwards in (False, True)[: 1 + model.layer.bidirectional]:
                suffix = f"_l{number}_reverse" if backwards else f"_l{number}"
                own = {part: weights[part + suffix] for part in parts}
                state: State = (torch.zeros(model.layer.hidden_size),) * (2 if step is lstm_step else 1)
                states = []
                for x in reversed(inputs) if backwards else inputs:
                    state = step(x, state, own)
                    states.append(state[0])
                read.append(states[::-1] if backwards else states)
            inputs = [torch.cat(both) for both in zip(*read, strict=True)]
        outputs += inputs
    return torch.stack(outputs)


def make(
    kind: str,
    *,
    hidden: int = 4,
    layers: int = 1,
    bidirectional: bool = True,
    dropout: float = 0.25,
    variational: bool = False,
) -> Recurrent:
    """A model over vectors of size 3, in evaluation mode."""
    settings: dict[str, Any] = {
        "hidden": hidden,
        "layers": layers,
        "bidirectional": bidirectional,
        "dropout": dropout,
        "variational": variational,
    }
    models: dict[str, Callable[[], Recurrent]] = {
        "rnn": lambda: Elman(RnnConfig(**settings), 3),
        "relu rnn": lambda: Elman(RnnConfig(activation="relu", **settings), 3),
        "gru": lambda: Gru(GruConfig(**settings), 3),
        "lstm": lambda: Lstm(LstmConfig(**settings), 3),
    }
    return models[kind]().eval()


STEPS: dict[str, Step] = {"rnn": elman_step, "relu rnn": relu_step, "gru": gru_step, "lstm": lstm_step}


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_states_are_those_of_the_equations(kind: str, layers: int, bidirectional: bool) -> None:
    model = make(kind, layers=layers, bidirectional=bidirectional)
    vectors = torch.randn(6, 3)
    states = model(vectors, batch_of(SENTENCES))
    torch.testing.assert_close(states, run_by_hand(model, STEPS[kind], vectors, SENTENCES))
    assert states.size(1) == model.output_size == (8 if bidirectional else 4)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_forget_gates_bias_starts_at_1(layers: int, bidirectional: bool) -> None:
    layer = make("lstm", layers=layers, bidirectional=bidirectional).layer
    weights = dict(layer.named_parameters())
    names = [name.removeprefix("bias_ih") for name in weights if name.startswith("bias_ih")]
    assert len(names) == layers * (1 + bidirectional)
    for name in names:
        sums = weights["bias_ih" + name] + weights["bias_hh" + name]
        i, f, g, o = sums.chunk(4)
        assert f.tolist() == [1.0] * 4
        assert not torch.cat([i, g, o]).eq(1).any()


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("kind", STEPS)
def test_a_sentence_alone_gives_the_same_as_in_a_batch(kind: str) -> None:
    model = make(kind, layers=2)
    vectors = torch.randn(6, 3)
    together = model(vectors, batch_of(SENTENCES)).split([len(sentence) for sentence in SENTENCES])
    for sentence, states in zip(SENTENCES, together, strict=True):
        torch.testing.assert_close(model(vectors, batch_of([sentence])), states, rtol=0, atol=1e-5)


def looks_at(model: Recurrent, token: int, place: int) -> bool:
    """Whether a token's state depends on the word at a given position, in a sentence of 7 words."""
    vectors = torch.randn(3, 3)
    changed = [1] * 7
    changed[place] = 2
    before = model(vectors, batch_of([[1] * 7, [2]]))[token]
    after = model(vectors, batch_of([changed, [2]]))[token]
    return not torch.allclose(before, after, rtol=0, atol=1e-6)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_one_direction_looks_to_the_left_only(kind: str) -> None:
    model = make(kind, layers=2, bidirectional=False)
    assert [looks_at(model, 3, place) for place in range(7)] == [True] * 4 + [False] * 3


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_both_directions_look_at_the_whole_sentence(kind: str) -> None:
    model = make(kind)
    assert all(looks_at(model, 3, place) for place in range(7))


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_dropout_drops_units_in_training_only(kind: str, layers: int) -> None:
    model = make(kind, hidden=200, layers=layers)
    assert model.layer.dropout == (0.25 if layers > 1 else 0)  # torch's own: between layers
    vectors, batch = torch.randn(6, 3), batch_of(SENTENCES)
    assert model.eval()(vectors, batch).all()
    dropped = model.train()(vectors, batch) == 0
    # Four standard deviations of a proportion of 4,400 are 0.026.
    assert dropped.float().mean().item() == pytest.approx(0.25, abs=0.026)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_variational_dropout_draws_one_mask_for_each_sentence(kind: str) -> None:
    model = make(kind, hidden=50, variational=True).train()
    batch = batch_of(SENTENCES)
    dropped = model(torch.randn(6, 3), batch) == 0
    masks = dropped.split(batch.lengths.tolist())
    assert all(mask.equal(mask[:1].expand_as(mask)) for mask in masks)
    assert len({tuple(mask[0].tolist()) for mask in masks}) == len(masks)
    assert dropped.float().mean().item() == pytest.approx(0.25, abs=0.15)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_gradients(kind: str) -> None:
    model = make(kind, hidden=2).double()
    vectors = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    # gradcheck changes its inputs in place, so that the weights need not be handed to the model
    assert gradcheck(lambda vectors, *_: model(vectors, batch_of(SENTENCES)), (vectors, *model.parameters()))
