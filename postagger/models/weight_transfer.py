"""Transfer learning: copies weights from one network to another."""

from __future__ import annotations

import torch

from postagger.features import UNKNOWN
from postagger.models.network import TaggingNetwork


@torch.no_grad()
def copy_backbone(source: TaggingNetwork, target: TaggingNetwork) -> None:
    """Copies the weights of the word encoder and the context model from `source` to `target`.

    Every vocabulary of the target must begin with the source's strings, in the same order (see
    `WordEncoding.fit`); its additional strings start with the source's embedding of unknown strings.
    Apart from the vocabularies, both networks must have the same sizes.
    """
    for part, original in ((target.words, source.words), (target.context, source.context)):
        for new, old in zip(part.parameters(), original.parameters(), strict=True):
            if new.shape == old.shape:  # embeddings of different sizes are copied below
                new.copy_(old)
    tables = source.words.tables()
    for name, rows in target.words.tables().items():
        known = tables[name]
        rows[: len(known)] = known
        rows[len(known) :] = known[UNKNOWN]


@torch.no_grad()
def copy_head(source: TaggingNetwork, target: TaggingNetwork) -> None:
    """Copies the weights of the head from `source` to `target`.

    The target's tag set must begin with the source's tags; its additional tags keep their initial weights.
    """
    for new, old in zip(target.head.parameters(), source.head.parameters(), strict=True):
        new[tuple(slice(size) for size in old.shape)] = old
