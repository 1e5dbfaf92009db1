"""Multinomial logistic regression: no hidden layer between the window and the tag."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from postagger.batches import Batch
from postagger.config import LogisticConfig
from postagger.models.context_model import ContextModel
from postagger.models.layers.window_index import window_index


class Logistic(ContextModel):
    """Concatenates the word vectors in a window.

    With the head's affine layer and softmax on top, this is multinomial logistic regression (maximum
    entropy), log-linear in indicators of the word, affixes and shape at each position.

    Shape: ``(types, size)`` vectors to ``(tokens, size * (left + 1 + right))``.
    """

    torch_draws = False
    draws_by_token = True
    has_hidden_layers = False

    def __init__(self, config: LogisticConfig, size: int) -> None:
        super().__init__()
        self.left, self.right = config.left, config.right
        self.output_size = size * (config.left + 1 + config.right)
        self.window = config.left, config.right

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        around = window_index(batch.index, batch.lengths, self.left, self.right)
        return F.embedding(around, vectors).flatten(1)  # (tokens, delays, size) -> (tokens, delays * size)
