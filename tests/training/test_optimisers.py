from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from postagger.config import TrainingConfig, load_config, parse_config
from postagger.training.optimisers import make_optimiser
from postagger.training.schedule import make_schedule


def _optimiser(**settings: Any) -> tuple[nn.Parameter, Optimizer]:
    """Two weights, 1 and -2, and an optimiser for them."""
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
    # w - 0.1 * sign(g + 0.5 * w): the penalty is part of the gradient
    assert _step(weights, optimiser, [4.0, -2.0]) == pytest.approx([0.9, -1.9])


def _rates(updates: int, **settings: Any) -> list[float]:
    """The learning rate at each update and after the last one, with a peak of 1."""
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
    rates = _rates(40, schedule="constant", warmup=3)
    assert rates == pytest.approx([0.25, 0.5, 0.75, *[1] * 38])


def test_warm_up_and_fall_are_multiplied() -> None:
    rates = _rates(10, schedule="linear", warmup=1)
    assert rates == pytest.approx([0.5, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0])


@pytest.mark.parametrize(("updates", "rising"), [(1, 0), (9, 0), (10, 1), (200, 20), (500, 50), (2130, 50)])
def test_warm_up_takes_at_most_a_tenth_of_all_updates(updates: int, rising: int) -> None:
    rates = _rates(updates, schedule="constant", warmup=50)
    assert sum(rate < 1 for rate in rates) == rising
    assert rates[0] == pytest.approx(1 / (rising + 1))


# -- defaults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimiser", "batch_size", "rate", "decay"),
    [
        ("adamw", 1, 2e-3, 0.01),
        ("adamw", "all", 2e-3, 0.01),
        ("adam", 4, 2e-3, 0.0),
        ("adam", 16, 4e-3, 0.0),
        ("momentum", 16, 0.5, 0.0),
        ("momentum", 64, 1.0, 0.0),
        ("sgd", 1, 1.25, 0.0),
        ("sgd", 16, 5.0, 0.0),
        ("sgd", "all", 5.0, 0.0),
    ],
)
def test_defaults_suit_the_optimiser_and_the_batch_size(
    optimiser: str, batch_size: int | str, rate: float, decay: float
) -> None:
    data = {"training": {"optimiser": optimiser, "batch_size": batch_size}}
    config = parse_config(data).training
    assert (config.learning_rate, config.weight_decay) == (rate, decay)
    given = {"training": {**data["training"], "learning_rate": 0.125, "weight_decay": 0.5}}
    config = parse_config(given).training
    assert (config.learning_rate, config.weight_decay) == (0.125, 0.5)


def test_an_optimiser_set_on_the_command_line_brings_its_own_defaults(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        '[training]\noptimiser = "adamw"\nlearning_rate = 2e-3\nepochs = 7\n'
        "[pretraining]\nlearning_rate = 2e-3\n"
    )
    same = load_config(file, ["training.optimiser=adamw"])
    assert (same.training.learning_rate, same.pretraining.learning_rate) == (2e-3, 2e-3)
    other = load_config(file, ["training.optimiser=sgd"])
    assert (other.training.learning_rate, other.training.epochs) == (5.0, 7)
    assert (other.training.weight_decay, other.pretraining.learning_rate) == (0.0, None)
    told = load_config(file, ["training.learning_rate=0.5", "training.optimiser=sgd"])
    assert told.training.learning_rate == 0.5
