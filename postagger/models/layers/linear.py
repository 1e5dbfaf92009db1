"""Affine products for training and inference, computed with oneDNN where torch has it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from postagger.batches import ROUND

_CPU = Path("/proc/cpuinfo")


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``x W' + b`` without a gradient; any argument may be a transposed view.

    On the CPU torch multiplies float32 matrices with MKL, which may run at a third of the possible speed
    on processors that are not Intel's. Torch's own compiler replaces it with the same oneDNN operator.

    Shape: ``(n, inputs)``, ``(outputs, inputs)`` and ``(outputs,)`` to ``(n, outputs)``.
    """
    if uses_onednn(x):
        result: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
        return result
    return F.linear(x, weight, bias)


def uses_onednn(x: Tensor) -> bool:
    """Whether products with `x` use oneDNN; bfloat16 does so only if the processor supports it."""
    if not x.is_cpu or not torch.backends.mkldnn.is_available():
        return False
    if x.dtype == torch.bfloat16:
        supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
        return supported
    return x.dtype == torch.float32


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``x W' + b`` with a gradient; all three products use `product`, or else torch's own MKL.

    OneDNN compiles a kernel for every new number of rows, which takes longer than a small product. It is
    therefore used only for multiples of `ROUND`, the numbers of word types that batches have. On Intel's
    processors it is not used in float32: MKL takes 5 to 20 % less time there.

    Inside `torch.autocast` the products take bfloat16 and return float32, also in the backward pass.

    Shape: ``(n, inputs)``, ``(outputs, inputs)`` and ``(outputs,)`` to ``(n, outputs)``.
    """
    dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
    made_for_mkl = dtype == torch.float32 and _is_intel()
    if uses_onednn(x) and not made_for_mkl and len(x) % ROUND == 0 and len(x) > 0:
        result: Tensor = _Linear.apply(x, weight, bias, dtype)  # type: ignore[no-untyped-call]
        return result
    return F.linear(x, weight, bias).to(x.dtype)


@functools.cache
def _is_intel() -> bool:
    """Whether this is one of Intel's processors, on which MKL is the faster one; False if that is unknown."""
    try:
        return "GenuineIntel" in _CPU.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


class _Linear(torch.autograd.Function):
    """Computes three products: the result, and the gradients of `x` and of the weight."""

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
