"""Gradient descent that can be observed after every update; the package's own loop reports once per epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from postagger import Config, Corpus
from postagger.batches import EncodedCorpus
from postagger.features import TagSet, WordEncoding
from postagger.features.normalise import straight_quotes
from postagger.models import TaggingNetwork, build_network
from postagger.random_numbers import generator


def fresh(corpus: Corpus, config: Config) -> tuple[TaggingNetwork, EncodedCorpus, EncodedCorpus]:
    """A new network, with the training and dev sets encoded for it, all on the CPU.

    Draws from torch's random numbers.
    """
    words = [word for s in corpus.train for word in straight_quotes([word for word, _ in s])]
    encoding = WordEncoding.fit(words, config.words)
    tagset = TagSet.from_sentences(corpus.train)
    train, dev = (EncodedCorpus.encode(part, encoding, tagset) for part in (corpus.train, corpus.dev))
    return build_network(config, encoding, tagset), train, dev


def gradients(
    network: TaggingNetwork, data: EncodedCorpus, size: int, *, word_dropout: float = 0.0
) -> Iterator[Tensor]:
    """Computes the gradient of one shuffled batch after another, without end, and yields each batch's loss.

    The gradient is in the parameters' ``grad``; the caller updates the weights. Draws random
    numbers.

    Args:
        size: sentences per batch.
        word_dropout: alpha of `EncodedCorpus.unknown_probability`.
    """
    unknown = data.unknown_probability(word_dropout)
    while True:
        for sentences in torch.randperm(len(data), generator=generator()).split(size):
            network.train()
            batch = data.batch(sentences, unknown)
            assert batch.tags is not None
            loss = network.head.loss(network(batch), batch.tags, batch.lengths)
            network.zero_grad()
            loss.backward()
            yield loss.detach()
