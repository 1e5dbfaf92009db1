"""Minibatch gradient descent: the loop over epochs, and the choice of the best epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from postagger.batches import EncodedCorpus
from postagger.config import TrainingConfig
from postagger.errors import DataError
from postagger.features import TagSet
from postagger.models import TaggingNetwork
from postagger.training.drawing import Draw
from postagger.training.epoch_record import DivergenceError, EpochRecord
from postagger.training.lazy_table import in_epoch, lazy_tables
from postagger.training.objective import TrainingSet, batch_loss
from postagger.training.optimisers import clip, make_average, make_optimiser
from postagger.training.progress import Progress
from postagger.training.schedule import count_epochs, make_schedule

_DEV_BATCH = 64
"""Dev sentences tagged at a time; the tags don't depend on it."""


@dataclass(frozen=True)
class Freeze:
    """Freezes modules for the first epochs."""

    modules: Sequence[nn.Module]
    epochs: int

    def hold(self, epoch: int) -> None:
        """Freezes or unfreezes the modules before an epoch, counted from 1."""
        for module in self.modules:
            module.requires_grad_(epoch > self.epochs)

    def release(self) -> None:
        """Unfreezes the modules."""
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
    heads: Mapping[str, TaggingNetwork] | None = None,
    others: Sequence[TrainingSet] = (),
    freeze: Freeze | None = None,
    on_epoch: Callable[[EpochRecord], None] = lambda _: None,
    progress: Progress | None = None,
) -> list[EpochRecord]:
    """Trains a network in place; draws from torch's random numbers.

    With dev sentences, the network gets the weights of the epoch with the best dev accuracy (the first of
    equals; with several heads, of their mean accuracy), and `config.patience` may end the run early. Without,
    it gets those of the last epoch.

    (Its length is due to the description of its arguments.)

    Args:
        network, data, dev: all on one device.
        word_dropout: alpha of `EncodedCorpus.unknown_probability`.
        mask_rate: see `EncodedCorpus.batch`.
        heads: the networks of all heads that learn from `data`, by name, if there are several; the first is
            `network`, the others are for the `other_tags`.
        others: further data sets to train on; each batch comes from one set, in random order.
        freeze: modules to freeze in the first epochs.
        on_epoch: called after every epoch.
        progress: shows how far the training is; None shows nothing.

    Raises:
        DataError: a data set has no sentences, or the main one no tags.
        DivergenceError: the loss became infinite or NaN before any epoch was scored on dev.
    """
    names, networks = tuple(heads or ()), tuple((heads or {}).values())
    sets = [TrainingSet(network, data, mask_rate=mask_rate, others=networks[1:]), *others]
    _check(sets)
    descent = _Descent(sets, config, word_dropout)
    best = _Best(descent.kept)
    history: list[EpochRecord] = []
    progress = progress or Progress(show=False)
    progress.start(descent.epochs, descent.updates_per_epoch)
    start = time.perf_counter()
    for epoch in range(1, descent.epochs + 1):
        if freeze is not None:
            freeze.hold(epoch)
        try:
            loss = descent.run_epoch(progress)
        except DivergenceError as error:
            if not best.epoch:
                raise
            history[-1] = replace(
                history[-1], problem=f"{error}; the best epoch before, {best.epoch}, is kept"
            )
            break
        scores = [] if dev is None else accuracies_on(descent.scored, dev)
        accuracy, seconds = _mean(scores), time.perf_counter() - start
        by_head = dict(zip(names, scores, strict=False))
        record = EpochRecord(epoch, epoch * descent.updates_per_epoch, loss, accuracy, seconds, "", by_head)
        history.append(record)
        on_epoch(record)
        stale = accuracy is not None and not best.improves(accuracy, epoch)
        if stale and config.patience and epoch - best.epoch >= config.patience:
            break
    if freeze is not None:
        freeze.release()
    descent.networks.load_state_dict(best.weights)
    descent.networks.eval()
    return history


def _check(sets: Sequence[TrainingSet]) -> None:
    """Checks that there is something to learn.

    Raises:
        DataError: a data set has no sentences, or the main one no tags.
    """
    for number, each in enumerate(sets):
        if len(each.data) == 0:
            what = f"further data set {number}" if number else "the training set"
            raise DataError(f"there is nothing to learn: {what} contains no sentence")
    main = sets[0].data
    if not all(tags.ge(0).any() for tags in (main.tags, *main.other_tags)):
        raise DataError("there is nothing to learn: the training set contains no tag")


class _Best:
    """The weights of the best epoch so far; without dev accuracies, the networks' current weights.

    Attributes:
        epoch: the number of the best epoch, from 1; 0 before the first.
        weights: a copy of that epoch's weights.
    """

    def __init__(self, networks: nn.Module) -> None:
        self._networks = networks
        self._accuracy = -1.0
        self.epoch = 0
        self.weights = networks.state_dict()

    def improves(self, accuracy: float, epoch: int) -> bool:
        """Whether an epoch is better than all earlier ones; if so, copies its weights."""
        if accuracy <= self._accuracy:
            return False
        self._accuracy, self.epoch = accuracy, epoch
        weights = self._networks.state_dict()
        self.weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
        return True


