"""Transfer learning: a network that starts with the backbone of another."""

from __future__ import annotations

import torch

from postagger.features import UNKNOWN
from postagger.models.network import TaggingNetwork


@torch.no_grad()
def copy_backbone(source: TaggingNetwork, target: TaggingNetwork) -> None:
    """Gives `target` the weights of the word encoder and the context model of `source`.

    Every vocabulary of the target begins with the strings of the source's, in their order (see
    `WordEncoding.fit`); the strings after them start with what the source knows of an unknown one.
    Sizes other than those of the vocabularies are the same in both.
    """
    for part, original in ((target.words, source.words), (target.context, source.context)):
        for new, old in zip(part.parameters(), original.parameters(), strict=True):
            if new.shape == old.shape:  # only embeddings differ, and those follow
                new.copy_(old)
    tables = source.words.tables()
    for name, rows in target.words.tables().items():
        known = tables[name]
        rows[: len(known)] = known
        rows[len(known) :] = known[UNKNOWN]


@torch.no_grad()
def copy_head(source: TaggingNetwork, target: TaggingNetwork) -> None:
    """Gives `target` the weights of the head of `source`.

    The target's tag set begins with the source's tags; those after them keep their fresh weights.
    """
    for new, old in zip(target.head.parameters(), source.head.parameters(), strict=True):
        new[tuple(slice(size) for size in old.shape)] = old
