"""The order in which a recurrence processes the tokens of a batch, in both directions."""

from __future__ import annotations

import torch
from torch import Tensor

from postagger.models.layers.packing import pack_places


class Steps:
    """The time steps of a recurrence over a batch of sentences, forward and backward.

    Step t holds the t-th token, from the start or from the end, of every sentence that has one, longest
    sentences first. The steps of both directions have the same sizes.

    Attributes:
        sizes: the number of sentences in each step.
        orders: for each direction, the tokens in step order, ``(tokens,)``.
    """

    def __init__(self, lengths: Tensor) -> None:
        """
        Args:
            lengths: ``(sentences,)``, none of them 0.
        """
        places = pack_places(lengths)
        self.sizes: list[int] = places.batch_sizes.tolist()
        self.sentences = len(lengths)
        ends = lengths.cumsum(0)
        # The token that is as far from the end of its sentence as this one is from the start.
        mirror = (2 * ends - lengths - 1).repeat_interleave(lengths) - torch.arange(int(ends[-1]))
        self.orders = (places.data, mirror[places.data])
        self._inverses = [
            torch.empty_like(order).index_copy_(0, order, torch.arange(len(order))) for order in self.orders
        ]

    def in_sentences(self, values: Tensor, direction: int) -> Tensor:
        """Reorders values from a direction's step order to the order of the batch: ``(tokens, ...)`` both."""
        return values.index_select(0, self._inverses[direction])
