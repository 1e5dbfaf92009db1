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

from postagger.models.dropout import dropout
from postagger.models.linear import linear
from postagger.models.steps import Steps


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
    shares: list[Tensor] = []
    weights: list[Tensor] = []
    for suffix, order in zip(("", "_reverse")[: 1 + layer.bidirectional], steps.orders, strict=False):
        names = (f"{part}_l{number}{suffix}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        inputs, recurrent, bias, other = (layer.get_parameter(name) for name in names)
        rows = linear(vectors, inputs, bias + other)  # once per row, not per token
        shares.append(F.embedding(index[order], rows))  # (tokens, 4 * hidden), step by step
        weights.append(recurrent)
    states: Tensor = _Recurrence.apply(  # type: ignore[no-untyped-call]
        torch.stack(shares), torch.stack(weights), steps.sizes
    )
    return torch.cat([steps.in_sentences(each, way) for way, each in enumerate(states)], dim=1)


class _Recurrence(torch.autograd.Function):
    """All steps of a layer, both directions side by side.

    Shape: the inputs' share of the gates ``(directions, tokens, 4 * hidden)``, step by step, and
    weights ``(directions, 4 * hidden, hidden)`` to states ``(directions, tokens, hidden)``.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weights: Tensor, sizes: list[int]) -> Tensor:
        """
        Args:
            sizes: sentences of each step.
        """
        hidden = weights.size(2)
        gates = torch.empty_like(inputs)  # in torch's order: input, forget, cell, output
        cells, bounded, states = inputs.new_empty(3, inputs.size(0), inputs.size(1), hidden).unbind()
        state = cell = inputs.new_zeros(inputs.size(0), sizes[0], hidden)
        transposed = weights.transpose(1, 2)
        steps = (each.split(sizes, dim=1) for each in (inputs, gates, cells, bounded, states))
        for share, gate, next_cell, bound, next_state in zip(*steps, strict=True):
            going = share.size(1)
            torch.baddbmm(share, state[:, :going], transposed, out=gate)
            entry, keep, new, out = gate.chunk(4, dim=2)
            gate[:, :, : 2 * hidden].sigmoid_()
            new.tanh_()
            out.sigmoid_()
            torch.mul(keep, cell[:, :going], out=next_cell).addcmul_(entry, new)
            torch.tanh(next_cell, out=bound)
            torch.mul(out, bound, out=next_state)
            state, cell = next_state, next_cell
        ctx.save_for_backward(weights, gates, cells, bounded, states)
        ctx.sizes = sizes
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        """Backpropagation through time.

        What each gate's sum does to the cell or, for the output gate, to the state is known for all
        steps at once; step by step this slope is multiplied by what the cell or the state does to the loss.
        """
        weights, gates, cells, bounded, states = ctx.saved_tensors
        sizes: list[int] = ctx.sizes
        first = sizes[0]
        before = _before(sizes)
        slopes = _slopes(gates, cells, bounded, before)
        to_cell = gates.chunk(4, dim=2)[3] * (1 - bounded.square())
        for_state = gradient.clone(memory_format=torch.contiguous_format)
        for_cell = for_state.new_zeros(len(weights), first, weights.size(2))

        by_gate = slopes.unflatten(2, (4, -1))  # (directions, tokens, 4, hidden)
        keeps = gates.chunk(4, dim=2)[1]
        parts = (by_gate[:, :, :3], by_gate[:, :, 3], slopes, to_cell, keeps, for_state)
        steps = list(zip(*(each.split(sizes, dim=1) for each in parts), strict=True))
        for number in range(len(sizes) - 1, -1, -1):
            inner, outer, slope, through, keep, of_state = steps[number]
            of_cell = for_cell[:, : sizes[number]]
            of_cell.addcmul_(of_state, through)
            inner.mul_(of_cell.unsqueeze(2))
            outer.mul_(of_state)
            of_cell.mul_(keep)
            if number:
                steps[number - 1][-1][:, : sizes[number]].baddbmm_(slope, weights)
        for_weights = slopes[:, first:].transpose(1, 2) @ states[:, before]
        return slopes, for_weights, None


def _before(sizes: list[int]) -> Tensor:
    """For each token after the first step, the place of the token before it in its sentence."""
    # The r-th token of a step follows the r-th of the step before, which stands that step's size before it.
    jumps = torch.tensor(sizes[:-1], dtype=torch.long).repeat_interleave(
        torch.tensor(sizes[1:], dtype=torch.long)
    )
    return torch.arange(sizes[0], sum(sizes)) - jumps


def _slopes(gates: Tensor, cells: Tensor, bounded: Tensor, before: Tensor) -> Tensor:
    """Derivatives by the gates' sums: of the cell by three of them, of the state by the output gate's."""
    entry, keep, new, out = gates.chunk(4, dim=2)
    previous = torch.zeros_like(cells)
    previous[:, cells.size(1) - len(before) :] = cells[:, before]
    parts = (
        new * entry * (1 - entry),
        previous * keep * (1 - keep),
        entry * (1 - new.square()),
        bounded * out * (1 - out),
    )
    return torch.cat(parts, dim=2)
