"""Gradient descent with a look between any two updates; the package's own loop reports once an epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from postagger import Config, Corpus
from postagger.batches import EncodedCorpus
from postagger.features import TagSet, WordEncoding
from postagger.features.normalise import straight_quotes
from postagger.models import TaggingNetwork, build_network


def fresh(corpus: Corpus, config: Config) -> tuple[TaggingNetwork, EncodedCorpus, EncodedCorpus]:
    """A network at its start, with the train and dev parts encoded for it, all on the CPU.

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
    """Goes through shuffled data over and over; gives each batch's loss when its gradient is computed.

    What to do with the gradient (in the parameters' ``grad``) is the caller's affair. Draws from
    torch's random numbers.

    Args:
        size: sentences a batch.
        word_dropout: alpha of `EncodedCorpus.unknown_probability`.
    """
    hidden = data.unknown_probability(word_dropout)
    while True:
        for sentences in torch.randperm(len(data)).split(size):
            network.train()
            batch = data.batch(sentences, hidden)
            assert batch.tags is not None
            loss = network.head.loss(network(batch), batch.tags, batch.lengths)
            network.zero_grad()
            loss.backward()
            yield loss.detach()
