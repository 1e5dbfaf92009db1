from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from postagger.config import Activation
from postagger.models.window import ACTIVATIONS as TORCH
from postagger.runtime.activations import ACTIVATIONS, _erf

NUMBERS = np.concatenate(
    [np.linspace(-12, 12, 4801), [0.0, -0.0, 1e-30, -1e-30, 90.0, -90.0, 1e4, -1e4, 1e38, -1e38]]
).astype(np.float32)


@pytest.mark.parametrize("name", TORCH)
def test_activations_are_those_of_torch(name: Activation) -> None:
    expected = TORCH[name]()(torch.from_numpy(NUMBERS)).numpy()
    found = ACTIVATIONS[name](NUMBERS.copy())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", TORCH)
def test_the_result_is_in_place(name: Activation) -> None:
    """So that no memory is taken for it."""
    numbers = NUMBERS.copy()
    assert ACTIVATIONS[name](numbers) is numbers


def test_erf() -> None:
    expected = [math.erf(float(x)) for x in NUMBERS]
    np.testing.assert_allclose(_erf(NUMBERS), expected, rtol=1e-6, atol=0)
