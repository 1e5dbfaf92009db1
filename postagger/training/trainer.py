"""Minibatch gradient descent: the loop, and which epoch's weights are kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from postagger.batches import EncodedCorpus
from postagger.config import TrainingConfig
from postagger.errors import ConfigError, DataError
from postagger.features import TagSet
from postagger.models import TaggingNetwork
from postagger.training.optimisers import make_optimiser
from postagger.training.schedule import make_schedule

_DEV_BATCH = 64
"""Sentences scored at a time on dev: any number gives the same tags."""


@dataclass(frozen=True)
class EpochRecord:
    """One pass over the training sentences.

    Attributes:
        epoch: from 1 on.
        updates: weight updates since the start.
        loss: cross-entropy in nats, the mean over the epoch's tagged tokens (with dropout on), of all tasks;
            with `TrainingConfig.rdrop_weight` it includes that many times the divergence of two readings.
        dev_accuracy: token accuracy in 0..1 after the epoch; None without tagged dev tokens.
        seconds: since the start, dev scoring included.
        stage: what was trained, where something comes before the tagger itself; else empty.
    """

    epoch: int
    updates: int
    loss: float
    dev_accuracy: float | None
    seconds: float
    stage: str = ""


@dataclass(frozen=True)
class TrainingSet:
    """What a network is to learn beside the main task, with whose network it shares its backbone.

    Attributes:
        weight: its sentences in an epoch, for each one of the main task. They are drawn without
            replacement, from epoch to epoch, and anew when all have had their turn.
        blanks: see `EncodedCorpus.batch`.
    """

    network: TaggingNetwork
    data: EncodedCorpus
    weight: float = 1.0
    mask_rate: float = 0.0


@dataclass(frozen=True)
class Freeze:
    """Modules that keep their weights for the first epochs."""

    modules: Sequence[nn.Module]
    epochs: int

    def hold(self, epoch: int) -> None:
        """Before an epoch, counted from 1: the modules' weights stay, or no longer do."""
        for module in self.modules:
            module.requires_grad_(epoch > self.epochs)

    def release(self) -> None:
        for module in self.modules:
            module.requires_grad_(True)


def train(
    network: TaggingNetwork,
    data: EncodedCorpus,
    dev: EncodedCorpus | None,
    config: TrainingConfig,
    *,
    word_dropout: float = 0.0,
    mask_rate: float = 0.0,
    others: Sequence[TrainingSet] = (),
    freeze: Freeze | None = None,
    on_epoch: Callable[[EpochRecord], None] = lambda _: None,
    progress: bool = False,
) -> list[EpochRecord]:
    """Trains a network in place; draws from torch's random numbers.

    With dev sentences the weights of the best epoch on dev are kept (the first of equals), and
    `config.patience` may end the run early. Without, the last epoch's are.

    Args:
        network, data, dev: all on one device.
        word_dropout: alpha of `EncodedCorpus.unknown_probability`.
        blanks: see `EncodedCorpus.batch`.
        others: what else is learned at the same time; each batch is of one task, in random order.
        on_epoch: called after every epoch.
        progress: show a bar on stderr, if that is a terminal.

    Raises:
        DataError: there is no training sentence, or no tag in any.
        ConfigError: the loss is no longer a number, because the learning rate is too high.
    """
    if len(data) == 0:
        raise DataError("there is nothing to learn: the training set holds no sentence")
    if not data.tags.ge(0).any():
        raise DataError("there is nothing to learn: the training set holds no tag")
    descent = _Descent([TrainingSet(network, data, mask_rate=mask_rate), *others], config, word_dropout)
    history: list[EpochRecord] = []
    best_accuracy, best_epoch, best_weights = -1.0, 0, descent.kept.state_dict()
    start = time.perf_counter()
    for epoch in range(1, config.epochs + 1):
        if freeze is not None:
            freeze.hold(epoch)
        loss = descent.run_epoch(f"epoch {epoch}", progress=progress)
        if not math.isfinite(loss):
            raise ConfigError(
                f"the loss is {loss} in epoch {epoch}: training diverged; "
                f"lower training.learning_rate (now {config.learning_rate}) or set training.clip_norm"
            )
        accuracy = None if dev is None else accuracy_on(descent.main, dev)
        seconds = time.perf_counter() - start
        record = EpochRecord(epoch, epoch * descent.updates_an_epoch, loss, accuracy, seconds)
        history.append(record)
        on_epoch(record)
        if accuracy is None:
            continue
        if accuracy > best_accuracy:
            best_accuracy, best_epoch = accuracy, epoch
            weights = descent.kept.state_dict()
            best_weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
        elif config.patience and epoch - best_epoch >= config.patience:
            break
    if freeze is not None:
        freeze.release()
    descent.networks.load_state_dict(best_weights)
    descent.networks.eval()
    return history


