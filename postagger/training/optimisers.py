"""Update rules and learning-rate schedules, by name."""

from __future__ import annotations

import math
from collections.abc import Iterable

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from postagger.config import TrainingConfig

_BETA1 = 0.9


def make_optimiser(parameters: Iterable[nn.Parameter], config: TrainingConfig) -> Optimizer:
    """The update rule that `config` names."""
    rate, decay = config.learning_rate, config.weight_decay
    match config.optimiser:
        case "sgd":
            return SGD(parameters, rate, weight_decay=decay)
        case "momentum":
            return SGD(parameters, rate, momentum=config.momentum, weight_decay=decay)
        case "adam":
            return Adam(parameters, rate, betas=(_BETA1, config.beta2), weight_decay=decay, fused=True)
        case "adamw":
            return AdamW(parameters, rate, betas=(_BETA1, config.beta2), weight_decay=decay, fused=True)


def make_schedule(optimiser: Optimizer, config: TrainingConfig, updates: int) -> LambdaLR:
    """The learning rate's course over `updates` updates in all: a linear rise, then the schedule."""

    def factor(update: int) -> float:
        rise = min(1.0, (update + 1) / (config.warmup + 1))
        done = update / max(1, updates)
        match config.schedule:
            case "constant":
                return rise
            case "linear":
                return rise * (1 - done)
            case "cosine":
                return rise * (1 + math.cos(math.pi * done)) / 2

    return LambdaLR(optimiser, factor)
