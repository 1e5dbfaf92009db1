"""Rows to tag scores: what is left of each model when its first layer stands in a table."""

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
"""Tokens whose windows are read at a time: their hidden units stay in the processor's cache."""

_LANES = 16
"""Float32 numbers in the widest registers: a product has no rest that fills one in part only."""


class Scorer(ABC):
    """A network in two halves: word types to rows, and rows to scores."""

    @abstractmethod
    def rows(self, types: WordTypes) -> Tensor:
        """What the first layer makes of each word type: ``(types, width)``."""

    @abstractmethod
    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        """The tag scores of some sentences, ``(tokens, tags)``, in float32.

        Args:
            rows: ``(words, width)``; row 0 is the padding beyond a sentence's edge.
            index: ``(tokens,)``.
            lengths: ``(sentences,)``, on the CPU, none of them 0.
        """


class WindowScorer(Scorer):
    """A time-delay network; a row has what a word adds to the first layer at each place in the window."""

    def __init__(self, network: TaggingNetwork, dtype: torch.dtype) -> None:
        window = network.context
        assert isinstance(window, Window)
        self.words = network.words
        self.dtype = dtype
        self.left, self.right, self.delays = window.delay.left, window.delay.right, window.delay.delays
        bias = window.delay.bias.new_zeros(self.delays, window.delay.outputs)
        bias[self.left] = window.delay.bias.detach()  # the word itself brings the bias along
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
    """Logistic regression; a row has what a word adds to the tags' scores at each place in the window."""

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
    """A recurrent network on the CPU; a row has what a word adds to the gates of the first layer."""

    def __init__(self, network: TaggingNetwork, dtype: torch.dtype) -> None:
        context = network.context
        assert isinstance(context, Recurrent)
        self.words = network.words
        self.dtype = dtype
        self.layers = make_layers(context.layer, dtype)
        scores = network.head.scores
        self.tags = scores.out_features
        weight, self.bias = _whole_lanes(scores)
        ways = weight.chunk(self.layers[-1].directions, dim=1)
        self.output = torch.stack([way.t() for way in ways]).to(dtype)  # (directions, hidden, outputs)

    def rows(self, types: WordTypes) -> Tensor:
        return self.layers[0].inputs(self.words(types)).to(self.dtype)

    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        steps = Steps(lengths)
        for layer, above in itertools.pairwise(self.layers):
            states = layer.run(rows, index, steps)
            both = torch.cat([steps.in_sentences(each, way) for way, each in enumerate(states)], dim=1)
            rows, index = above.inputs(both), torch.arange(len(index))
        by_direction = self.layers[-1].run(rows, index, steps, self.output).float()
        scores = sum((steps.in_sentences(part, way) for way, part in enumerate(by_direction)), self.bias)
        return scores[:, : self.tags]


class ForwardScorer(Scorer):
    """Any network: a row is a word vector, and the context model's own forward pass does the rest.

    It is the way of recurrent networks on CUDA, where a layer of torch's is one kernel, and of every kind of
    model that has no faster way.
    """

    def __init__(self, network: TaggingNetwork, dtype: torch.dtype) -> None:
        self.network = network
        self.dtype = dtype

    def rows(self, types: WordTypes) -> Tensor:
        vectors: Tensor = self.network.words(types)
        return vectors

    def scores(self, rows: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
        # Only the rows of these sentences, after the padding's: what a model does to each row costs time.
        used, index = torch.unique(torch.cat([index.new_zeros(1), index]), return_inverse=True)
        used, index = F.pad(used, (0, -len(used) % ROUND)), index[1:]
        nothing = index.new_empty(0, 0)
        batch = Batch(WordTypes(nothing, nothing), index, lengths)
        with torch.autocast(rows.device.type, self.dtype, enabled=self.dtype != torch.float32):
            scores: Tensor = self.network.head(self.network.context(rows[used], batch))
        return scores.float()


Faster = Callable[[TaggingNetwork, torch.dtype], Scorer | None]
"""Makes the scorer of a network; None where its own forward pass does better."""

_FASTER: dict[type[ContextModel], Faster] = {}


def register_scorer(model: type[ContextModel], faster: Faster) -> None:
    """Gives a context model a faster way to be read than its own forward pass.

    It holds for this very class: a subclass may do something else, and is read by its own forward pass.

    Args:
        faster: what it gives must score as the forward pass does, to within rounding.
    """
    _FASTER[model] = faster


def make_scorer(network: TaggingNetwork, dtype: torch.dtype = torch.float32) -> Scorer:
    """The fastest scorer there is for a network."""
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
    """For each token the rows of its window, where each word has a row for each place."""
    delays = left + 1 + right
    around = window_index(index * delays, lengths, left, right)  # (tokens, delays)
    return around.add_(torch.arange(delays, device=around.device))


def _whole_lanes(scores: nn.Linear) -> tuple[Tensor, Tensor]:
    """Weight and bias, with outputs that nobody reads, up to a multiple of `_LANES`."""
    more = -scores.out_features % _LANES
    return F.pad(scores.weight.detach(), (0, 0, 0, more)), F.pad(scores.bias.detach(), (0, more))


def _relu_(x: Tensor) -> Tensor:
    """In place. A number of bfloat16 is below 0 if it is as an integer, and 0 has the same bits: several
    times as fast on the CPU, where torch would go by way of float32."""
    if x.dtype == torch.bfloat16:
        x.view(torch.int16).clamp_min_(0)
        return x
    return torch.relu_(x)
