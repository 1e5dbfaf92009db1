"""AdamW for a table of word embeddings, at the cost of the rows that a batch needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from postagger.config import TrainingConfig
from postagger.models import ContextModel
from postagger.models.word_encoder import WordEncoder
from postagger.training.optimisers import BETA1

_LONGEST = 1000
"""Updates after which all rows are moved, so that the numbers kept for each past update remain few."""


class LazyTable:
    """Does what AdamW does, but moves a row only when a batch contains its word.

    AdamW moves all rows in every update, also those without a gradient, by weight decay and by their
    momentum. From one update to the next, the two moments of such a row shrink to ``beta1`` and ``beta2`` of
    what they were, so it keeps its direction, ``first / sqrt(second)``. All its moves together are therefore
    ``row * keep - drift * direction``, with two numbers that depend only on when it was last moved. They
    are made up for when the word occurs again, and for all rows at the end of an epoch. (AdamW's epsilon is
    taken as constant meanwhile, which changes nothing but digits near the end.)
    """

    def __init__(self, table: nn.Embedding, factor: float = 1.0) -> None:
        """
        Args:
            factor: the table's learning rate, relative to that of the optimiser's first group.
        """
        self._table = table
        self._factor = factor
        self._moments = table.weight.new_zeros(table.num_embeddings, 2, table.embedding_dim)
        self._updates = 0
        self._start()

    def _start(self) -> None:
        """Counts the time, in updates, from 0 again; all rows are up to date."""
        self._moved = torch.zeros(self._table.num_embeddings, dtype=torch.long)  # when each row was moved
        # For rows that were last moved at a time: `keep`, `drift`, and what is left of the two moments.
        self._since = torch.tensor([[1.0, 0.0, 1.0, 1.0]])  # (times, 4)

    def state(self) -> dict[str, Any]:
        """What its updates depend on, besides the table."""
        return {
            "moments": self._moments,
            "updates": self._updates,
            "moved": self._moved,
            "since": self._since,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes back to a `state`."""
        self._moments, self._updates = state["moments"], state["updates"]
        self._moved, self._since = state["moved"], state["since"]

    @property
    def weight(self) -> Tensor:
        return self._table.weight

    @contextmanager
    def epoch(self, optimiser: Optimizer) -> Iterator[None]:
        """A context for updates of the other weights by `optimiser`, an AdamW, and of this table."""
        self._settings: dict[str, Any] = optimiser.param_groups[0]
        self._table.sparse = True
        hook = self._table.register_forward_pre_hook(lambda _, inputs: self._catch_up(inputs[0]))
        try:
            yield
        finally:
            hook.remove()
            self._table.sparse = False
            self._catch_up_all()

    def gradient(self) -> Tensor:
        """The gradient of the rows in a batch, ``(rows, size)``, which may be changed in place for `step`.

        It has no rows if the table is frozen.
        """
        weight = self._table.weight
        if weight.grad is None:
            self._rows, self._gradient = self._moved[:0], weight.detach()[:0]
        else:
            found = weight.grad.coalesce()
            self._rows, self._gradient = found.indices()[0], found.values()
        weight.grad = None
        return self._gradient

    def read_rows(self) -> Tensor:
        """Which rows have a gradient: ``(rows of the table,)`` bool; see `gradient`."""
        found = torch.zeros(self._table.num_embeddings, dtype=torch.bool)
        found[self._rows] = True
        return found

    def widen(self, rows: Tensor) -> Tensor:
        """Adds rows to those that have a gradient, because they have one in another process.

        Args:
            rows: ``(rows,)``, ascending, with all that have one here.

        Returns:
            The gradient of these rows, 0 for those that were added; as `gradient`.
        """
        gradient = self._gradient.new_zeros(len(rows), self._table.embedding_dim)
        gradient[torch.searchsorted(rows, self._rows)] = self._gradient
        self._catch_up(rows)
        self._rows, self._gradient = rows, gradient
        return gradient

    @torch.no_grad()
    def _catch_up(self, rows: Tensor) -> None:
        """Makes up for the moves of some rows, ``(rows,)``; one may occur several times."""
        weight, moments = self._look_up(rows)
        since = self._since.index_select(0, self._moved[rows]).unsqueeze(2)  # (rows, 4, 1)
        first, second = moments.unbind(1)
        bound = self._settings["eps"] * (1 - self._settings["betas"][1] ** self._updates) ** 0.5
        direction = torch.div(first, second.sqrt().add_(bound or 1.0))
        weight.mul_(since[:, 0]).addcmul_(since[:, 1], direction, value=-1)
        self._store(rows, weight, moments.mul_(since[:, 2:]))

    def _catch_up_all(self) -> None:
        self._catch_up(torch.arange(self._table.num_embeddings))
        self._start()

    @torch.no_grad()
    def step(self) -> None:
        """Moves the rows that have a gradient; see `gradient`."""
        rows, gradient = self._rows, self._gradient
        if not len(rows):
            return
        (beta1, beta2), epsilon = self._settings["betas"], self._settings["eps"]
        self._updates += 1
        peak = self._settings["lr"] * self._factor
        shrink = 1 - peak * self._settings["weight_decay"]
        rate = peak / (1 - beta1**self._updates)
        scale = (1 - beta2**self._updates) ** 0.5
        weight, moments = self._look_up(rows)
        first, second = moments.unbind(1)
        first.lerp_(gradient, 1 - beta1)
        second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        bound = second.sqrt().div_(scale).add_(epsilon)
        self._since *= torch.tensor([shrink, shrink, beta1, beta2])
        _, drift, left1, left2 = self._since.unbind(1)
        drift.addcdiv_(left1, left2.sqrt().clamp_min_(1e-30), value=rate * scale)
        self._since = torch.cat([self._since, torch.tensor([[1.0, 0.0, 1.0, 1.0]])])
        self._store(rows, weight.mul_(shrink).addcdiv_(first, bound, value=-rate), moments)
        if len(self._since) > _LONGEST:
            self._catch_up_all()

    def _look_up(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        return self._table.weight.index_select(0, rows), self._moments.index_select(0, rows)

    def _store(self, rows: Tensor, weight: Tensor, moments: Tensor) -> None:
        self._table.weight.index_copy_(0, rows, weight)
        self._moments.index_copy_(0, rows, moments)
        self._moved.index_fill_(0, rows, len(self._since) - 1)


def lazy_tables(networks: nn.Module, config: TrainingConfig) -> list[LazyTable]:
    """The tables of words and sub-words that can be updated lazily: on the CPU, with AdamW, not averaged.

    With a ``beta2`` below ``beta1``, epsilon would not stay negligible.
    """
    if config.optimiser != "adamw" or config.averaging or config.beta2 < BETA1:
        return []
    found: dict[Any, float] = {}
    for each in networks.modules():
        if isinstance(each, WordEncoder) and each.word is not None:
            found[each.word] = 1.0
        elif isinstance(each, ContextModel):
            rates = each.own_rates()
            for table in each.tables():
                found[table] = rates.get(table.weight, config.learning_rate) / config.learning_rate
    return [LazyTable(table, factor) for table, factor in found.items() if table.weight.is_cpu]


@contextmanager
def in_epoch(tables: Iterable[LazyTable], optimiser: Optimizer) -> Iterator[None]:
    """The context of an epoch for all tables; see `LazyTable.epoch`."""
    with ExitStack() as stack:
        for table in tables:
            stack.enter_context(table.epoch(optimiser))
        yield
