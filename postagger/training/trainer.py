"""Minibatch gradient descent: the loop over epochs, and the choice of the best epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn

from postagger.batches import EncodedCorpus
from postagger.config import TrainingConfig
from postagger.errors import DataError
from postagger.features import TagSet
from postagger.models import TaggingNetwork
from postagger.training.checkpoints import TrainingCheckpoint
from postagger.training.descent import Descent
from postagger.training.distributed import world
from postagger.training.epoch_record import DivergenceError, EpochRecord
from postagger.training.objective import TrainingSet
from postagger.training.progress import Progress

_DEV_BATCH = 64
"""Dev sentences tagged at a time; the tags don't depend on it."""


@dataclass(frozen=True)
class Freeze:
    """Freezes modules for the first epochs."""

    modules: Sequence[nn.Module]
    epochs: int

    def __repr__(self) -> str:
        return f"<Freeze: {len(self.modules)} modules for {self.epochs} epochs>"

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
    checkpoint: TrainingCheckpoint | None = None,
) -> list[EpochRecord]:
    """Trains a network in place; draws from the random numbers of `own_random_numbers`, or else from torch's.

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
        checkpoint: where the state of the training is saved now and then. If there is one already, of the
            same training, it goes on from there and ends as it would have without the interruption.

    Raises:
        DataError: a data set has no sentences, or the main one no tags.
        DivergenceError: the loss became infinite or NaN before any epoch was scored on dev.
        ModelFileError: the checkpoint is damaged.
        KeyboardInterrupt, SystemExit: the training was stopped by a signal; its checkpoint is saved.
    """
    names, networks = tuple(heads or ()), tuple((heads or {}).values())
    sets = [TrainingSet(network, data, mask_rate=mask_rate, others=networks[1:]), *others]
    _check(sets)
    progress = progress or Progress(show=False)
    run = _Run(Descent(sets, config, word_dropout), names, dev, config.patience, checkpoint)
    with run.waiting(), progress:
        run.finish(freeze, on_epoch, progress)
    return run.history


