"""Affine layers for reading only."""

from __future__ import annotations

import torch
from torch import Tensor

from postagger.models.linear import product, product_plus


class Affine:
    """``x W' + b``, and if asked ``+ rows``; without a gradient.

    Shape: ``(n, inputs)`` to ``(n, outputs)``.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor | None = None, *, dtype: torch.dtype = torch.float32
    ) -> None:
        """
        Args:
            weight: ``(outputs, inputs)``.
            bias: ``(outputs,)``.
            dtype: of the weights, and of what they are given.
        """
        self.weight = weight.detach().contiguous().to(dtype)
        self.bias = None if bias is None else bias.detach().contiguous().to(dtype)

    def __call__(self, x: Tensor) -> Tensor:
        return product(x, self.weight, self.bias)

    def plus(self, x: Tensor, rows: Tensor) -> Tensor:
        """The same with rows added: ``(n, inputs)`` and ``(n, outputs)`` to ``(n, outputs)``."""
        return product_plus(x, rows, self.weight, self.bias)
