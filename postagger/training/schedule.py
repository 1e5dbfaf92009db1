"""The length of a training, and the warm-up and decay of its learning rate."""

from __future__ import annotations

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from postagger.config import TrainingConfig

FULL_BATCH_EPOCHS = 100
"""Epochs of full-batch descent, which makes one update in each; 2,000 would take hours."""


def count_epochs(config: TrainingConfig, sentences: int, usual: int, fewest: int) -> int:
    """The number of epochs: the config's, or if that is ``auto``, as many as the data need.

    Args:
        sentences: in the data set that has to be learned well.
        usual: the number of epochs of a large data set.
        fewest: the number of updates that a training needs; see `ContextModel`.
    """
    if config.epochs != "auto":
        return config.epochs
    if config.batch_size == "all":
        return FULL_BATCH_EPOCHS
    updates = math.ceil(sentences / config.batch_size)
    return max(usual, math.ceil(fewest / max(1, updates)))


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
