"""Recurrent layers as parts of an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from postagger.serving.onnx.graph import Graph


class _Kind(NamedTuple):
    """An operator of ONNX.

    Attributes:
        gates: the place that each of its gates has in torch.
        settings: its attributes.
    """

    operator: str
    gates: Sequence[int]
    settings: Mapping[str, Any]


_KINDS = {
    "rnn": _Kind("RNN", (0,), {}),
    "gru": _Kind("GRU", (1, 0, 2), {"linear_before_reset": 1}),  # torch: reset, update, new
    "lstm": _Kind("LSTM", (0, 3, 1, 2), {}),  # torch: input, forget, cell, output
}


def recurrent_layer(
    graph: Graph,
    kind: str,
    x: str,
    lengths: str,
    weights: Mapping[str, NDArray[Any]],
    prefix: str,
    number: int,
    activation: str = "Tanh",
) -> tuple[str, str]:
    """Adds a recurrent layer, which reads no padding: ONNX's operators take the lengths of the sequences.

    (Its length is that of the call.)

    Args:
        kind: ``rnn``, ``gru`` or ``lstm``.
        x: ``(steps, sequences, size)``.
        lengths: ``(sequences,)``, none of them 0.
        weights: by their names in a model file, with torch's order of gates.
        prefix: how the names of the layer's weights begin.
        number: the layer's number, from 0.
        activation: of a simple recurrent layer: ``Tanh`` or ``Relu``.

    Returns:
        All states, ``(steps, directions, sequences, hidden)``, which are 0 after the end of a sequence; and
        the last ones, ``(directions, sequences, hidden)``.
    """
    operator, gates, settings = _KINDS[kind]
    both = (f"_l{number}", f"_l{number}_reverse")
    suffixes = [suffix for suffix in both if f"{prefix}weight_hh{suffix}" in weights]
    inputs, recurrent, first_bias, second_bias = (
        np.stack([_reordered(weights[f"{prefix}{name}{suffix}"], gates) for suffix in suffixes])
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    more = {"activations": [activation] * len(suffixes)} if kind == "rnn" else {}
    found, last = graph.node(
        operator,
        x,
        graph.constant(inputs),
        graph.constant(recurrent),
        graph.constant(np.concatenate([first_bias, second_bias], axis=1)),
        graph("Cast", lengths, to=TensorProto.INT32),
        outputs=2,
        hidden_size=recurrent.shape[2],
        direction="bidirectional" if len(suffixes) == 2 else "forward",
        **settings,
        **more,
    )
    return found, last


def _reordered(weight: NDArray[Any], gates: Sequence[int]) -> NDArray[Any]:
    """Puts the gates in ONNX's order: ``(gates * hidden, ...)`` to the same."""
    by_gate = np.split(weight, len(gates))
    return np.concatenate([by_gate[place] for place in gates])
