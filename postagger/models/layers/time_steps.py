"""In which order a recurrence reads the tokens of a batch, from the front and from the back."""

from __future__ import annotations

import torch
from torch import Tensor

from postagger.models.layers.packing import pack_places


class Steps:
    """In which order the steps of a recurrence read the tokens of some sentences, forward and backward.

    Step t is of the t-th token, from the front or from the back, of every sentence that has one, the
    longest sentences first. Both directions have steps of the same sizes.

    Attributes:
        sizes: sentences of each step.
        orders: for each direction the tokens, step by step; ``(tokens,)``.
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
        # The token that stands as far from its sentence's end as this one from its start.
        mirror = (2 * ends - lengths - 1).repeat_interleave(lengths) - torch.arange(int(ends[-1]))
        self.orders = (places.data, mirror[places.data])
        self._inverses = [
            torch.empty_like(order).index_copy_(0, order, torch.arange(len(order))) for order in self.orders
        ]

    def in_sentences(self, values: Tensor, direction: int) -> Tensor:
        """Values in a direction's order, put in the order of the sentences: ``(tokens, ...)`` both."""
        return values.index_select(0, self._inverses[direction])
