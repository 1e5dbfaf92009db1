"""Activation functions, equal to torch's with their usual settings; each overwrites its argument."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from postagger.config import Activation

Floats = NDArray[np.float32]

_SLOPE = 0.01
"""The slope of the leaky ReLU below 0."""

_ERF_NUMERATOR = (
    -2.72614225801306e-10,
    2.77068142495902e-08,
    -2.10102402082508e-06,
    -5.69250639462346e-05,
    -7.34990630326855e-04,
    -2.95459980854025e-03,
    -1.60960333262415e-02,
)
_ERF_DENOMINATOR = (
    -1.45660718464996e-05,
    -2.13374055278905e-04,
    -1.68282697438203e-03,
    -7.37332916720468e-03,
    -1.42647390514189e-02,
)


def _none(x: Floats) -> Floats:
    return x


def _sigmoid(x: Floats) -> Floats:
    """``1 / (1 + exp(-x))``, computed as ``tanh(x / 2) / 2 + 1 / 2``, which can't overflow."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5
    return x


def _tanh(x: Floats) -> Floats:
    return np.tanh(x, out=x)


def _relu(x: Floats) -> Floats:
    return np.maximum(x, np.float32(0), out=x)


def _leaky_relu(x: Floats) -> Floats:
    np.maximum(x, x * np.float32(_SLOPE), out=x)
    return x


def _elu(x: Floats) -> Floats:
    below = np.expm1(np.minimum(x, np.float32(0)))
    np.maximum(x, np.float32(0), out=x)
    x += below
    return x


def _gelu(x: Floats) -> Floats:
    """``x`` times the probability that a standard normal variable is below ``x``."""
    share = _erf(x * np.float32(0.5**0.5))
    share += 1
    share *= 0.5
    x *= share
    return x


def _silu(x: Floats) -> Floats:
    x *= _sigmoid(x.copy())
    return x


def _erf(x: Floats) -> Floats:
    """The error function, by the rational approximation of the Eigen library: errors are below 1e-6.

    NumPy has none, and calling Python's for each number takes a hundred times as long.
    """
    x = np.clip(x, np.float32(-4), np.float32(4))  # beyond them it is 1 in float32
    square = x * x
    x *= _polynomial(_ERF_NUMERATOR, square)
    x /= _polynomial(_ERF_DENOMINATOR, square)
    return x


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Horner's rule; the coefficient of the highest power comes first."""
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += np.float32(coefficient)
    return value


ACTIVATIONS: dict[Activation, Callable[[Floats], Floats]] = {
    "none": _none,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "gelu": _gelu,
    "silu": _silu,
}
