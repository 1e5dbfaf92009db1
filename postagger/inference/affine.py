"""Affine layers for reading only."""

from __future__ import annotations

from torch import Tensor

from postagger.models.linear import product, product_plus


class Affine:
    """``x W' + b``, and if asked ``+ rows``; without a gradient.

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

    def __call__(self, x: Tensor) -> Tensor:
        return product(x, self.weight, self.bias)

    def plus(self, x: Tensor, rows: Tensor) -> Tensor:
        """The same with rows added: ``(n, inputs)`` and ``(n, outputs)`` to ``(n, outputs)``."""
        return product_plus(x, rows, self.weight, self.bias)
