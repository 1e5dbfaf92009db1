from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from postagger.config import TrainingConfig
from postagger.training.optimisers import make_optimiser
from postagger.training.schedule import make_schedule


def _optimiser(**settings: Any) -> tuple[nn.Parameter, Optimizer]:
    """Two weights, 1 and -2, and an optimiser of them."""
    weights = nn.Parameter(torch.tensor([1.0, -2.0]))
    return weights, make_optimiser([weights], TrainingConfig(**settings))


def _step(weights: nn.Parameter, optimiser: Optimizer, gradient: list[float]) -> list[float]:
    weights.grad = torch.tensor(gradient)
    optimiser.step()
    return [float(weight) for weight in weights.detach()]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("sgd", SGD, {"momentum": 0}),
        ("momentum", SGD, {"momentum": 0.7}),
        ("adam", Adam, {"betas": (0.9, 0.95)}),
        ("adamw", AdamW, {"betas": (0.9, 0.95)}),
    ],
)
def test_optimiser_by_name(name: str, kind: type[Optimizer], expected: dict[str, Any]) -> None:
    _, optimiser = _optimiser(optimiser=name, learning_rate=0.5, weight_decay=0.25, momentum=0.7, beta2=0.95)
    assert type(optimiser) is kind
    (group,) = optimiser.param_groups
    assert {key: group[key] for key in expected} == expected
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.25)


def test_sgd_step_by_hand() -> None:
    weights, optimiser = _optimiser(optimiser="sgd", learning_rate=0.1, weight_decay=0.5)
    # w - 0.1 * (g + 0.5 * w)
    assert _step(weights, optimiser, [4.0, 1.0]) == pytest.approx([0.55, -2.0])


def test_two_momentum_steps_by_hand() -> None:
    weights, optimiser = _optimiser(optimiser="momentum", learning_rate=0.1, momentum=0.5, weight_decay=0)
    assert _step(weights, optimiser, [4.0, 2.0]) == pytest.approx([0.6, -2.2])
    # the velocity is 0.5 * (4, 2) + (1, 1) = (3, 2)
    assert _step(weights, optimiser, [1.0, 1.0]) == pytest.approx([0.3, -2.4])


def test_first_adamw_step_by_hand() -> None:
    weights, optimiser = _optimiser(optimiser="adamw", learning_rate=0.1, weight_decay=0.5)
    # w * (1 - 0.1 * 0.5) - 0.1 * sign(g): bias correction makes the first step as long as the rate
    assert _step(weights, optimiser, [4.0, -2.0]) == pytest.approx([0.85, -1.8])


def test_first_adam_step_by_hand() -> None:
    weights, optimiser = _optimiser(optimiser="adam", learning_rate=0.1, weight_decay=0.5)
    # w - 0.1 * sign(g + 0.5 * w): the penalty is a part of the gradient
    assert _step(weights, optimiser, [4.0, -2.0]) == pytest.approx([0.9, -1.9])


def _rates(updates: int, **settings: Any) -> list[float]:
    """The learning rate of each update, and what it is after the last one; the peak is 1."""
    config = TrainingConfig(optimiser="sgd", learning_rate=1.0, **settings)
    optimiser = make_optimiser([nn.Parameter(torch.zeros(1))], config)
    schedule = make_schedule(optimiser, config, updates)
    rates = []
    for _ in range(updates):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return [*rates, optimiser.param_groups[0]["lr"]]


def test_constant_schedule() -> None:
    assert _rates(3, schedule="constant", warmup=0) == [1, 1, 1, 1]


def test_linear_schedule_falls_to_0() -> None:
    assert _rates(4, schedule="linear", warmup=0) == pytest.approx([1, 0.75, 0.5, 0.25, 0])


def test_cosine_schedule_falls_to_0() -> None:
    expected = [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 0]
    assert _rates(4, schedule="cosine", warmup=0) == pytest.approx(expected)


def test_warm_up_rises_to_the_peak() -> None:
    assert _rates(5, schedule="constant", warmup=3) == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])


def test_warm_up_and_fall_are_multiplied() -> None:
    assert _rates(4, schedule="linear", warmup=1) == pytest.approx([0.5, 0.75, 0.5, 0.25, 0])
