"""Recurrent layers over whole sentences, with their input products taken from a table."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger.batches import ROUND
from postagger.inference.affine import Affine
from postagger.models.layers.time_steps import Steps


class Layer(ABC):
    """One of torch's recurrent layers, with both directions computed in the same step.

    The weights are scaled so that every tanh can be computed from a sigmoid, which is many times as fast
    in torch: ``tanh(x / 2) = 2 s(x) - 1``.

    Attributes:
        inputs: the inputs' part of the gates, ``(n, size)`` to ``(n, directions * gates * hidden)``.
    """

    inputs: Affine

    def __init__(self, layer: nn.RNNBase, number: int, dtype: torch.dtype) -> None:
        """
        Args:
            number: the layer's number, from 0.
            dtype: of the gates and states; the first layer's input weights are always float32.
        """
        suffixes = ("", "_reverse") if layer.bidirectional else ("",)
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        inputs, states, bias, other = (
            torch.stack([layer.get_parameter(f"{kind}_l{number}{suffix}").detach() for suffix in suffixes])
            for kind in kinds
        )  # (directions, gates * hidden, size or hidden); the biases have no last axis
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
        """Returns 2 for each gate with a tanh and 1 for the others: ``(gates,)``."""

    def within(self, bias: Tensor) -> Tensor:
        """The part of the recurrent bias that must be added in each step; the inputs take the rest."""
        return torch.zeros_like(bias)

    @abstractmethod
    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> None:
        """Takes one step in n sentences, in each direction, and updates the state in place.

        Args:
            gates: the inputs' part, ``(directions, n, gates * hidden)``; overwritten.
            hidden, memory: the state, ``(directions, n, hidden)`` each; only an LSTM uses the memory.
        """

    def run(self, rows: Tensor, index: Tensor, steps: Steps, projection: Tensor | None = None) -> Tensor:
        """Computes the outputs of each direction, in its step order.

        Every step reuses the same buffers, and its states are projected immediately (in bfloat16: at the
        end), so that everything stays in the processor's cache.

        Args:
            rows: the output of `inputs` for each word.
            index: ``(tokens,)``, the row of each token.
            steps: the time steps of the batch.
            projection: ``(directions, hidden, size)``, a matrix that multiplies the hidden states; None
                returns them unchanged.

        Returns:
            ``(directions, tokens, size or hidden)``.
        """
        input_gates = rows.view(len(rows) * self.directions, -1)
        places = torch.stack(
            [
                index[order] * self.directions + direction
                for direction, order in enumerate(steps.orders[: self.directions])
            ]
        )  # (directions, tokens)
        most = self._padded(steps.sentences)
        hidden, memory = rows.new_zeros(2, self.directions, most, self.hidden)
        gates = rows.new_empty(self.directions * most, input_gates.size(1))
        in_step = None if self._onednn else projection
        size = self.hidden if in_step is None else in_step.size(2)
        outputs = rows.new_empty(self.directions, len(index), size)
        parts = zip(places.split(steps.sizes, dim=1), outputs.split(steps.sizes, dim=1), strict=True)
        for numbers, part in parts:
            active = numbers.size(1)
            padded = self._padded(active)
            if padded > active:
                numbers = F.pad(numbers, (0, padded - active))
            step_gates = torch.index_select(input_gates, 0, numbers.flatten(), out=gates[: numbers.numel()])
            state = hidden[:, :padded]
            self.step(step_gates.view(self.directions, padded, -1), state, memory[:, :padded])
            part.copy_((state if in_step is None else state.bmm(in_step))[:, :active])
        return outputs if projection is None or in_step is not None else outputs.bmm(projection)

    @property
    def _onednn(self) -> bool:
        """Whether products use oneDNN, which compiles a kernel for every new number of rows."""
        return self.recurrent.dtype == torch.bfloat16

    def _padded(self, active: int) -> int:
        """The number of sentences to compute in a step with this many active ones.

        For oneDNN the number is rounded up with sentences that have ended, if there are enough active
        ones that this costs little.
        """
        return -(-active // ROUND) * ROUND if self._onednn and active > 4 * ROUND else active


class ElmanLayer(Layer):
    """A simple recurrent layer, with tanh or ReLU."""

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
    """Gated recurrent units, with torch's order of gates: reset, update, new."""

    @staticmethod
    def scale(layer: nn.RNNBase) -> Tensor:  # noqa: ARG004
        return torch.tensor([1.0, 1.0, 2.0])

    def within(self, bias: Tensor) -> Tensor:
        """The bias of the new state, which is multiplied by the reset gate."""
        in_step = torch.zeros_like(bias)
        new = bias.size(1) // 3 * 2
        in_step[:, new:] = bias[:, new:]
        return in_step

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> None:  # noqa: ARG002
        split = 2 * self.hidden
        before = torch.baddbmm(self.bias, hidden, self.recurrent)
        reset, update = (gates[..., :split] + before[..., :split]).sigmoid_().chunk(2, dim=2)
        new = _tanh_of_half_(torch.addcmul(gates[..., split:], reset, before[..., split:]))
        torch.lerp(new, hidden, update, out=hidden)


class LstmLayer(Layer):
    """Long short-term memory, with torch's order of gates: input, forget, cell, output."""

    @staticmethod
    def scale(layer: nn.RNNBase) -> Tensor:  # noqa: ARG004
        return torch.tensor([1.0, 1.0, 2.0, 1.0])

    def step(self, gates: Tensor, hidden: Tensor, memory: Tensor) -> None:
        entry, keep, new, out = gates.baddbmm_(hidden, self.recurrent).sigmoid_().chunk(4, dim=2)
        # The cell gate is a sigmoid too, so that one call computes all gates: its tanh is 2 new - 1. The
        # memory is twice the cell state, so that the cell's tanh needs no scaling before the sigmoid.
        memory.mul_(keep).addcmul_(entry, new, value=4).sub_(entry, alpha=2)
        torch.sigmoid(memory, out=hidden).mul_(2).sub_(1).mul_(out)


def make_layers(layers: nn.RNNBase, dtype: torch.dtype) -> list[Layer]:
    """Splits a stack of torch's layers into single layers, lowest first."""
    kinds: dict[type[nn.RNNBase], type[Layer]] = {nn.RNN: ElmanLayer, nn.GRU: GruLayer, nn.LSTM: LstmLayer}
    return [kinds[type(layers)](layers, number, dtype) for number in range(layers.num_layers)]


def _tanh_of_half_(x: Tensor) -> Tensor:
    """Computes ``tanh(x / 2)`` in place."""
    return x.sigmoid_().mul_(2).sub_(1)
