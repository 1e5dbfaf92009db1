"""Affine layers."""

from __future__ import annotations

import numpy as np

from postagger.runtime.network import Floats

_LANES = 16
"""Float32 numbers in the widest registers; products with a multiple of it are faster."""


class Affine:
    """``x W' + b``.

    Shape: ``(n, inputs)`` to ``(n, outputs)``.
    """

    def __init__(self, weight: Floats, bias: Floats) -> None:
        """
        Args:
            weight: ``(outputs, inputs)``.
            bias: ``(outputs,)``.
        """
        self.outputs = len(weight)
        more = -self.outputs % _LANES
        self._weight = np.ascontiguousarray(np.pad(weight, ((0, more), (0, 0))).T)  # (inputs, lanes)
        self._bias = np.pad(bias, (0, more))

    def __call__(self, x: Floats) -> Floats:
        product = x @ self._weight
        product += self._bias
        return product[:, : self.outputs]
