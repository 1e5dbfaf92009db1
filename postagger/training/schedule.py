"""How the learning rate rises and falls over a training."""

from __future__ import annotations

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from postagger.config import TrainingConfig


def make_schedule(optimiser: Optimizer, config: TrainingConfig, updates: int) -> LambdaLR:
    """The learning rate's course over `updates` updates in all: a linear rise, then the schedule.

    The rise takes a tenth of all updates at most: full-batch descent makes one update an epoch.
    """

    warmup = min(config.warmup, updates // 10)

    def factor(update: int) -> float:
        rise = min(1.0, (update + 1) / (warmup + 1))
        done = update / max(1, updates)
        match config.schedule:
            case "constant":
                return rise
            case "linear":
                return rise * (1 - done)
            case "cosine":
                return rise * (1 + math.cos(math.pi * done)) / 2

    return LambdaLR(optimiser, factor)
