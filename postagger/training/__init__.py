"""Minibatch gradient descent on cross-entropy."""

from postagger.training.device import choose_device
from postagger.training.log import MetricsLog
from postagger.training.trainer import EpochRecord, Freeze, TrainingSet, train

__all__ = ["EpochRecord", "Freeze", "MetricsLog", "TrainingSet", "choose_device", "train"]
