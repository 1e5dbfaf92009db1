"""From table rows to tag scores: the part of each model that follows its first layer."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger.batches import ROUND, Batch
from postagger.features import WordTypes
from postagger.inference.affine import Affine
from postagger.inference.recurrence import make_layers
from postagger.models import ContextModel, TaggingNetwork
from postagger.models.layers.time_steps import Steps
from postagger.models.layers.window_index import window_index
from postagger.models.logistic import Logistic
from postagger.models.recurrent import Elman, Gru, Lstm, Recurrent
from postagger.models.window import Window

_BLOCK = 2048
"""Tokens processed at a time, few enough that their hidden units stay in the processor's cache."""

_LANES = 16
"""Float32 numbers in the widest registers; outputs are padded to a multiple of this."""


class Scorer(ABC):
    """A network in two halves: from word types to rows, and from rows to scores."""

    @abstractmethod
    def rows(self, types: WordTypes) -> Tensor:
        """Computes the first layer's output for each word type: ``(types, width)``."""

    @abstractmethod
    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """Computes the tag scores of some sentences, ``(tokens, tags)``, in float32.

        Args:
            rows: ``(words, width)``; row 0 is the padding beyond a sentence's edge.
            index: ``(tokens,)``, the row of each token.
            lengths: ``(sentences,)``, on the CPU, none of them 0.
        """


class WindowScorer(Scorer):
    """Scores with a time-delay network; a row holds a word's product at each window position."""

    def __init__(self, network: TaggingNetwork, dtype: torch.dtype) -> None:
        window = network.context
        assert isinstance(window, Window)
        self.words = network.words
        self.dtype = dtype
        self.left, self.right, self.delays = window.delay.left, window.delay.right, window.delay.delays
        bias = window.delay.bias.new_zeros(self.delays, window.delay.outputs)
        bias[self.left] = window.delay.bias.detach()  # the word in the middle adds the bias
        self.delay = Affine(window.delay.weight, bias.flatten())
        relu = isinstance(window.activation, nn.ReLU)
        self.activation = _relu_ if relu else window.activation  # in place where it can be
        self.layers = [
            Affine(layer.get_parameter("weight"), layer.get_parameter("bias"), dtype=dtype)
            for layer in window.layers
        ]
        scores = network.head.scores
        self.tags = scores.out_features
        self.output = Affine(*_whole_lanes(scores), dtype=dtype)

    def rows(self, types: WordTypes) -> Tensor:
        return self.delay(self.words(types)).to(self.dtype)

    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        bags = _bags(index, lengths, self.left, self.right)
        places = rows.view(len(rows) * self.delays, -1)
        blocks = []
        for block in bags.split(_BLOCK):
            hidden = self.activation(F.embedding_bag(block, places, mode="sum"))
            for layer in self.layers:
                hidden = self.activation(layer(hidden))
            blocks.append(self.output(hidden))
        return torch.cat(blocks)[:, : self.tags].float()


class LogisticScorer(Scorer):
    """Scores with logistic regression; a row holds a word's part of the scores at each window position."""

    def __init__(self, network: TaggingNetwork, dtype: torch.dtype) -> None:
        logistic = network.context
        assert isinstance(logistic, Logistic)
        self.words = network.words
        self.dtype = dtype
        self.left, self.right = logistic.left, logistic.right
        delays = self.left + 1 + self.right
        scores = network.head.scores
        weight = scores.weight.detach().view(len(scores.bias), delays, -1)  # (tags, delays, size)
        bias = scores.bias.new_zeros(delays, len(scores.bias))
        bias[self.left] = scores.bias.detach()
        self.output = Affine(weight.transpose(0, 1).flatten(0, 1), bias.flatten())

    def rows(self, types: WordTypes) -> Tensor:
        return self.output(self.words(types)).to(self.dtype)

    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        bags = _bags(index, lengths, self.left, self.right)
        return F.embedding_bag(bags, rows.view(len(rows) * bags.size(1), -1), mode="sum").float()