class _Run:
    """A training with its history, which can be interrupted after every update.

    Attributes:
        history: the records of the epochs so far.
    """

    def __init__(
        self,
        descent: Descent,
        names: Sequence[str],
        dev: EncodedCorpus | None,
        patience: int,
        checkpoint: TrainingCheckpoint | None,
    ) -> None:
        """
        Args:
            names: those of the heads, if there are several.
            checkpoint: if it has a state, the training goes on from there.
        """
        self._descent = descent
        self._names = names
        self._dev = dev
        self._patience = patience
        self._checkpoint = checkpoint
        self._best = _Best(descent.kept)
        self._start = time.perf_counter()
        self.history: list[EpochRecord] = []
        state = None if checkpoint is None else checkpoint.read()
        world().check_same({"checkpoint": "" if state is None else _place(state)})
        if state is not None:
            self._restore(state)

    def waiting(self) -> AbstractContextManager[None]:
        """A context in which signals wait for the end of an update, if there are checkpoints."""
        return nullcontext() if self._checkpoint is None else self._checkpoint.waiting()

    def finish(
        self, freeze: Freeze | None, on_epoch: Callable[[EpochRecord], None], progress: Progress
    ) -> None:
        """Trains to the end; the networks get the weights of the best epoch."""
        descent = self._descent
        done = max(0, descent.epoch - 1) * descent.updates_per_epoch + descent.update
        progress.start(descent.epochs, descent.updates_per_epoch, done)
        while not self._ended():
            if len(self.history) == descent.epoch:
                descent.begin_epoch()
            if freeze is not None:
                freeze.hold(descent.epoch)
            try:
                loss = descent.finish_epoch(progress, self._visit_checkpoint)
            except DivergenceError as error:
                self._end_with(error)
                break
            self._record(loss, on_epoch)
            progress.scored(self.history[-1].dev_accuracy)
            self._visit_checkpoint()
        if freeze is not None:
            freeze.release()
        descent.networks.load_state_dict(self._best.weights)
        descent.networks.eval()

    def _ended(self) -> bool:
        """Whether all epochs are done, or so many without an improvement that the training ends early."""
        epoch, best = len(self.history), self._best.epoch
        patience = self._patience if best else 0  # 0 before the first epoch, and without dev tags
        return epoch == self._descent.epochs or bool(patience and epoch - best >= patience)

    def _end_with(self, error: DivergenceError) -> None:
        if not self._best.epoch:
            raise error
        problem = f"{error}; the best epoch before, {self._best.epoch}, is kept"
        self.history[-1] = replace(self.history[-1], problem=problem)

    def _record(self, loss: float, on_epoch: Callable[[EpochRecord], None]) -> None:
        """Scores an epoch on dev, and records it."""
        epoch, updates = self._descent.epoch, self._descent.updates_per_epoch
        scores = [] if self._dev is None else accuracies_on(self._descent.scored, self._dev)
        accuracy, seconds = _mean(scores), time.perf_counter() - self._start
        by_head = dict(zip(self._names, scores, strict=False))
        record = EpochRecord(epoch, epoch * updates, loss, accuracy, seconds, "", by_head)
        if accuracy is not None:
            self._best.improve(accuracy, epoch)
        self.history.append(record)
        on_epoch(record)

    def _visit_checkpoint(self) -> None:
        if self._checkpoint is not None:
            self._checkpoint.visit(self._state)

    def _state(self) -> dict[str, Any]:
        """All that the rest of the training depends on."""
        return {
            "descent": self._descent.state(),
            "best": self._best.state(),
            "history": [asdict(each) for each in self.history],
            "seconds": time.perf_counter() - self._start,
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        self._descent.restore(state["descent"])
        self._best.restore(state["best"])
        self.history = [EpochRecord(**each) for each in state["history"]]
        self._start -= state["seconds"]


def _place(state: Mapping[str, Any]) -> str:
    """How far a training was in a state."""
    return f"update {state['descent']['update']} of epoch {state['descent']['epoch']}"


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

    def improve(self, accuracy: float, epoch: int) -> None:
        """Copies the weights if an epoch is better than all earlier ones."""
        if accuracy > self._accuracy:
            self._accuracy, self.epoch = accuracy, epoch
            weights = self._networks.state_dict()
            self.weights = {name: tensor.detach().clone() for name, tensor in weights.items()}

    def state(self) -> dict[str, Any]:
        weights = dict(self.weights) if self.epoch else None  # else they are the current ones
        return {"accuracy": self._accuracy, "epoch": self.epoch, "weights": weights}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._accuracy, self.epoch = state["accuracy"], state["epoch"]
        if self.epoch:
            self.weights = state["weights"]


@torch.no_grad()
def accuracies_on(networks: Sequence[TaggingNetwork], data: EncodedCorpus) -> list[float | None]:
    """The token accuracy of each head, on the tags and `other_tags` of a data set; None without any tags.

    Several processes share the work.

    Args:
        networks: they share all layers except their heads.
    """
    main = networks[0].eval()
    targets = (data.tags, *data.other_tags)
    tagged = [int(tags.ne(TagSet.UNTAGGED).sum()) for tags in targets]
    correct = [0] * len(targets)
    sentences = torch.arange(len(data)).split(_DEV_BATCH) if any(tagged) else ()
    for numbers in sentences[world().rank :: world().size]:
        batch = data.batch(numbers)
        assert batch.tags is not None
        context = main.backbone(batch)
        for number, tags in enumerate((batch.tags, *batch.other_tags)):
            head = networks[number].head
            correct[number] += int(head.decode(head(context), batch.lengths).eq(tags).sum())
    correct = list(world().total(*correct))
    return [hits / total if total else None for hits, total in zip(correct, tagged, strict=True)]


def _mean(scores: Iterable[float | None]) -> float | None:
    """The mean of the scores that there are; None if there are none."""
    found = [score for score in scores if score is not None]
    return sum(found) / len(found) if found else None
