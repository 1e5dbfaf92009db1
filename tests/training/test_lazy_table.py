from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.optim import AdamW

from postagger.training import lazy_table as module
from postagger.training.lazy_table import LazyTable

pytestmark = pytest.mark.usefixtures("seed", "one_thread")


def loss(table: nn.Embedding, batch: Tensor, goal: Tensor) -> Tensor:
    error: Tensor = table(batch) - goal[batch]
    return (error**2).sum()


@pytest.mark.parametrize("beta2", [0.9, 0.99, 0.999])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("longest", [3, 1000])
def test_it_does_what_adamw_does(
    beta2: float, decay: float, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows that never occur, rows that occur once, an epoch's end, and another rate in every update."""
    monkeypatch.setattr(module, "_LONGEST", longest)
    one, goal = nn.Embedding(20, 4), torch.randn(20, 4)
    other = copy.deepcopy(one)
    dense = AdamW(one.parameters(), 0.1, betas=(0.9, beta2), weight_decay=decay)
    rest = AdamW([nn.Parameter(torch.zeros(1))], 0.1, betas=(0.9, beta2), weight_decay=decay)
    lazy = LazyTable(other)
    batches = [torch.tensor([19, 1, 1]), *torch.randint(15, (60, 5))]
    for epoch in (batches[:20], batches[20:]):
        with lazy.epoch(rest):
            for number, batch in enumerate(epoch):
                dense.param_groups[0]["lr"] = rest.param_groups[0]["lr"] = 0.1 / (1 + number)
                dense.zero_grad()
                loss(one, batch, goal).backward()
                dense.step()
                loss(other, batch, goal).backward()
                lazy.gradient()
                lazy.step()
        torch.testing.assert_close(other.weight, one.weight, rtol=1e-3, atol=1e-5)
    assert not other.sparse
    loss(other, batches[0], goal).backward()
    assert other.weight.grad is not None
    assert not other.weight.grad.is_sparse


def test_two_passes_before_an_update_and_a_frozen_table() -> None:
    table, goal = nn.Embedding(6, 2), torch.randn(6, 2)
    lazy, rest = LazyTable(table), AdamW([nn.Parameter(torch.zeros(1))], 0.1)
    before = table.weight.detach().clone()
    with lazy.epoch(rest):
        table.weight.requires_grad_(False)
        table(torch.tensor([1]))
        assert lazy.gradient().shape == (0, 2)
        lazy.step()
    assert table.weight.equal(before)
    table.weight.requires_grad_(True)
    with lazy.epoch(rest):
        (loss(table, torch.tensor([1, 2]), goal) + loss(table, torch.tensor([2, 3]), goal)).backward()
        assert lazy.gradient().shape == (3, 2)
        lazy.step()
    assert table.weight[1:4].ne(before[1:4]).all()