class RecurrentScorer(Scorer):
    """Scores with a recurrent network on the CPU; a row holds a word's part of the first layer's gates."""

    def __init__(self, network: TaggingNetwork, dtype: torch.dtype) -> None:
        context = network.context
        assert isinstance(context, Recurrent)
        self.words = network.words
        self.dtype = dtype
        self.layers = make_layers(context.layer, dtype)
        scores = network.head.scores
        self.tags = scores.out_features
        weight, self.bias = _whole_lanes(scores)
        parts = weight.chunk(self.layers[-1].directions, dim=1)
        self.output = torch.stack([part.t() for part in parts]).to(dtype)  # (directions, hidden, outputs)

    def rows(self, types: WordTypes) -> Tensor:
        return self.layers[0].inputs(self.words(types)).to(self.dtype)

    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        steps = Steps(lengths)
        for layer, above in itertools.pairwise(self.layers):
            states = layer.run(rows, index, steps)
            both = torch.cat([steps.in_sentences(part, number) for number, part in enumerate(states)], dim=1)
            rows, index = above.inputs(both), torch.arange(len(index))
        by_direction = self.layers[-1].run(rows, index, steps, self.output).float()
        parts = (steps.in_sentences(part, number) for number, part in enumerate(by_direction))
        scores = sum(parts, self.bias)
        return scores[:, : self.tags]


class ForwardScorer(Scorer):
    """Scores with any network: a row is a word vector, and the context model's forward pass does the rest.

    It is used for recurrent networks on CUDA, where torch runs a layer as one kernel, and for every kind
    of model that has no faster scorer.
    """

    def __init__(self, network: TaggingNetwork, dtype: torch.dtype) -> None:
        self.network = network
        self.dtype = dtype

    def rows(self, types: WordTypes) -> Tensor:
        vectors: Tensor = self.network.words(types)
        return vectors

    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        # Padding and the rows of these sentences only: a model may compute something for every row.
        used, index = torch.unique(torch.cat([index.new_zeros(1), index]), return_inverse=True)
        used, index = F.pad(used, (0, -len(used) % ROUND)), index[1:]
        empty = index.new_empty(0, 0)
        batch = Batch(WordTypes(empty, empty), index, lengths)
        with torch.autocast(rows.device.type, self.dtype, enabled=self.dtype != torch.float32):
            scores: Tensor = self.network.head(self.network.context(rows[used], batch))
        return scores.float()


Faster = Callable[[TaggingNetwork, torch.dtype], Scorer | None]
"""Builds the scorer for a network; None if the network's own forward pass is faster."""

_FASTER: dict[type[ContextModel], Faster] = {}


def register_scorer(model: type[ContextModel], faster: Faster) -> None:
    """Registers a scorer that is faster than a context model's own forward pass.

    It is used for exactly this class: a subclass may compute something else, so it is scored by its own
    forward pass.

    Args:
        faster: builds the scorer, whose scores must equal the forward pass's up to rounding.
    """
    _FASTER[model] = faster


def make_scorer(network: TaggingNetwork, dtype: torch.dtype = torch.float32) -> Scorer:
    """Builds the fastest scorer available for a network."""
    faster = _FASTER.get(type(network.context))
    scorer = None if faster is None else faster(network, dtype)
    return ForwardScorer(network, dtype) if scorer is None else scorer


def _recurrent(network: TaggingNetwork, dtype: torch.dtype) -> Scorer | None:
    return RecurrentScorer(network, dtype) if network.head.scores.weight.is_cpu else None


register_scorer(Window, WindowScorer)
register_scorer(Logistic, LogisticScorer)
for _kind in (Elman, Gru, Lstm):
    register_scorer(_kind, _recurrent)


def _bags(index: Tensor, lengths: Tensor, left: int, right: int) -> Tensor:
    """For each token, the rows of its window, given that each word has one row for each window position."""
    delays = left + 1 + right
    around = window_index(index * delays, lengths, left, right)  # (tokens, delays)
    return around.add_(torch.arange(delays, device=around.device))


def _whole_lanes(scores: nn.Linear) -> tuple[Tensor, Tensor]:
    """Returns weight and bias with unused outputs added, up to a multiple of `_LANES`."""
    more = -scores.out_features % _LANES
    return F.pad(scores.weight.detach(), (0, 0, 0, more)), F.pad(scores.bias.detach(), (0, more))


def _relu_(x: Tensor) -> Tensor:
    """ReLU in place.

    A bfloat16 number is negative if its bits are negative as an integer, and 0 is the same in both. On the
    CPU clamping the integers is several times as fast as torch's ReLU, which converts to float32.
    """
    if x.dtype == torch.bfloat16:
        x.view(torch.int16).clamp_min_(0)
        return x
    return torch.relu_(x)
