"""The time-delay feedforward tagger (Waibel et al. 1989; Collobert et al. 2011)."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger.batches import Batch
from postagger.config import Activation, WindowConfig
from postagger.models.context_model import ContextModel
from postagger.models.layers.dropout import Dropout
from postagger.models.layers.linear import linear
from postagger.models.layers.window_index import window_index

ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "none": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


class TimeDelay(nn.Module):
    """An affine layer over the word vectors in a window.

    Because the layer is linear, its product for each word type and window position is computed once,
    and each token sums the rows of its window (pre-computation: Devlin et al. 2014). The result is the
    same as multiplying the window's concatenated vectors, with less work.

    Shape: ``(types, size)`` vectors to ``(tokens, outputs)``.
    """

    def __init__(self, size: int, outputs: int, left: int, right: int) -> None:
        super().__init__()
        self.left, self.right = left, right
        self.delays = left + 1 + right
        self.outputs = outputs
        joint = nn.Linear(size * self.delays, outputs)  # for its initial weights
        # (delays * outputs, size): one matrix for each window position, stacked
        weight = joint.weight.detach().view(outputs, self.delays, size).transpose(0, 1)
        self.weight = nn.Parameter(weight.reshape(self.delays * outputs, size).clone())
        self.bias = nn.Parameter(joint.bias.detach().clone())

    def rows(self, vectors: Tensor) -> Tensor:
        """Computes each word type's product at each window position.

        Shape: ``(types, size)`` to ``(types * delays, outputs)``.
        """
        return linear(vectors, self.weight).view(-1, self.outputs)

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        around = window_index(batch.index, batch.lengths, self.left, self.right)  # (tokens, delays)
        places = torch.arange(self.delays, device=around.device)
        return F.embedding_bag(around * self.delays + places, self.rows(vectors), mode="sum") + self.bias


class Window(ContextModel):
    """Hidden layers over a window of words; the first one is a `TimeDelay`.

    Shape: ``(types, size)`` vectors to ``(tokens, units of the last hidden layer)``.
    """

    torch_draws = False
    draws_by_token = True

    def __init__(self, config: WindowConfig, size: int) -> None:
        super().__init__()
        first, *_ = config.hidden
        self.delay = TimeDelay(size, first, config.left, config.right)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(config.hidden))
        self.activation = ACTIVATIONS[config.activation]()
        self.dropout = Dropout(config.dropout)
        self.output_size = config.hidden[-1]
        self.window = config.left, config.right

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        hidden: Tensor = self.dropout(self.activation(self.delay(vectors, batch)))
        for layer in self.layers:
            hidden = self.dropout(self.activation(layer(hidden)))
        return hidden
