"""An LSTM for the CPU: each layer is one autograd function with a handwritten gradient.

Torch's own layer records every operation of every step and backpropagates through them one by one. At
the sizes of a tagger that costs more than the arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from postagger.models.layers.dropout import dropout
from postagger.models.layers.linear import linear
from postagger.models.layers.time_steps import Steps

_FEW_SENTENCES = 64
"""The largest batch whose steps are computed by one thread."""


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
    rows: list[Tensor] = []
    weights: list[Tensor] = []
    for suffix in ("", "_reverse")[: 1 + layer.bidirectional]:
        names = (f"{part}_l{number}{suffix}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        inputs, recurrent, bias, other = (layer.get_parameter(name) for name in names)
        rows.append(linear(vectors, inputs, bias + other))  # once per word type, not per token
        weights.append(recurrent)
    states: Tensor = _Recurrence.apply(  # type: ignore[no-untyped-call]
        torch.stack(weights), index, steps, *rows
    )
    return states


class _Recurrence(torch.autograd.Function):
    """All time steps of a layer, both directions side by side.

    Gates are in torch's order: input, forget, cell, output. The cell gate's tanh is computed as
    ``tanh(x) = 2 s(2 x) - 1`` with the sigmoid s, which is many times as fast in torch. So one call
    computes all four gates, and one formula their derivatives.

    Shape: weights ``(directions, 4 * hidden, hidden)``, ``(tokens,)`` row numbers, and for each direction
    the inputs' part of the gates, ``(rows, 4 * hidden)``, to states ``(tokens, directions * hidden)``. In
    between everything is ``(directions, tokens, ...)``, in step order.
    """

    @staticmethod
    def forward(ctx: Any, weights: Tensor, index: Tensor, steps: Steps, *rows: Tensor) -> Tensor:
        hidden = weights.size(2)
        places = [index[order] for order in steps.orders[: len(rows)]]  # each token's row, in step order
        gates = weights.new_empty(len(rows), len(index), 4 * hidden)
        for direction, place in enumerate(places):
            torch.index_select(rows[direction], 0, place, out=gates[direction])
        # MKL takes twice as long to multiply by a transposed view of the weights.
        transposed = weights.transpose(1, 2).contiguous()
        for part in (gates, transposed):
            part.chunk(4, dim=2)[2].mul_(2)  # the argument of the cell gate's sigmoid is 2 x
        cells, bounded, states = gates.new_empty(3, len(rows), len(index), hidden).unbind()
        state = cell = gates.new_zeros(len(rows), steps.sentences, hidden)
        with _threads_for(steps.sentences):
            for active, gate, entry, keep, new, out, next_cell, bound, next_state in _by_step(
                steps, gates, *gates.chunk(4, dim=2), cells, bounded, states
            ):
                gate.baddbmm_(state[:, :active], transposed).sigmoid_()
                cell = torch.mul(keep, cell[:, :active], out=next_cell)
                cell.addcmul_(entry, new, value=2).sub_(entry)
                torch.tanh(cell, out=bound)
                state = torch.mul(out, bound, out=next_state)
        ctx.save_for_backward(weights, gates, cells, bounded, states, *places)
        ctx.steps, ctx.rows = steps, [len(each) for each in rows]
        return torch.cat([steps.in_sentences(each, number) for number, each in enumerate(states)], dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Backpropagation through time.

        The derivative of the cell state (for the output gate: of the hidden state) with respect to each
        gate's pre-activation is computed for all steps at once. Then, from the last step to the first, it
        is multiplied by the derivative of the loss with respect to that state (chain rule).
        """
        weights, gates, cells, bounded, states, *places = ctx.saved_tensors
        steps: Steps = ctx.steps
        previous = _previous_tokens(steps.sizes)
        slopes = _slopes(gates, cells, bounded, previous)
        through = gates.chunk(4, dim=2)[3] * (1 - bounded.square())  # d hidden / d cell
        by_state = torch.empty_like(states)
        for direction, part in enumerate(gradient.chunk(len(places), dim=1)):
            torch.index_select(part, 0, steps.orders[direction], out=by_state[direction])
        by_cell = by_state.new_zeros(len(weights), steps.sentences, weights.size(2))

        by_gate = slopes.unflatten(2, (4, -1))  # (directions, tokens, 4, hidden)
        keeps = gates.chunk(4, dim=2)[1]
        backwards = list(
            _by_step(steps, by_gate[:, :, :3], by_gate[:, :, 3], slopes, through, keeps, by_state)
        )[::-1]
        earlier = [step[-1] for step in backwards[1:]]
        with _threads_for(steps.sentences):
            for (active, inner, outer, slope, bend, keep, state), before in zip_longest(backwards, earlier):
                cell = by_cell[:, :active].addcmul_(state, bend)
                inner.mul_(cell.unsqueeze(2))
                outer.mul_(state)
                cell.mul_(keep)
                if before is not None:
                    before[:, :active].baddbmm_(slope, weights)
        by_weights = slopes[:, steps.sentences :].transpose(1, 2) @ states.index_select(1, previous)
        by_rows = (
            torch.ops.aten.embedding_dense_backward(slope, place, count, -1, False)
            for slope, place, count in zip(slopes, places, ctx.rows, strict=True)
        )
        return by_weights, None, None, *by_rows


@contextmanager
def _threads_for(sentences: int) -> Iterator[None]:
    """Keeps torch to one thread if few sentences are active in a step.

    To wake another thread then takes longer than the whole product.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if sentences <= _FEW_SENTENCES else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _by_step(steps: Steps, *values: Tensor) -> Iterator[tuple[Any, ...]]:
    """Yields the number of active sentences of each step, and views of its part of all values.

    Shape: values ``(directions, tokens, ...)`` in step order; views ``(directions, active, ...)``.
    """
    return zip(steps.sizes, *(value.split(steps.sizes, dim=1) for value in values), strict=True)


def _previous_tokens(sizes: list[int]) -> Tensor:
    """For each token after the first step, the index of the previous token of its sentence."""
    # Token r of a step follows token r of the previous step, whose index is lower by that step's size.
    steps = torch.tensor(sizes)
    return torch.arange(sizes[0], sum(sizes)) - steps[:-1].repeat_interleave(steps[1:])


def _slopes(gates: Tensor, cells: Tensor, bounded: Tensor, previous: Tensor) -> Tensor:
    """Derivatives with respect to the gates' pre-activations.

    For the output gate it is the derivative of the hidden state, for the other three that of the cell state.
    """
    first = gates.size(1) - len(previous)
    entry, _, new, _ = gates.chunk(4, dim=2)
    slopes = torch.addcmul(gates, gates, gates, value=-1)  # derivative of the sigmoid
    by_entry, by_keep, by_new, by_out = slopes.chunk(4, dim=2)
    by_entry.mul_(2 * new - 1)
    by_keep[:, :first] = 0  # the initial cell state is 0
    by_keep[:, first:].mul_(cells.index_select(1, previous))
    by_new.mul_(4 * entry)
    by_out.mul_(bounded)
    return slopes
