"""The softmax output: every token's tag by itself."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger.features import TagSet


class Softmax(nn.Module):
    """An affine layer from context to tag scores (logits), read through the softmax.

    Each token is read by itself: the sentences' lengths, which a `LinearChainCrf` needs, play no part.

    Shape: ``(tokens, size)`` to ``(tokens, tags)``.
    """

    def __init__(self, size: int, tags: int) -> None:
        super().__init__()
        self.scores = nn.Linear(size, tags)

    def forward(self, context: Tensor) -> Tensor:
        with torch.autocast(context.device.type, enabled=False):  # in full precision, whatever came before
            scores: Tensor = self.scores(context.to(self.scores.weight.dtype))
        return scores

    @staticmethod
    def loss(scores: Tensor, tags: Tensor, lengths: Tensor, label_smoothing: float = 0.0) -> Tensor:  # noqa: ARG004
        """Cross-entropy, the mean over tokens, less those with an unseen tag or none; 0 of nothing.

        Args:
            tags: ``(tokens,)`` gold tags, or ``(tokens, tags)`` a distribution for each token.
        """
        if tags.is_floating_point():
            return F.cross_entropy(scores, tags, label_smoothing=label_smoothing)
        total = F.cross_entropy(
            scores,
            tags.clamp_min(TagSet.UNSEEN),
            ignore_index=TagSet.UNSEEN,
            reduction="sum",
            label_smoothing=label_smoothing,
        )
        return total / tags.ge(0).sum().clamp_min(1)

    @staticmethod
    def decode(scores: Tensor, lengths: Tensor) -> Tensor:  # noqa: ARG004
        """The best tag of each token: ``(tokens, tags)`` to ``(tokens,)``."""
        return scores.max(dim=1).indices  # twice as fast as argmax, on the CPU

    @staticmethod
    def probabilities(scores: Tensor, lengths: Tensor) -> Tensor:  # noqa: ARG004
        """The distribution over tags of each token: ``(tokens, tags)``, rows that sum to 1."""
        return scores.softmax(dim=1)

    @staticmethod
    def margins(scores: Tensor, lengths: Tensor, tokens: Tensor, tag: int, other: int) -> Tensor:  # noqa: ARG004
        """By how much one tag is ahead of another at one token of each sentence, with a gradient.

        It is the log of the ratio of their probabilities.

        Args:
            tokens: ``(sentences,)``, one of each, among all tokens.

        Returns:
            ``(sentences,)``, in nats.
        """
        chosen = scores[tokens]
        return chosen[:, tag] - chosen[:, other]
