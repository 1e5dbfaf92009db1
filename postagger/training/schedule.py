"""Warm-up and decay of the learning rate."""

from __future__ import annotations

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from postagger.config import TrainingConfig


def make_schedule(optimiser: Optimizer, config: TrainingConfig, updates: int) -> LambdaLR:
    """Builds the learning-rate schedule for a total of `updates` updates, with a linear warm-up.

    The warm-up takes at most a tenth of all updates, since full-batch descent makes only one per epoch.
    """

    warmup = min(config.warmup, updates // 10)

    def factor(update: int) -> float:
        warm = min(1.0, (update + 1) / (warmup + 1))
        done = update / max(1, updates)
        match config.schedule:
            case "constant":
                return warm
            case "linear":
                return warm * (1 - done)
            case "cosine":
                return warm * (1 + math.cos(math.pi * done)) / 2

    return LambdaLR(optimiser, factor)
