"""A recurrent layer over whole sentences, step by step, from inputs that stand in a table."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger.batches import ROUND
from postagger.inference.affine import Affine
from postagger.models.layers.time_steps import Steps


class Layer(ABC):
    """One of torch's recurrent layers, its directions side by side: a step is a step of each.

    The weights are multiplied by a scale, so that every tanh can be had from a sigmoid, of which
    torch's is many times as fast: ``tanh(x / 2) = 2 s(x) - 1``.

    Attributes:
        inputs: the inputs' share of the gates, ``(n, size)`` to ``(n, directions * gates * hidden)``.
    """

    inputs: Affine

    def __init__(self, layer: nn.RNNBase, number: int, dtype: torch.dtype) -> None:
        """
        Args:
            number: of the layer, from 0 on.
            dtype: of the gates and states. The first layer's inputs are in float32, whatever it is.
        """
        suffixes = ("", "_reverse") if layer.bidirectional else ("",)
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        inputs, states, bias, other = (
            torch.stack([layer.get_parameter(f"{kind}_l{number}{suffix}").detach() for suffix in suffixes])
            for kind in kinds
        )  # (directions, gates * hidden, size or hidden), and the biases without the last
        scale = self.scale(layer).repeat_interleave(layer.hidden_size)  # (gates * hidden,)
        within = self.within(other)
        self.directions, self.hidden = len(suffixes), layer.hidden_size
        self.recurrent = (scale.unsqueeze(1) * states).transpose(1, 2).contiguous().to(dtype)
        self.bias = (scale * within).unsqueeze(1).to(dtype)  # (directions, 1, gates * hidden)
        self.inputs = Affine(
            (scale.unsqueeze(1) * inputs).flatten(0, 1),
            (scale * (bias + other - within)).flatten(),
            dtype=dtype if number else torch.float32,
        )

    @staticmethod
    @abstractmethod
    def scale(layer: nn.RNNBase) -> Tensor:
        """For each gate 2 if its tanh is taken, else 1: ``(gates,)``."""

    def within(self, bias: Tensor) -> Tensor:
        """The part of the states' bias that stays with them; the rest goes to the inputs."""
        return torch.zeros_like(bias)

    @abstractmethod
    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> None:
        """One step of n sentences, in each direction; the state before becomes the state after, in place.

        Args:
            gates: the inputs' share, ``(directions, n, gates * hidden)``; overwritten.
            hidden, memory: the state, ``(directions, n, hidden)`` each; only an LSTM has a memory.
        """

    def run(self, rows: Tensor, index: Tensor, steps: Steps, reading: Tensor | None = None) -> Tensor:
        """What is read from the state after each token, each in its direction's order.

        Every step writes where the one before it has written, and is read at once (in bfloat16: at the end),
        so that all it works on is in the processor's cache.

        Args:
            rows: what `inputs` gave for each word.
            index: ``(tokens,)`` the row of each token.
            reading: ``(directions, hidden, size)``, what hidden states are multiplied by; None: they are
                given as they are.

        Returns:
            ``(directions, tokens, size or hidden)``.
        """
        input_gates = rows.view(len(rows) * self.directions, -1)
        places = torch.stack(
            [
                index[order] * self.directions + way
                for way, order in enumerate(steps.orders[: self.directions])
            ]
        )  # (directions, tokens)
        most = self._taking_part(steps.sentences)
        hidden, memory = rows.new_zeros(2, self.directions, most, self.hidden)
        gates = rows.new_empty(self.directions * most, input_gates.size(1))
        at_once = None if self._onednn else reading
        size = self.hidden if at_once is None else at_once.size(2)
        read = rows.new_empty(self.directions, len(index), size)
        parts = zip(places.split(steps.sizes, dim=1), read.split(steps.sizes, dim=1), strict=True)
        for numbers, part in parts:
            going = numbers.size(1)
            taking_part = self._taking_part(going)
            if taking_part > going:
                numbers = F.pad(numbers, (0, taking_part - going))
            step_gates = torch.index_select(input_gates, 0, numbers.flatten(), out=gates[: numbers.numel()])
            state = hidden[:, :taking_part]
            self.step(step_gates.view(self.directions, taking_part, -1), state, memory[:, :taking_part])
            part.copy_((state if at_once is None else state.bmm(at_once))[:, :going])
        return read if reading is None or at_once is not None else read.bmm(reading)

    @property
    def _onednn(self) -> bool:
        """Whether oneDNN multiplies, which compiles a kernel for every number of rows that it meets."""
        return self.recurrent.dtype == torch.bfloat16

    def _taking_part(self, going: int) -> int:
        """Sentences in a step of so many that still go on: for oneDNN some that have ended fill up a number
        that comes again, where there are so many that it costs little."""
        return -(-going // ROUND) * ROUND if self._onednn and going > 4 * ROUND else going


class ElmanLayer(Layer):
    @staticmethod
    def scale(layer: nn.RNNBase) -> Tensor:
        return torch.tensor([2.0 if layer.mode == "RNN_TANH" else 1.0])

    def __init__(self, layer: nn.RNNBase, number: int, dtype: torch.dtype) -> None:
        super().__init__(layer, number, dtype)
        self.bounded = layer.mode == "RNN_TANH"

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> None:  # noqa: ARG002
        total = gates.baddbmm_(hidden, self.recurrent)
        hidden.copy_(_tanh_of_half_(total) if self.bounded else total.relu_())


class GruLayer(Layer):
    """Torch's order of gates: reset, update, new."""

    @staticmethod
    def scale(layer: nn.RNNBase) -> Tensor:  # noqa: ARG004
        return torch.tensor([1.0, 1.0, 2.0])

    def within(self, bias: Tensor) -> Tensor:
        """The new state's: it is inside of the reset."""
        kept = torch.zeros_like(bias)
        new = bias.size(1) // 3 * 2
        kept[:, new:] = bias[:, new:]
        return kept

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> None:  # noqa: ARG002
        split = 2 * self.hidden
        before = torch.baddbmm(self.bias, hidden, self.recurrent)
        reset, update = (gates[..., :split] + before[..., :split]).sigmoid_().chunk(2, dim=2)
        new = _tanh_of_half_(torch.addcmul(gates[..., split:], reset, before[..., split:]))
        torch.lerp(new, hidden, update, out=hidden)


class LstmLayer(Layer):
    """Torch's order of gates: input, forget, cell, output."""

    @staticmethod
    def scale(layer: nn.RNNBase) -> Tensor:  # noqa: ARG004
        return torch.tensor([1.0, 1.0, 2.0, 1.0])

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> None:
        entry, keep, new, out = gates.baddbmm_(hidden, self.recurrent).sigmoid_().chunk(4, dim=2)
        # The cell's share is a sigmoid too, so that one call does all: its tanh is 2 new - 1. The memory
        # is twice the cell's state, so that its tanh too comes from a sigmoid without a product.
        memory.mul_(keep).addcmul_(entry, new, value=4).sub_(entry, alpha=2)
        torch.sigmoid(memory, out=hidden).mul_(2).sub_(1).mul_(out)


def make_layers(layers: nn.RNNBase, dtype: torch.dtype) -> list[Layer]:
    """Torch's layers on top of each other, the lowest first."""
    kinds: dict[type[nn.RNNBase], type[Layer]] = {nn.RNN: ElmanLayer, nn.GRU: GruLayer, nn.LSTM: LstmLayer}
    return [kinds[type(layers)](layers, number, dtype) for number in range(layers.num_layers)]


def _tanh_of_half_(x: Tensor) -> Tensor:
    """In place."""
    return x.sigmoid_().mul_(2).sub_(1)
