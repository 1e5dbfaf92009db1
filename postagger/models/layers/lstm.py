"""An LSTM for the CPU: each layer is one autograd function with a handwritten gradient.

Torch's own layer records every operation of every step and backpropagates through them one by one. At
the sizes of a tagger that costs more than the arithmetic.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from postagger.models.layers.dropout import dropout
from postagger.models.layers.linear import linear
from postagger.models.layers.time_steps import Steps


def lstm(layer: nn.LSTM, vectors: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
    """Runs an `nn.LSTM` over a batch of sentences; equal to torch's own result up to rounding.

    Args:
        vectors: ``(types, size)``.
        index: ``(tokens,)``, each token's row in `vectors`.
        lengths: ``(sentences,)``, none of them 0.

    Returns:
        ``(tokens, directions * hidden)``.
    """
    steps = Steps(lengths)
    states = _layer(layer, 0, vectors, index, steps)
    for number in range(1, layer.num_layers):
        vectors = dropout(states, layer.dropout) if layer.training and layer.dropout else states
        states = _layer(layer, number, vectors, torch.arange(len(index)), steps)
    return states


def _layer(layer: nn.LSTM, number: int, vectors: Tensor, index: Tensor, steps: Steps) -> Tensor:
    """Runs one layer in one or both directions; shapes as in `lstm`."""
    input_gates: list[Tensor] = []
    weights: list[Tensor] = []
    for suffix, order in zip(("", "_reverse")[: 1 + layer.bidirectional], steps.orders, strict=False):
        names = (f"{part}_l{number}{suffix}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        inputs, recurrent, bias, other = (layer.get_parameter(name) for name in names)
        rows = linear(vectors, inputs, bias + other)  # once per word type, not per token
        input_gates.append(F.embedding(index[order], rows))  # (tokens, 4 * hidden), in step order
        weights.append(recurrent)
    states: Tensor = _Recurrence.apply(  # type: ignore[no-untyped-call]
        torch.stack(input_gates), torch.stack(weights), steps.sizes
    )
    return torch.cat([steps.in_sentences(each, direction) for direction, each in enumerate(states)], dim=1)


class _Recurrence(torch.autograd.Function):
    """All time steps of a layer, both directions side by side.

    Gates are in torch's order: input, forget, cell, output. The cell gate's tanh is computed as
    ``tanh(x) = 2 s(2 x) - 1`` with the sigmoid s, which is many times as fast in torch. So one call
    computes all four gates, and one formula their derivatives.

    Shape: the inputs' part of the gates ``(directions, tokens, 4 * hidden)``, in step order, and
    weights ``(directions, 4 * hidden, hidden)`` to states ``(directions, tokens, hidden)``.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weights: Tensor, sizes: list[int]) -> Tensor:
        """
        Args:
            sizes: the number of sentences in each step.
        """
        directions, tokens, _ = inputs.shape
        hidden = weights.size(2)
        gates = torch.empty_like(inputs)
        cells, bounded, states = inputs.new_empty(3, directions, tokens, hidden).unbind()
        state = cell = inputs.new_zeros(directions, sizes[0], hidden)
        transposed = weights.transpose(1, 2)
        buffers = (inputs, gates, *gates.chunk(4, dim=2), cells, bounded, states)
        steps = zip(sizes, *(buffer.split(sizes, dim=1) for buffer in buffers), strict=True)
        for active, from_input, gate, entry, keep, new, out, next_cell, bound, next_state in steps:
            torch.baddbmm(from_input, state[:, :active], transposed, out=gate)
            new.mul_(2)
            gate.sigmoid_()
            cell = torch.mul(keep, cell[:, :active], out=next_cell).addcmul_(entry, new, value=2).sub_(entry)
            torch.tanh(cell, out=bound)
            state = torch.mul(out, bound, out=next_state)
        ctx.save_for_backward(weights, gates, cells, bounded, states)
        ctx.sizes = sizes
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        """Backpropagation through time.

        The derivative of the cell state (for the output gate: of the hidden state) with respect to each
        gate's pre-activation is computed for all steps at once. Then, from the last step to the first, it
        is multiplied by the derivative of the loss with respect to that state (chain rule).
        """
        weights, gates, cells, bounded, states = ctx.saved_tensors
        sizes: list[int] = ctx.sizes
        previous = _previous_tokens(sizes)
        slopes = _slopes(gates, cells, bounded, previous)
        through = gates.chunk(4, dim=2)[3] * (1 - bounded.square())  # hidden by cell state
        by_state = gradient.clone(memory_format=torch.contiguous_format)
        by_cell = by_state.new_zeros(len(weights), sizes[0], weights.size(2))

        by_gate = slopes.unflatten(2, (4, -1))  # (directions, tokens, 4, hidden)
        keeps = gates.chunk(4, dim=2)[1]
        buffers = (by_gate[:, :, :3], by_gate[:, :, 3], slopes, through, keeps, by_state)
        steps = list(zip(sizes, *(buffer.split(sizes, dim=1) for buffer in buffers), strict=True))
        for number in reversed(range(len(steps))):
            active, inner, outer, slope, bend, keep, state = steps[number]
            cell = by_cell[:, :active].addcmul_(state, bend)
            inner.mul_(cell.unsqueeze(2))
            outer.mul_(state)
            cell.mul_(keep)
            if number:
                steps[number - 1][-1][:, :active].baddbmm_(slope, weights)
        return slopes, slopes[:, sizes[0] :].transpose(1, 2) @ states[:, previous], None


def _previous_tokens(sizes: list[int]) -> Tensor:
    """For each token after the first step, the index of the previous token of its sentence."""
    # Token r of a step follows token r of the previous step, whose index is lower by that step's size.
    steps = torch.tensor(sizes)
    return torch.arange(sizes[0], sum(sizes)) - steps[:-1].repeat_interleave(steps[1:])


def _slopes(gates: Tensor, cells: Tensor, bounded: Tensor, previous: Tensor) -> Tensor:
    """Derivatives with respect to the pre-activations: of the hidden state for the output gate, of the cell
    state for the other three."""
    first = gates.size(1) - len(previous)
    entry, _, new, _ = gates.chunk(4, dim=2)
    slopes = gates - gates.square()  # derivative of the sigmoid
    by_entry, by_keep, by_new, by_out = slopes.chunk(4, dim=2)
    by_entry.mul_(2 * new - 1)
    by_keep[:, :first] = 0  # the initial cell state is 0
    by_keep[:, first:].mul_(cells.index_select(1, previous))
    by_new.mul_(4 * entry)
    by_out.mul_(bounded)
    return slopes
