from __future__ import annotations

import pytest
import torch

from postagger.errors import DeviceError
from postagger.random_numbers import generator
from postagger.training.device import choose_device, reproducible


def _pretend_cuda_devices(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


@pytest.mark.parametrize(
    ("name", "devices", "expected"),
    [
        ("auto", 0, "cpu"),
        ("auto", 1, "cuda"),
        ("cpu", 0, "cpu"),
        ("cpu", 1, "cpu"),
        ("cuda", 1, "cuda"),
        ("cuda:1", 2, "cuda:1"),
    ],
)
def test_device_by_name(name: str, devices: int, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend_cuda_devices(monkeypatch, devices)
    assert choose_device(name) == torch.device(expected)


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:3", "cuda:1000000"])
def test_cuda_without_cuda_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend_cuda_devices(monkeypatch, 0)
    with pytest.raises(DeviceError, match=f"^{name} was requested.*no CUDA device.*device=cpu"):
        choose_device(name)


def test_a_cuda_number_that_is_too_high_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend_cuda_devices(monkeypatch, 2)
    with pytest.raises(DeviceError, match=r"only 2 CUDA device\(s\)"):
        choose_device("cuda:2")


@pytest.mark.parametrize("name", ["gpu", "mps", "meta", "cuda:", "cuda:x", "cuda:00", "CPU", ""])
def test_a_name_that_is_not_a_device_is_an_error(name: str) -> None:
    with pytest.raises(DeviceError, match=f"'{name}' is not a device.*cuda:N"):
        choose_device(name)


def _draws(seed: int) -> list[float]:
    with reproducible(seed, torch.device("cpu")):
        return [float(number) for number in torch.rand(4, generator=generator())]


def test_the_seed_decides_what_is_drawn() -> None:
    assert _draws(1) == _draws(1)
    assert _draws(1) != _draws(2)


def test_torchs_random_state_is_not_touched() -> None:
    before = torch.get_rng_state()
    _draws(3)
    assert torch.equal(torch.get_rng_state(), before)
