"""Long short-term memory on the CPU: a whole layer as one function, with the gradient written out.

Torch's own layer records every operation of every step, and goes back through them one by one. On
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
    """What an LSTM of torch's makes of some sentences, to within rounding.

    Args:
        vectors: ``(types, size)``.
        index: ``(tokens,)`` the row in `vectors` of each token.
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
    """One layer, in one direction or two; shapes as in `lstm`."""
    input_gates: list[Tensor] = []
    weights: list[Tensor] = []
    for suffix, order in zip(("", "_reverse")[: 1 + layer.bidirectional], steps.orders, strict=False):
        names = (f"{part}_l{number}{suffix}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        inputs, recurrent, bias, other = (layer.get_parameter(name) for name in names)
        rows = linear(vectors, inputs, bias + other)  # once per row, not per token
        input_gates.append(F.embedding(index[order], rows))  # (tokens, 4 * hidden), step by step
        weights.append(recurrent)
    states: Tensor = _Recurrence.apply(  # type: ignore[no-untyped-call]
        torch.stack(input_gates), torch.stack(weights), steps.sizes
    )
    return torch.cat([steps.in_sentences(each, way) for way, each in enumerate(states)], dim=1)


class _Recurrence(torch.autograd.Function):
    """All steps of a layer, both directions side by side.

    Torch's order of gates: input, forget, cell, output. The cell's share, a tanh, is found as
    ``tanh(x) = 2 s(2 x) - 1``, s being the sigmoid, of which torch's is many times as fast: so one
    call does all four, and one derivative.

    Shape: the inputs' share of the gates ``(directions, tokens, 4 * hidden)``, step by step, and
    weights ``(directions, 4 * hidden, hidden)`` to states ``(directions, tokens, hidden)``.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weights: Tensor, sizes: list[int]) -> Tensor:
        """
        Args:
            sizes: sentences of each step.
        """
        directions, tokens, _ = inputs.shape
        hidden = weights.size(2)
        gates = torch.empty_like(inputs)
        cells, bounded, states = inputs.new_empty(3, directions, tokens, hidden).unbind()
        state = cell = inputs.new_zeros(directions, sizes[0], hidden)
        transposed = weights.transpose(1, 2)
        buffers = (inputs, gates, *gates.chunk(4, dim=2), cells, bounded, states)
        steps = zip(sizes, *(buffer.split(sizes, dim=1) for buffer in buffers), strict=True)
        for going, share, gate, entry, keep, new, out, next_cell, bound, next_state in steps:
            torch.baddbmm(share, state[:, :going], transposed, out=gate)
            new.mul_(2)
            gate.sigmoid_()
            cell = torch.mul(keep, cell[:, :going], out=next_cell).addcmul_(entry, new, value=2).sub_(entry)
            torch.tanh(cell, out=bound)
            state = torch.mul(out, bound, out=next_state)
        ctx.save_for_backward(weights, gates, cells, bounded, states)
        ctx.sizes = sizes
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        """Backpropagation through time.

        The slope of the cell (for the output gate: of the state) by each gate's sum is known for all
        steps at once. Step by step, from the last, it is multiplied by the slope of the loss by the
        cell (the state), and so becomes that of the loss by the gate's sum.
        """
        weights, gates, cells, bounded, states = ctx.saved_tensors
        sizes: list[int] = ctx.sizes
        before = _before(sizes)
        slopes = _slopes(gates, cells, bounded, before)
        through = gates.chunk(4, dim=2)[3] * (1 - bounded.square())  # the state by the cell
        by_state = gradient.clone(memory_format=torch.contiguous_format)
        by_cell = by_state.new_zeros(len(weights), sizes[0], weights.size(2))

        by_gate = slopes.unflatten(2, (4, -1))  # (directions, tokens, 4, hidden)
        keeps = gates.chunk(4, dim=2)[1]
        buffers = (by_gate[:, :, :3], by_gate[:, :, 3], slopes, through, keeps, by_state)
        steps = list(zip(sizes, *(buffer.split(sizes, dim=1) for buffer in buffers), strict=True))
        for number in reversed(range(len(steps))):
            going, inner, outer, slope, bend, keep, state = steps[number]
            cell = by_cell[:, :going].addcmul_(state, bend)
            inner.mul_(cell.unsqueeze(2))
            outer.mul_(state)
            cell.mul_(keep)
            if number:
                steps[number - 1][-1][:, :going].baddbmm_(slope, weights)
        return slopes, slopes[:, sizes[0] :].transpose(1, 2) @ states[:, before], None


def _before(sizes: list[int]) -> Tensor:
    """For each token after the first step, the place of the token before it in its sentence."""
    # The r-th of a step follows the r-th of the step before, which stands that step's size before it.
    steps = torch.tensor(sizes)
    return torch.arange(sizes[0], sum(sizes)) - steps[:-1].repeat_interleave(steps[1:])


def _slopes(gates: Tensor, cells: Tensor, bounded: Tensor, before: Tensor) -> Tensor:
    """Derivatives by the gates' sums: of the cell by three of them, of the state by the output gate's."""
    first = gates.size(1) - len(before)
    entry, _, new, _ = gates.chunk(4, dim=2)
    slopes = gates - gates.square()  # the sigmoid's
    by_entry, by_keep, by_new, by_out = slopes.chunk(4, dim=2)
    by_entry.mul_(2 * new - 1)
    by_keep[:, :first] = 0  # the cell before the first step
    by_keep[:, first:].mul_(cells.index_select(1, before))
    by_new.mul_(4 * entry)
    by_out.mul_(bounded)
    return slopes
