"""The softmax head, which tags every token independently."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger.features import TagSet


class Softmax(nn.Module):
    """An affine layer from context to tag scores (logits), with a softmax over the tags of each token.

    Tokens are independent: the `lengths` arguments are there for `LinearChainCrf`, and ignored here.

    Shape: ``(tokens, size)`` to ``(tokens, tags)``.
    """

    def __init__(self, size: int, tags: int) -> None:
        super().__init__()
        self.scores = nn.Linear(size, tags)

    def forward(self, context: Tensor) -> Tensor:
        with torch.autocast(context.device.type, enabled=False):  # always in full precision
            scores: Tensor = self.scores(context.to(self.scores.weight.dtype))
        return scores

    @staticmethod
    def loss(scores: Tensor, tags: Tensor, lengths: Tensor, label_smoothing: float = 0.0) -> Tensor:  # noqa: ARG004
        """Mean cross-entropy over the tokens whose gold tag is known; 0 if there are none.

        Args:
            scores: ``(tokens, tags)``.
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
        """Finds the best tag of each token: ``(tokens, tags)`` to ``(tokens,)``."""
        return scores.max(dim=1).indices  # twice as fast as argmax, on the CPU

    @staticmethod
    def probabilities(scores: Tensor, lengths: Tensor) -> Tensor:  # noqa: ARG004
        """The probability of each tag at each token: ``(tokens, tags)`` to the same; each row sums to 1."""
        return scores.softmax(dim=1)

    @staticmethod
    def margins(scores: Tensor, lengths: Tensor, tokens: Tensor, tag: int, other: int) -> Tensor:  # noqa: ARG004
        """The margin of one tag over another at one token of each sentence; differentiable.

        The margin is the log of the ratio of the two tags' probabilities.

        Args:
            scores: ``(tokens, tags)``.
            tokens: ``(sentences,)``, the index of one token in each sentence.

        Returns:
            ``(sentences,)``, in nats.
        """
        chosen = scores[tokens]
        return chosen[:, tag] - chosen[:, other]