class _Descent:
    """Updates of the weights, an epoch at a time, on all tasks.

    Attributes:
        networks: a network for each task, the main one first; what they share counts once.
        kept: the networks whose weights are scored and kept: these, or their moving average.
        main: the one of `kept` for the main task.
        updates_an_epoch: batches of all tasks.
    """

    def __init__(self, tasks: Sequence[TrainingSet], config: TrainingConfig, word_dropout: float) -> None:
        sentences = len(tasks[0].data)
        self.tasks = tasks
        self.config = config
        self.size = sentences if config.batch_size == "all" else config.batch_size
        self.hidden = [task.data.unknown_probability(word_dropout) for task in tasks]
        shares = [sentences, *(max(1, round(task.weight * sentences)) for task in tasks[1:])]
        self.draws = [_draw(len(task.data), share) for task, share in zip(tasks, shares, strict=True)]
        self.updates_an_epoch = sum(math.ceil(share / self.size) for share in shares)
        self.networks = nn.ModuleList(task.network for task in tasks)
        low = config.dtype == "bfloat16"
        self.dtype = torch.autocast(tasks[0].data.device.type, torch.bfloat16, enabled=low)
        self.optimiser = make_optimiser(self.networks.parameters(), config)
        self.schedule = make_schedule(self.optimiser, config, self.updates_an_epoch * config.epochs)
        self.average = _average(self.networks, config.averaging)
        self.kept = self.networks if self.average is None else self.average.module
        main = self.kept.get_submodule("0")
        assert isinstance(main, TaggingNetwork)
        self.main = main

    def run_epoch(self, title: str, *, progress: bool) -> float:
        """One pass; gives the mean loss over its tokens."""
        self.networks.train()
        total = torch.zeros((), device=self.tasks[0].data.device, dtype=torch.float64)
        tokens = 0
        chunks = _shuffled(
            [(task, chunk) for task, draw in enumerate(self.draws) for chunk in next(draw).split(self.size)]
        )
        for number, sentences in tqdm(chunks, title, leave=False, disable=None if progress else True):
            with self.dtype:
                loss, learned = _loss(self.tasks[number], sentences, self.hidden[number], self.config)
            self._update(loss)
            total += loss.detach() * learned
            tokens += learned
        return float(total) / max(1, tokens)

    def _update(self, loss: Tensor) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        if self.config.clip_norm:
            clip_grad_norm_(self.networks.parameters(), self.config.clip_norm)
        self.optimiser.step()
        self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.networks)


def _loss(task: TrainingSet, sentences: Tensor, hidden: Tensor, config: TrainingConfig) -> tuple[Tensor, int]:
    """The loss on some sentences of a task, the mean over tokens, and over how many.

    With rdrop_weight there are two readings (R-Drop, Liang et al. 2021).
    """
    batch = task.data.batch(sentences, hidden, task.mask_rate)
    if not config.rdrop_weight or task.mask_rate:
        return task.network.loss(batch, config.label_smoothing), batch.learned
    again = task.data.batch(sentences, hidden)  # other words are hidden, and other units will be dropped
    assert batch.tags is not None
    first, second = task.network(batch), task.network(again)
    loss = sum(
        task.network.head.loss(scores, batch.tags, batch.lengths, config.label_smoothing) / 2
        for scores in (first, second)
    )
    return loss + config.rdrop_weight * divergence(first, second), batch.learned


def divergence(first: Tensor, second: Tensor) -> Tensor:
    """How far two readings of the same tokens are apart: Kullback and Leibler's divergence, both ways' mean.

    Shape: scores ``(tokens, tags)`` each, to a scalar, the mean over tokens, in nats.
    """
    one, other = first.log_softmax(1), second.log_softmax(1)
    # p (log p - log q) + q (log q - log p) = (p - q)(log p - log q)
    return ((one.exp() - other.exp()) * (one - other)).sum(1).mean() / 2


def _draw(sentences: int, share: int) -> Iterator[Tensor]:
    """For each epoch the numbers of `share` sentences; none has a second turn before all had their first."""
    rest = torch.randperm(sentences)
    while True:
        while len(rest) < share:
            rest = torch.cat([rest, torch.randperm(sentences)])
        yield rest[:share]
        rest = rest[share:]


def _shuffled(chunks: list[tuple[int, Tensor]]) -> list[tuple[int, Tensor]]:
    """Batches of several tasks in random order; those of one task alone are in random order already."""
    if all(task == 0 for task, _ in chunks):
        return chunks
    return [chunks[place] for place in torch.randperm(len(chunks)).tolist()]


def _average(networks: nn.ModuleList, decay: float) -> AveragedModel | None:
    """An exponential moving average of all weights (Polyak and Juditsky 1992); None without decay."""
    return AveragedModel(networks, multi_avg_fn=get_ema_multi_avg_fn(decay)) if decay else None


@torch.no_grad()
def accuracy_on(network: TaggingNetwork, data: EncodedCorpus) -> float | None:
    """Token accuracy in 0..1, from counts over all tagged tokens of the set; None of nothing."""
    tagged = int(data.tags.ne(TagSet.UNTAGGED).sum())
    if not tagged:
        return None
    network.eval()
    correct = 0
    for batch in data.batches(_DEV_BATCH):
        assert batch.tags is not None
        correct += int(network.head.decode(network(batch), batch.lengths).eq(batch.tags).sum())
    return correct / tagged
