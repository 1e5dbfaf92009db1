"""Adds up the gradients of several processes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from postagger.errors import ConfigError
from postagger.training.lazy_table import LazyTable
from postagger.training.world import World


def add_up(
    world: World, loss: Tensor, weights: Sequence[Tensor], tables: Sequence[LazyTable]
) -> tuple[Tensor, list[Tensor]]:
    """Replaces the gradients of all weights, and of the rows of tables, by their sums over all processes.

    What has no gradient in any process has none afterwards, as in one process. Of a table, only rows that
    some process has read are sent.

    Args:
        tables: their `gradient` has been read.

    Returns:
        The sum of the losses, a scalar, and the gradients of each table's rows.

    Raises:
        ConfigError: a gradient is sparse.
    """
    read = [table.read_rows() for table in tables]  # (rows of the table,) bool
    known = torch.tensor([each.grad is not None for each in weights])
    learned, *read = world.any(torch.cat([known, *read])).split([len(known), *map(len, read)])
    gradients = []
    for each, needed in zip(weights, learned.tolist(), strict=True):
        if needed and each.grad is None:
            each.grad = torch.zeros_like(each)
        if each.grad is not None:
            if each.grad.is_sparse:
                raise ConfigError("sparse gradients can't be added up over processes: train in one process")
            gradients.append(each.grad)
    rows = [table.widen(each.nonzero().squeeze(1)) for table, each in zip(tables, read, strict=True)]
    total = loss.detach().clone()
    world.add([total, *gradients, *rows])
    return total, rows
