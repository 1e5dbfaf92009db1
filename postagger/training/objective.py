"""The training loss: cross-entropy on a batch, with R-Drop if it is switched on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from postagger.batches import EncodedCorpus
from postagger.config import TrainingConfig
from postagger.models import TaggingNetwork
from postagger.training.parts import Part
from postagger.training.world import ALONE, World


@dataclass(frozen=True)
class TrainingSet:
    """An encoded data set and the network trained on it.

    Attributes:
        network: shares all layers except the head with the main set's network.
        others: networks with further heads on the same layers, for the other tags of the data: all heads
            learn from one forward pass.
        weight: the number of sentences drawn in each epoch, relative to the size of the main set.
            Sentences are drawn without replacement, across epochs, until all have been drawn.
        mask_rate: see `EncodedCorpus.batch`.
    """

    network: TaggingNetwork
    data: EncodedCorpus
    weight: float = 1.0
    mask_rate: float = 0.0
    others: Sequence[TaggingNetwork] = ()

    def __repr__(self) -> str:
        return f"<TrainingSet: {len(self.data):,} sentences for {len(self.networks)} heads>"

    @property
    def networks(self) -> tuple[TaggingNetwork, ...]:
        """The networks of all heads, the first one's first."""
        return self.network, *self.others


def batch_loss(
    training_set: TrainingSet,
    sentences: Tensor,
    word_dropout: Tensor,
    config: TrainingConfig,
    world: World = ALONE,
) -> tuple[Tensor, int]:
    """Computes the mean loss over the tokens of some sentences; returns it with the number of tokens.

    Of several processes, each gets its part: their sum is the mean over all. What is random is drawn for all
    sentences, as in one process.

    With several heads it is the mean of their losses. With an R-Drop weight there are two forward passes,
    each with its own word dropout and dropout, and their divergence is added to the loss (R-Drop, Liang et
    al. 2021).

    Args:
        sentences: ``(sentences,)``, their numbers.
        word_dropout: see `EncodedCorpus.batch`.
    """
    network, data = training_set.network, training_set.data
    rdrop = config.rdrop_weight and not training_set.mask_rate
    batch = data.batch(sentences, word_dropout, training_set.mask_rate)
    again = data.batch(sentences, word_dropout) if rdrop else batch
    part = world.part(batch)
    if rdrop:
        loss = _rdrop_loss(training_set, part, world.part(again), config)
    else:
        loss = network.loss(part.batch, config.label_smoothing, training_set.others, part.heads)
    return loss, batch.learned


def _rdrop_loss(training_set: TrainingSet, part: Part, again: Part, config: TrainingConfig) -> Tensor:
    """The mean over the heads, and over two forward passes, with the divergence between these."""
    batch, networks = part.batch, training_set.networks
    assert batch.tags is not None
    passes = [training_set.network.backbone(each) for each in (batch, again.batch)]
    shares = part.heads or (1.0,) * len(networks)
    losses = []
    for each, tags, share in zip(networks, (batch.tags, *batch.other_tags), shares, strict=True):
        first, second = map(each.head, passes)
        loss = sum(
            each.head.loss(scores, tags, batch.lengths, config.label_smoothing) / 2
            for scores in (first, second)
        )
        losses.append(share * loss + config.rdrop_weight * part.tokens * divergence(first, second))
    return sum(losses[1:], losses[0]) / len(losses)


def divergence(first: Tensor, second: Tensor) -> Tensor:
    """The mean of the Kullback-Leibler divergences between two tag distributions, in both directions.

    Shape: scores ``(tokens, tags)`` each to a scalar, the mean over tokens, in nats.
    """
    one, other = first.log_softmax(1), second.log_softmax(1)
    # p (log p - log q) + q (log q - log p) = (p - q)(log p - log q)
    return ((one.exp() - other.exp()) * (one - other)).sum(1).mean() / 2
