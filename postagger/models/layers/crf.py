"""The linear-chain CRF output: a sentence's tags all at once (Lafferty et al. 2001)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from postagger.models.layers.packing import pack_places

_LEAST = 1e-30
"""Sums of probabilities are kept from 0, whose logarithm has no gradient."""


class LinearChainCrf(nn.Module):
    """An affine layer from context to tag scores, and a score for every tag after every other.

    A tag sequence scores the sum of its tokens' scores and of its transitions, from a start before
    the first token to an end after the last. Its probability is the softmax over all tag sequences
    of the sentence, whose number grows with its length but whose sum the forward algorithm finds in
    one pass; Viterbi's finds the best of them.

    Shape: ``(tokens, size)`` to ``(tokens, tags)``.
    """

    def __init__(self, size: int, tags: int) -> None:
        super().__init__()
        self.scores = nn.Linear(size, tags)
        self.start = nn.Parameter(torch.zeros(tags))
        self.transitions = nn.Parameter(torch.zeros(tags, tags))  # from a tag (row) to the next (column)
        self.end = nn.Parameter(torch.zeros(tags))

    def forward(self, context: Tensor) -> Tensor:
        with torch.autocast(context.device.type, enabled=False):  # in full precision, whatever came before
            scores: Tensor = self.scores(context.to(self.scores.weight.dtype))
        return scores

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, label_smoothing: float = 0.0) -> Tensor:
        """Negative log-likelihood of the gold tags, the mean over tokens that have one; 0 of nothing.

        A token with an unseen tag or none may have any: the sum is over all sequences that agree with the
        gold tags there are (Tsuboi et al. 2008).
        """
        assert label_smoothing == 0, "the config excludes it"
        every = torch.arange(scores.size(1), device=scores.device)
        gold = tags.unsqueeze(1)  # (tokens, 1)
        forbidden = (gold != every) & (gold >= 0)  # (tokens, tags)
        # Two readings of each sentence, in one pass: all tag sequences, and those that are right.
        readings = torch.stack([scores, scores.masked_fill(forbidden, -torch.inf)])
        everything, right = self.log_partition(readings, lengths)
        loss: Tensor = (everything - right).sum() / tags.ge(0).sum().clamp_min(1)
        return loss

    def log_partition(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """The forward algorithm: log of the sum, over all tag sequences, of the exponential of their scores.

        A step is a matrix product of probabilities, brought back to scale by the largest one.

        Shape:
            ``(..., tokens, tags)`` and ``(sentences,)`` to ``(..., sentences)``, longest sentence first.
        """
        steps = _steps(scores, lengths)
        transitions = self.transitions.exp()
        reached = self.start + steps[0]  # (..., sentences, tags): log-sum of all sequences up to here
        ended: list[Tensor] = []
        for step in steps[1:]:
            going = step.size(-2)
            ended.append(reached[..., going:, :])
            reached = reached[..., :going, :]
            largest = reached.detach().amax(-1, keepdim=True)
            reached = ((reached - largest).exp() @ transitions).clamp_min(_LEAST).log() + largest + step
        return (torch.cat([reached, *reversed(ended)], dim=-2) + self.end).logsumexp(-1)

    def decode(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """Viterbi's algorithm: the tags of the best sequence of each sentence.

        Shape: ``(tokens, tags)`` and ``(sentences,)`` to ``(tokens,)``.
        """
        steps = _steps(scores, lengths)
        best = self.start + steps[0]  # (sentences, tags): score of the best sequence that ends so
        ended: list[Tensor] = []
        origins: list[Tensor] = []  # for each step after the first, (sentences, tags): the best tag before
        for step in steps[1:]:
            going = len(step)
            ended.append(best[going:])
            best, origin = (best[:going].unsqueeze(2) + self.transitions).max(dim=1)
            best = best + step
            origins.append(origin)
        last = (torch.cat([best, *reversed(ended)]) + self.end).argmax(dim=1)  # (sentences,)
        tags = [last[: len(steps[-1])]]
        for origin, step in zip(reversed(origins), reversed(steps[:-1]), strict=True):
            before = origin.gather(1, tags[-1].unsqueeze(1)).squeeze(1)
            tags.append(torch.cat([before, last[len(before) : len(step)]]))
        packed = torch.cat(tags[::-1])
        places = pack_places(lengths).data.to(packed.device)
        return torch.empty_like(packed).index_copy(0, places, packed)

    def probabilities(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """The probability of each tag at each token, over all sequences: ``(tokens, tags)``, rows sum to 1.

        It is the gradient of the log partition with respect to the token's scores, so that the
        backward pass of the forward algorithm is the backward algorithm.
        """
        with torch.inference_mode(False), torch.enable_grad():
            scores = scores.clone().requires_grad_()
            (gradient,) = torch.autograd.grad(self.log_partition(scores, lengths).sum(), scores)
        return gradient

    def margins(self, scores: Tensor, lengths: Tensor, tokens: Tensor, tag: int, other: int) -> Tensor:
        """By how much one tag is ahead of another at one token of each sentence, with a gradient.

        It is the log of the ratio of their probabilities: of all sequences in which the token has the one, by
        all in which it has the other.

        Args:
            tokens: ``(sentences,)``, one of each, among all tokens.

        Returns:
            ``(sentences,)``, in nats.
        """
        readings = scores.new_zeros(2, *scores.shape)
        readings[:, tokens] = -torch.inf
        readings[0, tokens, tag] = readings[1, tokens, other] = 0
        one, two = self.log_partition(scores + readings, lengths)  # the longest sentence first
        order = pack_places(lengths).unsorted_indices
        assert order is not None
        found: Tensor = one - two
        return found[order.to(scores.device)]


def _steps(scores: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
    """Scores ``(..., tokens, tags)`` as one tensor a step, of the sentences that have it, longest first."""
    places = pack_places(lengths)
    packed = scores.index_select(-2, places.data.to(scores.device))
    steps: tuple[Tensor, ...] = packed.split(places.batch_sizes.tolist(), dim=-2)
    return steps
