"""Recurrent layers over whole sentences, without padding, and with both directions in each step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from postagger.runtime.network import Floats, Integers

_SENTENCES = 128
"""Sentences processed at a time, few enough that their gates stay in the processor's cache."""

_BLOCK = 512
"""Tokens whose states are kept before they are passed on."""

_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)


class Steps:
    """The time steps of a recurrence over some sentences, in both directions.

    Step t holds the t-th token, from the start or from the end, of every sentence that has one, longest
    sentences first. The steps of both directions have the same sizes.

    Attributes:
        sentences: ``(sentences,)``, the numbers of the sentences, longest first.
        sizes: the number of sentences in each step.
        tokens: ``(tokens,)``, the tokens in the order of the forward steps.
        mirror: ``(tokens,)``, for each token in the order of one direction, its place in that of the other.
        last: ``(sentences,)``, the place of each sentence's last step.
    """

    def __init__(self, sentences: Integers, lengths: Integers, starts: Integers) -> None:
        """
        Args:
            sentences: the numbers of the sentences, longest first.
            lengths: ``(sentences,)``, their lengths, none of them 0.
            starts: ``(sentences,)``, the number of the first token of each.
        """
        self.sentences = sentences
        # As many sentences have a step as are longer than its number.
        sizes = len(lengths) - np.searchsorted(lengths[::-1], np.arange(lengths[0]), side="right")
        before = sizes.cumsum() - sizes  # (steps,), the place of the first token of each step
        step = np.arange(len(sizes)).repeat(sizes)  # (tokens,)
        sentence = np.arange(len(step)) - before.repeat(sizes)
        self.sizes: list[int] = sizes.tolist()
        self.tokens: Integers = starts[sentence] + step
        self.mirror: Integers = before[lengths[sentence] - 1 - step] + sentence
        self.last: Integers = before[lengths - 1] + np.arange(len(lengths))

    @classmethod
    def groups(cls, lengths: Integers) -> Iterator[Steps]:
        """Yields the steps of groups of sentences of similar lengths.

        Args:
            lengths: ``(sentences,)``, none of them 0.
        """
        order = np.argsort(-lengths, kind="stable")
        starts = lengths.cumsum() - lengths
        for first in range(0, len(order), _SENTENCES):
            group = order[first : first + _SENTENCES]
            yield cls(group, lengths[group], starts[group])


class Layer(ABC):
    """One recurrent layer; both directions are computed in the same step.

    Every sigmoid is computed from a tanh, ``s(x) = tanh(x / 2) / 2 + 1 / 2``: the weights hold the halves
    inside, and a step adds 1 to the gates and multiplies by the halves outside later, in fewer numbers.

    Attributes:
        directions: 1 or 2.
        hidden: the size of the state of one direction.
        width: the size of the inputs' part of the gates of all directions.
    """

    scale: ClassVar[tuple[float, ...]]
    """For each gate, what its weights are multiplied by."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], prefix: str, number: int) -> None:
        """
        Args:
            weights: those of the network, by name.
            prefix: how the names of the layer's weights begin.
            number: the layer's number, from 0.
        """
        suffixes = [
            suffix
            for suffix in (f"_l{number}", f"_l{number}_reverse")
            if f"{prefix}weight_hh{suffix}" in weights
        ]
        inputs, recurrent, bias, other = (
            np.stack([self._scaled(weights[f"{prefix}{kind}{suffix}"]) for suffix in suffixes])
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )  # (directions, gates * hidden, size or hidden); the biases have no last axis
        self.directions, gates, self.hidden = recurrent.shape
        self.width = self.directions * gates
        by_gate = recurrent.reshape(self.directions, -1, self.hidden, self.hidden)
        self._recurrent = np.ascontiguousarray(by_gate.transpose(1, 0, 3, 2))  # (gates, directions, ...)
        self._within = self._bias_within(other)
        self._weight = np.ascontiguousarray(inputs.reshape(self.width, -1).T)
        self._bias = (bias + other - self._within).reshape(-1)

    def _scaled(self, weight: Floats) -> Floats:
        """Scales the rows of each gate: ``(gates * hidden, ...)`` to the same."""
        scale = np.array(self.scale, np.float32).repeat(len(weight) // len(self.scale))
        scaled: Floats = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
        return scaled

    def _bias_within(self, bias: Floats) -> Floats:
        """The part of the recurrent bias that must be added in each step; the inputs take the rest."""
        return np.zeros_like(bias)

    def inputs(self, vectors: Floats) -> Floats:
        """The inputs' part of the gates: ``(n, size)`` to ``(n, width)``."""
        gates = vectors @ self._weight
        gates += self._bias
        return gates

    @abstractmethod
    def _step(self, inputs: Floats, gates: Floats, hidden: Floats, memory: Floats) -> Callable[[], None]:
        """Returns a function that takes one step in n sentences, and updates the state in place.

        Args:
            inputs: the inputs' part of the gates, ``(gates, directions, n, hidden)``.
            gates: the states' part, without a bias; overwritten.
            hidden, memory: the state, ``(directions, n, hidden)`` each; only an LSTM uses the memory.
        """

    def blocks(self, rows: Floats, index: Integers, steps: Steps) -> Iterator[Floats]:
        """Computes the states of each direction, in its step order.

        Args:
            rows: the output of `inputs` for each word.
            index: ``(tokens,)``, the row of each token, in the order of the forward steps.

        Yields:
            The states of consecutive tokens, ``(directions, n, hidden)``; overwritten by the next block.
        """
        by_direction = rows.reshape(len(rows) * self.directions, -1)
        orders = (index, index[steps.mirror])[: self.directions]
        places = np.stack([order * self.directions + number for number, order in enumerate(orders)])
        most = steps.sizes[0]
        inputs, gates = np.empty((2, most * self.width), np.float32)
        state = np.zeros((2, self.directions, most, self.hidden), np.float32)
        block = np.empty((self.directions, max(most, min(_BLOCK, len(index))), self.hidden), np.float32)
        first = filled = active = 0
        for size in steps.sizes:
            if size != active:
                active = size
                taken = inputs[: active * self.width].reshape(self.directions, active, -1)
                by_gate = taken.reshape(self.directions, active, -1, self.hidden).transpose(2, 0, 1, 3)
                own = gates[: active * self.width].reshape(by_gate.shape)
                hidden, memory = state[:, :, :active]
                step = self._step(by_gate, own, hidden, memory)
            if filled + active > block.shape[1]:
                yield block[:, :filled]
                filled = 0
            by_direction.take(places[:, first : first + active], axis=0, out=taken, mode="clip")
            np.matmul(hidden, self._recurrent, out=own)
            step()
            block[:, filled : filled + active] = hidden
            first += active
            filled += active
        yield block[:, :filled]

    def states(self, rows: Floats, index: Integers, steps: Steps) -> Floats:
        """As `blocks`, but all states at once: ``(directions, tokens, hidden)``."""
        return np.concatenate([block.copy() for block in self.blocks(rows, index, steps)], axis=1)


