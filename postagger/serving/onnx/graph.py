"""Collects the nodes and constants of an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_INTEGERS = TensorProto.INT64
_FLOATS = TensorProto.FLOAT


class Graph:
    """A graph under construction. Values are known by their names, which its methods give and take."""

    def __init__(self, opset: int) -> None:
        """
        Args:
            opset: the version of ONNX's operators.
        """
        self.opset = opset
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, shape: Sequence[str | int]) -> str:
        """Declares an input of int64."""
        self._inputs.append(helper.make_tensor_value_info(name, _INTEGERS, shape))
        return name

    def output(self, value: str, name: str, shape: Sequence[str | int]) -> None:
        """Makes a value an output of float32."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, _FLOATS, shape))

    def constant(self, array: NDArray[Any] | Sequence[int] | int, name: str | None = None) -> str:
        """A constant; whole numbers are int64."""
        value = array if isinstance(array, np.ndarray) else np.array(array, np.int64)
        name = name or f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        """Adds a node.

        Args:
            kind: the name of an operator.
            inputs: names of values; empty for an optional input that is left out.
            outputs: the number of its outputs that are used: the first ones.

        Returns:
            The names of its outputs.
        """
        names = [f"{kind}_{len(self._nodes)}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node with one output and returns the output's name."""
        (name,) = self.node(kind, *inputs, **attributes)
        return name

    def affine(self, x: str, weight: NDArray[Any], bias: NDArray[Any]) -> str:
        """``x W' + b``: ``(..., inputs)`` to ``(..., outputs)``.

        Args:
            weight: ``(outputs, inputs)``.
            bias: ``(outputs,)``.
        """
        return self("Add", self("MatMul", x, self.constant(weight.T)), self.constant(bias))

    def model(self, facts: Mapping[str, str]) -> onnx.ModelProto:
        """The whole model.

        Args:
            facts: kept in the file.
        """
        graph = helper.make_graph(self._nodes, "tagger", self._inputs, self._outputs, self._constants)
        operators = [helper.make_opsetid("", self.opset)]
        model: onnx.ModelProto = helper.make_model(
            graph,
            producer_name="postagger",
            opset_imports=operators,
            ir_version=helper.find_min_ir_version_for(operators),
        )
        helper.set_model_props(model, dict(facts))
        return model
