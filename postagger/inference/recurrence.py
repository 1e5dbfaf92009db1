"""A recurrent layer over whole sentences, step by step, from inputs that stand in a table."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from postagger.inference.affine import Affine
from postagger.models.steps import Steps

Dtypes = tuple[torch.dtype, torch.dtype]
"""Of a layer's inputs, and of its states and gates."""


class Cell(ABC):
    """One direction of one of torch's recurrent layers.

    Attributes:
        inputs: the input's share of the gates, ``(n, size)`` to ``(n, gates * hidden)``.
    """

    inputs: Affine

    @abstractmethod
    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One step of n sentences.

        Args:
            gates: the input's share, ``(n, gates * hidden)``; overwritten.
            hidden, memory: the state before, ``(n, hidden)`` each; only an LSTM has a memory.

        Returns:
            The state after.
        """


class ElmanCell(Cell):
    def __init__(self, layer: nn.RNN, name: str, dtypes: Dtypes) -> None:
        self.bounded = layer.nonlinearity == "tanh"
        scale = torch.full((layer.hidden_size,), 2.0 if self.bounded else 1.0)
        self.inputs, self.recurrent = _affine(layer, name, dtypes, scale)

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        total = self.recurrent.plus(hidden, gates)
        return _tanh_of_half_(total) if self.bounded else total.relu_(), memory


class GruCell(Cell):
    def __init__(self, layer: nn.GRU, name: str, dtypes: Dtypes) -> None:
        # Torch's gates: reset, update, new. The new state's bias of the recurrence is inside of the reset.
        self.split = 2 * layer.hidden_size
        scale = torch.ones(3 * layer.hidden_size)
        scale[self.split :] = 2
        within = layer.get_parameter(f"bias_hh_{name}").detach().clone()
        within[: self.split] = 0
        self.inputs, self.recurrent = _affine(layer, name, dtypes, scale, within)

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        before = self.recurrent(hidden)
        both = (gates[:, : self.split] + before[:, : self.split]).sigmoid_()
        reset, update = both.chunk(2, dim=1)
        new = _tanh_of_half_(torch.addcmul(gates[:, self.split :], reset, before[:, self.split :]))
        return new.lerp_(hidden, update), memory


class LstmCell(Cell):
    def __init__(self, layer: nn.LSTM, name: str, dtypes: Dtypes) -> None:
        # Torch's gates: input, forget, cell, output.
        scale = torch.ones(4, layer.hidden_size)
        scale[2] = 2
        self.inputs, self.recurrent = _affine(layer, name, dtypes, scale.flatten())

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        entry, keep, new, out = self.recurrent.plus(hidden, gates).sigmoid_().chunk(4, dim=1)
        # The cell's share is a sigmoid too, so that one call does all: its tanh is 2 new - 1.
        memory = (keep * memory).addcmul_(entry, new, value=2).sub_(entry)
        return _tanh_of_half_(2 * memory).mul_(out), memory


def _affine(
    layer: nn.RNNBase, name: str, dtypes: Dtypes, scale: Tensor, within: Tensor | None = None
) -> tuple[Affine, Affine]:
    """Of one direction: the inputs' and the states' share of the gates, multiplied by `scale`.

    Args:
        within: the part of the bias that stays with the states; the rest goes to the inputs.
    """
    ours, theirs = dtypes
    parameters = (f"weight_ih_{name}", f"weight_hh_{name}", f"bias_ih_{name}", f"bias_hh_{name}")
    inputs, states, bias, other = (layer.get_parameter(each).detach() for each in parameters)
    column = scale.unsqueeze(1)
    rest = bias + other if within is None else bias + other - within
    own = None if within is None else scale * within
    return Affine(column * inputs, scale * rest, dtype=ours), Affine(column * states, own, dtype=theirs)


def _tanh_of_half_(x: Tensor) -> Tensor:
    """``tanh(x / 2) = 2 s(x) - 1`` in place, s being the sigmoid, of which torch's is many times as fast."""
    return x.sigmoid_().mul_(2).sub_(1)


class Layer:
    """One recurrent layer, in one direction or two."""

    def __init__(self, layer: nn.RNNBase, number: int, dtype: torch.dtype) -> None:
        """
        Args:
            dtype: of the gates and states. The first layer's inputs are in float32, whatever it is.
        """
        kinds = {nn.RNN: ElmanCell, nn.GRU: GruCell, nn.LSTM: LstmCell}
        suffixes = ("", "_reverse") if layer.bidirectional else ("",)
        dtypes = (dtype if number else torch.float32, dtype)
        self.cells: list[Cell] = [
            kinds[type(layer)](layer, f"l{number}{suffix}", dtypes) for suffix in suffixes
        ]
        self.hidden = layer.hidden_size

    def inputs(self, vectors: Tensor) -> Tensor:
        """The inputs' share of all gates: ``(n, size)`` to ``(n, directions * gates * hidden)``."""
        return torch.cat([cell.inputs(vectors) for cell in self.cells], dim=1)

    def run(self, rows: Tensor, index: Tensor, steps: Steps) -> list[Tensor]:
        """The state after each token, for each direction: ``(tokens, hidden)``, in the direction's order.

        Args:
            rows: what `inputs` gave for each word.
            index: ``(tokens,)`` the row of each token.
        """
        states = []
        shares = rows.chunk(len(self.cells), dim=1)
        for cell, share, order in zip(self.cells, shares, steps.orders, strict=False):
            hidden = memory = rows.new_zeros(steps.sentences, self.hidden)
            reached = []
            for numbers in index[order].split(steps.sizes):
                going = len(numbers)
                hidden, memory = cell.step(share.index_select(0, numbers), hidden[:going], memory[:going])
                reached.append(hidden)
            states.append(torch.cat(reached))
        return states
