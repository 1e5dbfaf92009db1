from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck

from postagger.models.layers import linear as module
from postagger.models.layers.linear import linear, product

SIZES = [(1, 1, 1), (7, 3, 5), (16, 1, 1), (32, 64, 17), (33, 64, 17)]


@pytest.fixture(params=[True, False], ids=["oneDNN", "without"], autouse=True)
def onednn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Everything here holds with oneDNN and without."""
    monkeypatch.setattr(module, "_is_intel", lambda: False)
    if not request.param:
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    return bool(request.param)


def draw(n: int, inputs: int, outputs: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """An input, a weight, a bias, and what comes back as the gradient of the result."""
    x, weight, bias = torch.randn(n, inputs), torch.randn(outputs, inputs), torch.randn(outputs)
    return x.requires_grad_(), weight.requires_grad_(), bias.requires_grad_(), torch.randn(n, outputs)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("sizes", SIZES)
def test_products(sizes: tuple[int, int, int]) -> None:
    x, weight, bias, _ = (tensor.detach() for tensor in draw(*sizes))
    torch.testing.assert_close(product(x, weight), x @ weight.T)
    torch.testing.assert_close(product(x, weight, bias), x @ weight.T + bias)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("sizes", SIZES)
def test_linear_and_its_gradients_are_those_of_torch(sizes: tuple[int, int, int]) -> None:
    x, weight, bias, gradient = draw(*sizes)
    torch.testing.assert_close(linear(x, weight, bias), F.linear(x, weight, bias))
    torch.testing.assert_close(linear(x, weight), F.linear(x, weight))
    found = torch.autograd.grad(linear(x, weight, bias), (x, weight, bias), gradient)
    expected = torch.autograd.grad(F.linear(x, weight, bias), (x, weight, bias), gradient)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.usefixtures("seed")
def test_only_the_needed_gradients_are_computed() -> None:
    x, weight, bias, gradient = draw(16, 3, 5)
    for wanted in (x, weight, bias):
        inputs = [tensor if tensor is wanted else tensor.detach() for tensor in (x, weight, bias)]
        (found,) = torch.autograd.grad(linear(*inputs), wanted, gradient)
        (expected,) = torch.autograd.grad(F.linear(x, weight, bias), wanted, gradient)
        torch.testing.assert_close(found, expected)


@pytest.mark.usefixtures("seed")
def test_gradients_in_double_precision() -> None:
    x, weight, bias, _ = (tensor.detach().double().requires_grad_() for tensor in draw(4, 3, 5))
    assert gradcheck(linear, (x, weight, bias))


@pytest.mark.usefixtures("seed")
def test_the_handwritten_gradients() -> None:
    """In double precision, where `linear` itself leaves them to torch."""
    x, weight, bias, _ = (tensor.detach().double().requires_grad_() for tensor in draw(4, 3, 5))
    assert gradcheck(module._Linear.apply, (x, weight, bias, torch.float64))  # type: ignore[arg-type]


@pytest.mark.usefixtures("seed")
def test_transposed_views_and_broadcast_gradients() -> None:
    x, weight = torch.randn(3, 16).t().requires_grad_(), torch.randn(3, 5).t().requires_grad_()
    torch.testing.assert_close(linear(x, weight), x @ weight.T)
    found = torch.autograd.grad(linear(x, weight).sum(), (x, weight))  # a gradient of strides 0
    expected = torch.autograd.grad((x @ weight.T).sum(), (x, weight))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("sizes", SIZES)
def test_with_autocast_products_are_in_bfloat16_and_all_else_in_float32(sizes: tuple[int, int, int]) -> None:
    x, weight, bias, gradient = draw(*sizes)
    with torch.autocast("cpu", torch.bfloat16):
        result = linear(x, weight, bias)
    found = [result, *torch.autograd.grad(result, (x, weight, bias), gradient)]
    plain = F.linear(x, weight, bias)
    expected = [plain, *torch.autograd.grad(plain, (x, weight, bias), gradient)]
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == torch.float32
        assert (one - other).norm() <= 0.01 * other.norm() + 1e-3
    assert not found[0].equal(plain)


def test_no_rows() -> None:
    assert linear(torch.empty(0, 3), torch.ones(5, 3)).shape == (0, 5)


def test_only_rounded_sizes_use_onednn(onednn: bool) -> None:
    weight = torch.ones(5, 3, requires_grad=True)
    by_hand = {
        n: "_Linear" in linear(torch.ones(n, 3), weight).grad_fn.__class__.__name__ for n in (15, 16, 32)
    }
    assert by_hand == {15: False, 16: onednn, 32: onednn}


def test_the_second_of_two_calls_gives_the_same_bits(seed: int) -> None:
    assert seed
    x, weight, bias, gradient = draw(32, 300, 45)
    once, again = (
        torch.autograd.grad(linear(x, weight, bias), (x, weight, bias), gradient) for _ in range(2)
    )
    assert all(one.equal(other) for one, other in zip(once, again, strict=True))


@pytest.mark.parametrize(
    ("vendor", "intel"), [("GenuineIntel", True), ("AuthenticAMD", False), (None, False)], ids=str
)
def test_the_processor_decides_which_library_multiplies(
    vendor: str | None, intel: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if vendor is not None:
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nvendor_id\t: {vendor}\n", encoding="utf-8")
    monkeypatch.undo()  # what the fixture has set
    monkeypatch.setattr(module, "_CPU", tmp_path / "cpuinfo")
    assert module._is_intel.__wrapped__() is intel
