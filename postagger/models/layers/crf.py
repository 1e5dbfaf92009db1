"""The linear-chain CRF head, which tags a sentence jointly (Lafferty et al. 2001)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from postagger.models.layers.packing import pack_places

_WIDEST = 40.0
"""The largest range of transition scores, in nats, whose exponentials can be multiplied in float32: up to it,
no sum of scaled exponentials is lost."""


class LinearChainCrf(nn.Module):
    """An affine layer from context to tag scores, with a score for every transition between tags.

    The score of a tag sequence is the sum of its tokens' scores and its transition scores, including
    those from the start and to the end of the sentence. A softmax over all tag sequences of the sentence
    gives their probabilities. The forward algorithm computes the softmax's denominator in one pass, and
    the Viterbi algorithm finds the best sequence.

    Shape: ``(tokens, size)`` to ``(tokens, tags)``.
    """

    def __init__(self, size: int, tags: int) -> None:
        super().__init__()
        self.scores = nn.Linear(size, tags)
        self.start = nn.Parameter(torch.zeros(tags))
        self.transitions = nn.Parameter(torch.zeros(tags, tags))  # from a tag (row) to the next (column)
        self.end = nn.Parameter(torch.zeros(tags))

    def forward(self, context: Tensor) -> Tensor:
        with torch.autocast(context.device.type, enabled=False):  # always in full precision
            scores: Tensor = self.scores(context.to(self.scores.weight.dtype))
        return scores

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor, label_smoothing: float = 0.0) -> Tensor:
        """Negative log-likelihood of the gold tags, averaged over the tokens that have one; 0 if none has.

        A token without a gold tag, or with a tag unseen in training, may take any tag: the likelihood is
        the sum over all sequences that agree with the known gold tags (Tsuboi et al. 2008).

        Shape: ``(tokens, tags)``, ``(tokens,)`` and ``(sentences,)`` to a scalar.
        """
        assert label_smoothing == 0, "the config excludes label smoothing with a CRF"
        every = torch.arange(scores.size(1), device=scores.device)
        gold = tags.unsqueeze(1)  # (tokens, 1)
        forbidden = (gold != every) & (gold >= 0)  # (tokens, tags)
        # One pass for both sums: over all tag sequences, and over those that agree with the gold tags.
        both = torch.stack([scores, scores.masked_fill(forbidden, -torch.inf)])
        total, correct = self.log_partition(both, lengths)
        loss: Tensor = (total - correct).sum() / tags.ge(0).sum().clamp_min(1)
        return loss

    def log_partition(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """The forward algorithm: the log-sum-exp of the scores of all tag sequences.

        Each step is a matrix product of exponentials, scaled by the largest to avoid overflow; if the
        transition scores have a huge range, every sum is computed by itself.

        Shape:
            ``(..., tokens, tags)`` and ``(sentences,)`` to ``(..., sentences)``, longest sentence first.
        """
        steps = _steps(scores, lengths)
        log_sums = self._log_sums()
        forward = self.start + steps[0]  # (..., sentences, tags): log-sum of all sequences up to this step
        ended: list[Tensor] = []
        for step in steps[1:]:
            active = step.size(-2)  # sentences that have a token at this step
            ended.append(forward[..., active:, :])
            forward = forward[..., :active, :]
            forward = log_sums(forward) + step
        return (torch.cat([forward, *reversed(ended)], dim=-2) + self.end).logsumexp(-1)

    def _log_sums(self) -> Callable[[Tensor], Tensor]:
        """A function that gives ``log sum_i exp(x_i + transitions_ij)`` for each tag j.

        Shape: ``(..., tags)`` to the same.
        """
        highest = self.transitions.detach().max()
        if highest - self.transitions.detach().min() > _WIDEST:
            return lambda x: (x.unsqueeze(-1) + self.transitions).logsumexp(-2)
        weights = (self.transitions - highest).exp()

        def product(x: Tensor) -> Tensor:
            largest = x.detach().amax(-1, keepdim=True)
            return ((x - largest).exp() @ weights).log() + largest + highest

        return product

    def decode(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """The Viterbi algorithm: finds each sentence's best tag sequence.

        Shape: ``(tokens, tags)`` and ``(sentences,)`` to ``(tokens,)``.
        """
        steps = _steps(scores, lengths)
        best = self.start + steps[0]  # (sentences, tags): best score of a sequence ending in the tag
        ended: list[Tensor] = []
        origins: list[Tensor] = []  # for each step after the first, (sentences, tags): best previous tag
        for step in steps[1:]:
            active = len(step)
            ended.append(best[active:])
            best, origin = (best[:active].unsqueeze(2) + self.transitions).max(dim=1)
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
        """The marginal probability of each tag at each token.

        The marginals are the gradient of the log partition function with respect to the scores, so
        backpropagation through the forward algorithm takes the place of the backward algorithm.

        Shape: ``(tokens, tags)`` and ``(sentences,)`` to ``(tokens, tags)``; each row sums to 1.
        """
        with torch.inference_mode(False), torch.enable_grad():
            scores = scores.clone().requires_grad_()
            (gradient,) = torch.autograd.grad(self.log_partition(scores, lengths).sum(), scores)
        return gradient

    def margins(self, scores: Tensor, lengths: Tensor, tokens: Tensor, tag: int, other: int) -> Tensor:
        """The margin of one tag over another at one token of each sentence; differentiable.

        The margin is the log of the ratio of the two tags' marginal probabilities at that token.

        Args:
            scores: ``(tokens, tags)``.
            lengths: ``(sentences,)``.
            tokens: ``(sentences,)``, the index of one token in each sentence.

        Returns:
            ``(sentences,)``, in nats.
        """
        masks = scores.new_zeros(2, *scores.shape)
        masks[:, tokens] = -torch.inf
        masks[0, tokens, tag] = masks[1, tokens, other] = 0
        one, two = self.log_partition(scores + masks, lengths)  # longest sentence first
        order = pack_places(lengths).unsorted_indices
        assert order is not None
        margins: Tensor = one - two
        return margins[order.to(scores.device)]


def _steps(scores: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
    """Splits scores ``(..., tokens, tags)`` into one tensor per step, longest sentence first."""
    places = pack_places(lengths)
    packed = scores.index_select(-2, places.data.to(scores.device))
    steps: tuple[Tensor, ...] = packed.split(places.batch_sizes.tolist(), dim=-2)
    return steps
