"""The updates of a training, epoch by epoch, and all that they depend on as one state."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from postagger.config import TrainingConfig
from postagger.models import TaggingNetwork
from postagger.random_numbers import generator, redirected, set_states, states
from postagger.training.distributed import world
from postagger.training.drawing import Draw
from postagger.training.epoch_record import DivergenceError
from postagger.training.exchange import add_up
from postagger.training.lazy_table import in_epoch, lazy_tables
from postagger.training.objective import TrainingSet, batch_loss
from postagger.training.optimisers import clip, make_average, make_optimiser
from postagger.training.progress import Progress
from postagger.training.schedule import count_epochs, make_schedule


class Descent:
    """Updates the weights on all data sets, one epoch at a time.

    Attributes:
        networks: the networks of each data set, the main one's first; they share layers.
        kept: the networks that are evaluated and saved: `networks`, or their moving average.
        scored: the networks in `kept` for the main data set.
        updates_per_epoch: the number of batches in an epoch, over all data sets.
        epochs: the number of epochs, unless training ends early.
        epoch, update: the number of the current epoch, and of its last update; both 0 at first.
    """

    def __init__(self, sets: Sequence[TrainingSet], config: TrainingConfig, word_dropout: float) -> None:
        main, *others = sets
        self._world = world()
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
        self._world.copy_first([*self.networks.parameters(), *self.networks.buffers()])
        bfloat16 = config.dtype == "bfloat16"
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
        # One from elsewhere may draw random numbers.
        self._foreign_optimiser = not type(self.optimiser).__module__.startswith("torch.")
        self.epoch = self.update = 0
        self._batches: list[tuple[int, Tensor]] = []

    def begin_epoch(self) -> None:
        """Draws the batches of the next epoch."""
        self.epoch += 1
        self.update = self._tokens = 0
        self._total = torch.zeros((), device=self.sets[0].data.device, dtype=torch.float64)
        self._beginning: dict[str, Any] = {
            "generators": states(),
            "remaining": [each.remaining for each in self.draws],
        }
        self._batches = self._draw()

    def _draw(self) -> list[tuple[int, Tensor]]:
        """The batches of an epoch, each with the number of its data set, in random order."""
        batches = [(number, batch) for number, draw in enumerate(self.draws) for batch in draw.epoch()]
        if len(self.draws) == 1:
            return batches
        return [batches[place] for place in torch.randperm(len(batches), generator=generator()).tolist()]

    def finish_epoch(self, progress: Progress, after_update: Callable[[], None]) -> float:
        """Trains on the batches of the epoch that are left.

        Returns:
            The mean loss over the tokens of the epoch.

        Raises:
            DivergenceError: the loss became infinite or NaN.
        """
        self.networks.train()
        with in_epoch(self.lazy, self.optimiser):
            for number, sentences in progress.epoch(self.epoch, self._batches[self.update :]):
                self.update += 1
                with self.autocast:
                    loss, learned = batch_loss(
                        self.sets[number], sentences, self.word_dropout[number], self.config, self._world
                    )
                self._total += self._update(loss) * learned
                self._tokens += learned
                after_update()
        self._check(self._total)
        self._world.copy_first([*self.networks.buffers(), *self.kept.buffers()])
        return float(self._total) / max(1, self._tokens)

    def _check(self, loss: Tensor) -> None:
        """
        Args:
            loss: of a batch, or of all so far.

        Raises:
            DivergenceError: it is infinite or NaN.
        """
        if not math.isfinite(value := float(loss.detach())):
            norm = "" if self.norm is None else f", after a gradient of norm {float(self.norm):.3g}"
            raise DivergenceError(
                f"the loss is {value} in update {self.update} of epoch {self.epoch}, at a learning rate of "
                f"{self.optimiser.param_groups[0]['lr']:.3g}{norm}: training diverged; lower "
                f"training.learning_rate (now {self.config.learning_rate}) or set training.clip_norm"
            )

    def _update(self, loss: Tensor) -> Tensor:
        """Updates the weights; returns the loss, of all processes."""
        self.optimiser.zero_grad()
        loss.backward()
        rows = [table.gradient() for table in self.lazy]
        loss = loss.detach()
        if self._world.size > 1:
            loss, rows = add_up(self._world, loss, self.weights, self.lazy)
        if loss.is_cpu:  # asking a GPU for every loss would slow it down
            self._check(loss)
        gradients = [each.grad for each in self.weights if each.grad is not None]
        self.norm = clip([*gradients, *rows], self.config.clip_norm)
        with redirected() if self._foreign_optimiser else nullcontext():
            self.optimiser.step()
        for table in self.lazy:
            table.step()
        self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.networks)
        return loss

    def state(self) -> dict[str, Any]:
        """All that further updates depend on, besides what a `Descent` is made from: tensors and plain data.

        The tensors are those that the next update changes.
        """
        return {
            "epoch": self.epoch,
            "update": self.update,
            "beginning": self._beginning,
            "generators": states(),
            "total": self._total,
            "tokens": self._tokens,
            "networks": dict(self.networks.state_dict()),
            "average": None if self.average is None else dict(self.average.state_dict()),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "tables": [each.state() for each in self.lazy],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes back to a `state` of the same training."""
        self.networks.load_state_dict(state["networks"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        for table, found in zip(self.lazy, state["tables"], strict=True):
            table.restore(found)
        self.epoch, self.update, self._tokens = state["epoch"], state["update"], state["tokens"]
        self._total = state["total"].to(self.sets[0].data.device)
        self._beginning = state["beginning"]
        set_states(self._beginning["generators"])
        for draw, remaining in zip(self.draws, self._beginning["remaining"], strict=True):
            draw.remaining = remaining
        self._batches = self._draw()
        set_states(state["generators"])
