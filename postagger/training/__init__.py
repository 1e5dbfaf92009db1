"""Minibatch gradient descent on cross-entropy.

device      the device to train on, and reproducible runs
optimisers  update rules, by name
lazy_table  AdamW for the table of words, at the cost of a batch's words
parts       the part of a minibatch that one of several processes trains on
world       what processes that train together tell each other
distributed who they are: started by torchrun, or this one alone
exchange    adds up their gradients
schedule    warm-up and decay of the learning rate
objective   the loss on a batch
drawing     which sentences an epoch has, and in which batches
progress    how far a training is
epoch_record  what is known of an epoch
descent     the updates of the weights
run_state   the state of a training in one file
checkpoints  when the state is saved, and signals that stop a training
trainer     the loop over epochs, and the choice of the best epoch
log         a run's metrics, one line per epoch
parallel    many training runs at a time
"""

from postagger.training.device import choose_device
from postagger.training.epoch_record import DivergenceError, EpochRecord
from postagger.training.log import MetricsLog
from postagger.training.objective import TrainingSet
from postagger.training.optimisers import register_optimiser
from postagger.training.trainer import Freeze, train

__all__ = [
    "DivergenceError",
    "EpochRecord",
    "Freeze",
    "MetricsLog",
    "TrainingSet",
    "choose_device",
    "register_optimiser",
    "train",
]