class ElmanLayer(Layer):
    """A simple recurrent layer, with tanh."""

    scale = (1.0,)

    def _step(self, inputs: Floats, gates: Floats, hidden: Floats, memory: Floats) -> Callable[[], None]:  # noqa: ARG002
        def step() -> None:
            np.add(gates[0], inputs[0], out=hidden)
            np.tanh(hidden, out=hidden)

        return step


class ReluLayer(Layer):
    """A simple recurrent layer, with ReLU."""

    scale = (1.0,)

    def _step(self, inputs: Floats, gates: Floats, hidden: Floats, memory: Floats) -> Callable[[], None]:  # noqa: ARG002
        def step() -> None:
            np.add(gates[0], inputs[0], out=hidden)
            np.maximum(hidden, _ZERO, out=hidden)

        return step


class GruLayer(Layer):
    """Gated recurrent units, with torch's order of gates: reset, update, new."""

    scale = (0.5, 0.5, 1.0)

    def _bias_within(self, bias: Floats) -> Floats:
        """The bias of the new state, which is multiplied by the reset gate."""
        within = np.zeros_like(bias)
        new = bias.shape[1] // 3 * 2
        within[:, new:] = bias[:, new:]
        return within

    def _step(self, inputs: Floats, gates: Floats, hidden: Floats, memory: Floats) -> Callable[[], None]:  # noqa: ARG002
        both, new, new_input = gates[:2], gates[2], inputs[2]
        both_inputs, (reset, update) = inputs[:2], both
        bias = self._within[:, np.newaxis, 2 * self.hidden :]

        def step() -> None:
            np.add(both, both_inputs, out=both)
            np.tanh(both, out=both)
            np.add(both, _ONE, out=both)  # twice the gates
            np.add(new, bias, out=new)
            np.multiply(new, reset, out=new)
            np.multiply(new, _HALF, out=new)
            np.add(new, new_input, out=new)
            np.tanh(new, out=new)
            # new + update * (hidden - new)
            np.subtract(hidden, new, out=hidden)
            np.multiply(hidden, update, out=hidden)
            np.multiply(hidden, _HALF, out=hidden)
            np.add(hidden, new, out=hidden)

        return step


class LstmLayer(Layer):
    """Long short-term memory."""

    scale = (0.5, 0.5, 0.5, 1.0)

    def _scaled(self, weight: Floats) -> Floats:
        """Also reorders torch's gates (input, forget, cell, output), so that the sigmoids come first."""
        entry, keep, new, out = np.split(weight, 4)
        return super()._scaled(np.concatenate([entry, keep, out, new]))

    def _step(self, inputs: Floats, gates: Floats, hidden: Floats, memory: Floats) -> Callable[[], None]:
        sigmoids, (entry, keep, out, new) = gates[:3], gates

        def step() -> None:
            np.add(gates, inputs, out=gates)
            np.tanh(gates, out=gates)
            np.add(sigmoids, _ONE, out=sigmoids)  # twice the gates
            np.multiply(memory, keep, out=memory)
            np.multiply(entry, new, out=entry)
            np.add(memory, entry, out=memory)
            np.multiply(memory, _HALF, out=memory)
            np.tanh(memory, out=hidden)
            np.multiply(hidden, out, out=hidden)
            np.multiply(hidden, _HALF, out=hidden)

        return step
