"""The affine product, in training as in reading: through oneDNN where torch has it."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from postagger.batches import ROUND


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``x W' + b``, without a gradient; any of them may be a transposed view.

    On the CPU torch multiplies float32 matrices with MKL, which on processors other than Intel's
    may use a third of what they can. The operator of oneDNN is the one that torch's own compiler
    puts in its place.

    Shape: ``(n, inputs)``, ``(outputs, inputs)`` and ``(outputs,)`` to ``(n, outputs)``.
    """
    if uses_onednn(x):
        result: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
        return result
    return F.linear(x, weight, bias)


def uses_onednn(x: Tensor) -> bool:
    """Whether products with x go through oneDNN: bfloat16 only where the processor can do its part."""
    if not x.is_cpu or not torch.backends.mkldnn.is_available():
        return False
    if x.dtype == torch.bfloat16:
        able: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
        return able
    return x.dtype == torch.float32


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``x W' + b`` with a gradient, all three products as fast as `product`.

    OneDNN compiles a kernel for every number of rows that it meets, which takes longer than a small
    product. So it has only those that come again: multiples of `ROUND`, as a batch's word types are.

    Inside of `torch.autocast` the products take bfloat16 and give float32, in the gradient too.

    Shape: ``(n, inputs)``, ``(outputs, inputs)`` and ``(outputs,)`` to ``(n, outputs)``.
    """
    if uses_onednn(x) and len(x) % ROUND == 0 and len(x) > 0:
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
        result: Tensor = _Linear.apply(x, weight, bias, dtype)  # type: ignore[no-untyped-call]
        return result
    return F.linear(x, weight, bias).to(x.dtype)


class _Linear(torch.autograd.Function):
    """Three products: the result, and the gradients of x and of the weight."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
        low, low_weight = x.to(dtype), weight.to(dtype)
        ctx.save_for_backward(low, low_weight)
        return product(low, low_weight, None if bias is None else bias.to(dtype)).to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias, _ = ctx.needs_input_grad
        low = gradient.to(x.dtype)
        return (
            product(low, weight.t()).to(gradient.dtype) if for_x else None,
            product(low.t(), x.t()).to(gradient.dtype) if for_weight else None,
            gradient.sum(0) if for_bias else None,
            None,
        )
