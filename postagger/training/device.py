"""Chooses a device, and makes runs reproducible."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from postagger.config.device import check_device
from postagger.errors import DeviceError
from postagger.random_numbers import own_random_numbers


def choose_device(device: str | torch.device = "auto") -> torch.device:
    """Returns a device by name; ``auto`` is CUDA if there is a CUDA device, and the CPU otherwise.

    Raises:
        DeviceError: the requested CUDA device does not exist, or the name is not that of a device.
    """
    name = check_device(device)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if count else "cpu")
    kind, _, number = name.partition(":")
    if kind == "cuda" and int(number or 0) >= count:
        found = f"only {count} CUDA device(s)" if count else "no CUDA device"
        raise DeviceError(
            f"{name} was requested, but torch finds {found} here: use device=auto or device=cpu"
        )
    return torch.device(name)


@contextmanager
def reproducible(seed: int, device: torch.device) -> Iterator[None]:
    """A training's own random numbers, seeded, and on CUDA deterministic kernels; restores what was before.

    The CPU kernels that this package uses are always deterministic; a test compares two runs.
    """
    if device.type != "cuda":
        with own_random_numbers(seed):
            yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS starts
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    with own_random_numbers(seed, device):
        try:
            torch.use_deterministic_algorithms(True, warn_only=True)
            yield
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])
