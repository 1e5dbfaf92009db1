"""Minibatch gradient descent: the loop, and which epoch's weights are kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.utils import clip_grad_norm_
from tqdm import tqdm

from postagger.config import TrainingConfig
from postagger.encoding import EncodedCorpus
from postagger.errors import ConfigError, DataError
from postagger.models import TaggingNetwork
from postagger.training.optimisers import make_optimiser, make_schedule

_DEV_BATCH = 64
"""Sentences scored at a time on dev: any number gives the same tags."""


@dataclass(frozen=True)
class EpochRecord:
    """One pass over the training sentences.

    Attributes:
        epoch: from 1 on.
        updates: weight updates since the start.
        loss: cross-entropy in nats, the mean over the epoch's tokens (with dropout on).
        dev_accuracy: token accuracy in 0..1 after the epoch; None without dev sentences.
        seconds: since the start, dev scoring included.
    """

    epoch: int
    updates: int
    loss: float
    dev_accuracy: float | None
    seconds: float


def train(
    network: TaggingNetwork,
    data: EncodedCorpus,
    dev: EncodedCorpus | None,
    config: TrainingConfig,
    *,
    word_dropout: float = 0.0,
    on_epoch: Callable[[EpochRecord], None] = lambda _: None,
    progress: bool = False,
) -> list[EpochRecord]:
    """Trains a network in place; draws from torch's random numbers.

    With dev sentences the weights of the best epoch on dev are kept (the first of equals), and
    `config.patience` may end the run early. Without, the last epoch's are.

    Args:
        network, data, dev: all on one device.
        word_dropout: alpha of `EncodedCorpus.unknown_probability`.
        on_epoch: called after every epoch.
        progress: show a bar on stderr, if that is a terminal.

    Raises:
        DataError: there is no training sentence.
        ConfigError: the loss is no longer a number, because the learning rate is too high.
    """
    if len(data) == 0:
        raise DataError("there is nothing to learn: the training set holds no sentence")
    size = len(data) if config.batch_size == "all" else config.batch_size
    updates_an_epoch = math.ceil(len(data) / size)
    optimiser = make_optimiser(network.parameters(), config)
    schedule = make_schedule(optimiser, config, updates_an_epoch * config.epochs)
    hidden = data.unknown_probability(word_dropout)
    history: list[EpochRecord] = []
    best_accuracy, best_epoch, best_weights = -1.0, 0, network.state_dict()
    start = time.perf_counter()
    for epoch in range(1, config.epochs + 1):
        network.train()
        total = torch.zeros((), device=data.device, dtype=torch.float64)
        chunks = torch.randperm(len(data)).split(size)
        for sentences in tqdm(chunks, f"epoch {epoch}", leave=False, disable=None if progress else True):
            batch = data.batch(sentences, hidden)
            assert batch.tags is not None
            loss = network.head.loss(network(batch), batch.tags, batch.lengths, config.label_smoothing)
            optimiser.zero_grad()
            loss.backward()
            if config.clip_norm:
                clip_grad_norm_(network.parameters(), config.clip_norm)
            optimiser.step()
            schedule.step()
            total += loss.detach() * len(batch.index)
        mean = float(total) / len(data.tokens)
        if not math.isfinite(mean):
            raise ConfigError(
                f"the loss is {mean} in epoch {epoch}: training diverged; "
                f"lower training.learning_rate (now {config.learning_rate}) or set training.clip_norm"
            )
        accuracy = accuracy_on(network, dev) if dev is not None and len(dev) else None
        record = EpochRecord(epoch, epoch * updates_an_epoch, mean, accuracy, time.perf_counter() - start)
        history.append(record)
        on_epoch(record)
        if accuracy is None:
            continue
        if accuracy > best_accuracy:
            best_accuracy, best_epoch = accuracy, epoch
            best_weights = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
        elif config.patience and epoch - best_epoch >= config.patience:
            break
    network.load_state_dict(best_weights)
    network.eval()
    return history


@torch.no_grad()
def accuracy_on(network: TaggingNetwork, data: EncodedCorpus) -> float:
    """Token accuracy in 0..1, from counts over the whole set."""
    network.eval()
    correct = 0
    for batch in data.batches(_DEV_BATCH):
        assert batch.tags is not None
        correct += int(network.head.decode(network(batch), batch.lengths).eq(batch.tags).sum())
    return correct / len(data.tokens)
