"""The Viterbi and forward-backward algorithms of a linear-chain CRF, for all sentences at once."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from postagger.runtime.n_best import best_of_chain
from postagger.runtime.network import Floats, Integers
from postagger.runtime.recurrence import Steps

Doubles = NDArray[np.float64]

_NUMBERS = 2**17
"""How many sums of a score and a transition are computed at a time, few enough for the processor's cache."""

_MANY = 16
"""The number of sentences from which on it is faster to have them side by side in memory."""

_WIDEST = 600.0
"""The largest range of transition scores whose exponentials can be multiplied: see `_Sums`."""


class LinearChain:
    """Scores of the transitions between the tags of a sentence, its start and its end."""

    def __init__(self, start: Floats, transitions: Floats, end: Floats) -> None:
        """
        Args:
            start, end: ``(tags,)``.
            transitions: ``(tags, tags)``, from a tag (row) to the next (column).
        """
        self._start, self._transitions, self._end = start, transitions, end

    def best(self, scores: Floats, lengths: Integers) -> Integers:
        """The Viterbi algorithm: finds each sentence's best tag sequence.

        Only the score of the best sequence up to each tag is kept. The tag before a tag is found again on
        the way back, once for each token.

        Shape: ``(tokens, tags)`` and ``(sentences,)`` to ``(tokens,)``.
        """
        tags = np.empty(len(scores), np.int64)
        for steps in Steps.groups(lengths):
            tags[steps.tokens] = self._best_in_steps(scores[steps.tokens], steps)
        return tags

    def _best_in_steps(self, best: Floats, steps: Steps) -> Integers:
        """As `best`, in the order of the steps; the scores are overwritten."""
        best[: steps.sizes[0]] += self._start
        spans = _spans(steps)
        for (first, _), (start, end) in itertools.pairwise(spans):
            best[start:end] += self._best_before(best[first : first + end - start])
        tags = np.empty(len(best), np.int64)
        tags[steps.last] = (best[steps.last] + self._end).argmax(axis=1)
        for (start, end), (first, _) in itertools.pairwise(reversed(spans)):
            before = best[first : first + end - start] + self._transitions.T[tags[start:end]]
            tags[first : first + end - start] = before.argmax(axis=1)
        return tags

    def _best_before(self, best: Floats) -> Floats:
        """The best score of reaching each tag from any tag before: ``(n, tags)`` to the same."""
        at_once = max(1, _NUMBERS // self._transitions.size)
        parts = [best[first : first + at_once] for first in range(0, len(best), at_once)]
        found = [self._best_of_few(part) if len(part) < _MANY else self._best_of_many(part) for part in parts]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _best_of_few(self, best: Floats) -> Floats:
        sums = best[:, :, np.newaxis] + self._transitions  # (n, tags before, tags)
        found: Floats = sums.max(axis=1)
        return found

    def _best_of_many(self, best: Floats) -> Floats:
        """The same, with the sentences side by side in memory."""
        across = np.ascontiguousarray(best.T)  # (tags, n)
        sums = across[:, np.newaxis] + self._transitions[:, :, np.newaxis]  # (tags before, tags, n)
        found: Floats = sums.max(axis=0)
        return found.T

    def marginals(self, scores: Floats, lengths: Integers) -> Floats:
        """The forward-backward algorithm: the probability of each tag at each token.

        It is computed in logarithms and in float64, so that weights of any size are exact.

        Shape: ``(tokens, tags)`` and ``(sentences,)`` to ``(tokens, tags)``; each row sums to 1.
        """
        probabilities = np.empty_like(scores)
        for steps in Steps.groups(lengths):
            probabilities[steps.tokens] = self._marginals_in_steps(scores[steps.tokens], steps)
        return probabilities

    def n_best(self, scores: Floats, n: int) -> tuple[Integers, Doubles]:
        """The n most probable tag sequences of one sentence, as `Decoder.n_best`; in float64."""
        row, transitions = scores.astype(np.float64), self._transitions.astype(np.float64)
        start, end = self._start.astype(np.float64), self._end.astype(np.float64)
        tags, found = best_of_chain(row, start, transitions, end, n)
        onward = _Sums(transitions)
        forward = (start + row[0])[np.newaxis]
        for each in row[1:]:
            forward = onward(forward) + each
        return tags, found - _log_sum((forward + end).T)

    def _marginals_in_steps(self, scores: Floats, steps: Steps) -> Doubles:
        """As `marginals`, in the order of the steps."""
        transitions = self._transitions.astype(np.float64)
        spans = _spans(steps)
        forward = scores.astype(np.float64)  # the log-sum of all sequences up to each tag
        forward[: steps.sizes[0]] += self._start
        onward = _Sums(transitions)
        for (first, _), (start, end) in itertools.pairwise(spans):
            forward[start:end] += onward(forward[first : first + end - start])
        backward = np.zeros_like(forward)  # that of all sequences after each tag
        backward[steps.last] = self._end
        back = _Sums(transitions.T)
        for (start, end), (first, _) in itertools.pairwise(reversed(spans)):
            backward[first : first + end - start] = back(backward[start:end] + scores[start:end])
        forward += backward
        forward -= forward.max(axis=1, keepdims=True)
        probabilities: Doubles = np.exp(forward, out=forward)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return probabilities


class _Sums:
    """Log-sums over the tags before (or after) each tag: ``log sum_i exp(x_i + transitions_ij)``.

    With exponentials scaled by the largest, this is a product of matrices. What becomes 0 in it is smaller
    than the rest by a factor beyond the digits of float64, unless the transitions have a huge range; then
    every sum is computed by itself.

    Shape: ``(n, tags)`` to the same.
    """

    def __init__(self, transitions: Doubles) -> None:
        """
        Args:
            transitions: ``(tags, tags)``.
        """
        self._transitions = transitions
        self._largest = transitions.max()
        self._narrow = bool(np.ptp(transitions) <= _WIDEST)
        self._weights = np.exp(transitions - self._largest)

    def __call__(self, x: Doubles) -> Doubles:
        if self._narrow:
            largest = x.max(axis=1, keepdims=True)
            sums: Doubles = np.log(np.exp(x - largest) @ self._weights)
            sums += largest + self._largest
            return sums
        return np.stack([_log_sum(row[:, np.newaxis] + self._transitions) for row in x])


def _log_sum(x: Doubles) -> Doubles:
    """``log sum_i exp(x_ij)``: ``(n, m)`` to ``(m,)``; minus infinity where all ``x_ij`` are."""
    largest = x.max(axis=0)
    finite = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        sums: Doubles = np.log(np.exp(x - finite).sum(axis=0)) + finite
    return sums


def _spans(steps: Steps) -> list[tuple[int, int]]:
    """Where each step starts and ends."""
    ends = np.cumsum(steps.sizes).tolist()
    return [(end - size, end) for end, size in zip(ends, steps.sizes, strict=True)]
