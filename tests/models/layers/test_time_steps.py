from __future__ import annotations

import torch

from postagger.models.layers.time_steps import Steps


def test_the_steps_of_both_directions() -> None:
    steps = Steps(torch.tensor([2, 1, 3]))  # tokens 0 1, 2, 3 4 5
    assert steps.sizes == [3, 2, 1]
    assert [order.tolist() for order in steps.orders] == [[3, 0, 2, 4, 1, 5], [5, 1, 2, 4, 0, 3]]
    for direction, order in enumerate(steps.orders):
        assert steps.in_sentences(order, direction).tolist() == list(range(6))
