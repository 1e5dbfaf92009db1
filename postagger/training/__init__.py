"""Minibatch gradient descent on cross-entropy.

device      where to compute, and how to compute the same twice
optimisers  update rules, by name
schedule    how the learning rate rises and falls
objective   the loss on a batch
trainer     the loop over epochs, and which epoch's weights are kept
log         a run's figures, a line an epoch
parallel    many trainings, side by side
"""

from postagger.training.device import choose_device
from postagger.training.log import MetricsLog
from postagger.training.objective import TrainingSet
from postagger.training.optimisers import register_optimiser
from postagger.training.trainer import EpochRecord, Freeze, train

__all__ = [
    "EpochRecord",
    "Freeze",
    "MetricsLog",
    "TrainingSet",
    "choose_device",
    "register_optimiser",
    "train",
]
