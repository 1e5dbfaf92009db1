"""Affine layers for inference only."""

from __future__ import annotations

import torch
from torch import Tensor

from postagger.models.layers.linear import product


class Affine:
    """``x W' + b``, without a gradient.

    Shape: ``(n, inputs)`` to ``(n, outputs)``.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor | None = None, *, dtype: torch.dtype = torch.float32
    ) -> None:
        """
        Args:
            weight: ``(outputs, inputs)``.
            bias: ``(outputs,)``.
            dtype: of the weights and of the input.
        """
        self.weight = weight.detach().contiguous().to(dtype)
        self.bias = None if bias is None else bias.detach().contiguous().to(dtype)

    def __call__(self, x: Tensor) -> Tensor:
        return product(x, self.weight, self.bias)