class _Descent:
    """Updates the weights on all data sets, one epoch at a time.

    Attributes:
        networks: the networks of each data set, the main one's first; they share layers.
        kept: the networks that are evaluated and saved: `networks`, or their moving average.
        scored: the networks in `kept` for the main data set.
        updates_per_epoch: the number of batches in an epoch, over all data sets.
        epochs: the number of epochs, unless training ends early.
    """

    def __init__(self, sets: Sequence[TrainingSet], config: TrainingConfig, word_dropout: float) -> None:
        main, *others = sets
        self.sets = sets
        self.config = config
        self.size = len(main.data) if config.batch_size == "all" else config.batch_size
        self.word_dropout = [each.data.unknown_probability(word_dropout) for each in sets]
        sentences = [len(main.data), *(max(1, round(each.weight * len(main.data))) for each in others)]
        self.draws = [
            Draw(each.data.lengths, count, self.size, by_length=each.network.context.pads)
            for each, count in zip(sets, sentences, strict=True)
        ]
        self.updates_per_epoch = sum(math.ceil(count / self.size) for count in sentences)
        self.networks = nn.ModuleList(network for each in sets for network in each.networks)
        bfloat16 = config.dtype == "bfloat16"
        self.epoch = 0
        self.norm: Tensor | None = None
        self.autocast = torch.autocast(main.data.device.type, torch.bfloat16, enabled=bfloat16)
        self.lazy = lazy_tables(self.networks, config)
        tables = {each.weight for each in self.lazy}
        self.weights = [each for each in self.networks.parameters() if each not in tables]
        self.optimiser = make_optimiser(self.weights, config, main.network.context.own_rates())
        length = main.network.context.usual_epochs, main.network.context.fewest_updates
        self.epochs = count_epochs(config, len(main.data), *length)
        self.schedule = make_schedule(self.optimiser, config, self.updates_per_epoch * self.epochs)
        self.average = make_average(self.networks, config.averaging)
        self.kept = self.networks if self.average is None else self.average.module
        kept = [each for each in self.kept.children() if isinstance(each, TaggingNetwork)]
        self.scored = kept[: len(main.networks)]

    def run_epoch(self, progress: Progress) -> float:
        """Trains for one epoch; returns the mean loss over its tokens."""
        self.networks.train()
        self.epoch += 1
        total = torch.zeros((), device=self.sets[0].data.device, dtype=torch.float64)
        tokens = 0
        batches = _shuffled(
            [(number, batch) for number, draw in enumerate(self.draws) for batch in draw.epoch()]
        )
        with in_epoch(self.lazy, self.optimiser):
            for update, (number, sentences) in enumerate(progress.epoch(batches), 1):
                with self.autocast:
                    loss, learned = batch_loss(
                        self.sets[number], sentences, self.word_dropout[number], self.config
                    )
                if loss.is_cpu:  # asking a GPU for every loss would slow it down
                    self._check(loss, update)
                self._update(loss)
                total += loss.detach() * learned
                tokens += learned
        self._check(total, len(batches))
        return float(total) / max(1, tokens)

    def _check(self, loss: Tensor, update: int) -> None:
        """
        Args:
            loss: of a batch, or of all so far.
            update: the number of the batch in the epoch.

        Raises:
            DivergenceError: it is infinite or NaN.
        """
        if not math.isfinite(value := float(loss.detach())):
            norm = "" if self.norm is None else f", after a gradient of norm {float(self.norm):.3g}"
            raise DivergenceError(
                f"the loss is {value} in update {update} of epoch {self.epoch}, at a learning rate of "
                f"{self.optimiser.param_groups[0]['lr']:.3g}{norm}: training diverged; lower "
                f"training.learning_rate (now {self.config.learning_rate}) or set training.clip_norm"
            )

    def _update(self, loss: Tensor) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        gradients = [each.grad for each in self.weights if each.grad is not None]
        self.norm = clip([*gradients, *(table.gradient() for table in self.lazy)], self.config.clip_norm)
        self.optimiser.step()
        for table in self.lazy:
            table.step()
        self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.networks)


def _shuffled(batches: list[tuple[int, Tensor]]) -> list[tuple[int, Tensor]]:
    """Shuffles the batches of several data sets; those of a single one are already in random order."""
    if all(number == 0 for number, _ in batches):
        return batches
    return [batches[place] for place in torch.randperm(len(batches)).tolist()]


@torch.no_grad()
def accuracies_on(networks: Sequence[TaggingNetwork], data: EncodedCorpus) -> list[float | None]:
    """The token accuracy of each head, on the tags and `other_tags` of a data set; None without any tags.

    Args:
        networks: they share all layers except their heads.
    """
    main = networks[0].eval()
    targets = (data.tags, *data.other_tags)
    tagged = [int(tags.ne(TagSet.UNTAGGED).sum()) for tags in targets]
    correct = [0] * len(targets)
    for batch in data.batches(_DEV_BATCH) if any(tagged) else ():
        assert batch.tags is not None
        context = main.backbone(batch)
        for number, tags in enumerate((batch.tags, *batch.other_tags)):
            head = networks[number].head
            correct[number] += int(head.decode(head(context), batch.lengths).eq(tags).sum())
    return [hits / total if total else None for hits, total in zip(correct, tagged, strict=True)]


def _mean(scores: Iterable[float | None]) -> float | None:
    """The mean of the scores that there are; None if there are none."""
    found = [score for score in scores if score is not None]
    return sum(found) / len(found) if found else None
