"""Affine layers for reading only."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class Affine:
    """``x W' + b``, and if asked ``+ rows``; through oneDNN where torch has it.

    On the CPU torch multiplies float32 matrices with MKL, which on processors other than Intel's
    may use a third of what they can. The operator of oneDNN is the one that torch's own compiler
    puts in its place; it has no gradient.

    Shape: ``(n, inputs)`` to ``(n, outputs)``.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """
        Args:
            weight: ``(outputs, inputs)``.
            bias: ``(outputs,)``.
        """
        self.weight = weight.detach().contiguous()
        self.bias = None if bias is None else bias.detach().contiguous()
        self._onednn = self.weight.device.type == "cpu" and torch.backends.mkldnn.is_available()

    def __call__(self, x: Tensor) -> Tensor:
        if self._onednn:
            product: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
            return product
        return F.linear(x, self.weight, self.bias)

    def plus(self, x: Tensor, rows: Tensor) -> Tensor:
        """The same with rows added: ``(n, inputs)`` and ``(n, outputs)`` to ``(n, outputs)``."""
        if self._onednn:
            total: Tensor = torch.ops.mkldnn._linear_pointwise.binary(x, rows, self.weight, self.bias, "add")
            return total
        return F.linear(x, self.weight, self.bias) + rows
