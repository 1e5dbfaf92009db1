"""The n best tag sequences of a sentence: of independent tags, and of a CRF (the list Viterbi algorithm)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from postagger.runtime.network import Integers

Doubles = NDArray[np.float64]


def best_of_independent(logs: Doubles, n: int) -> tuple[Integers, Doubles]:
    """The best sequences where each tag is independent of the others.

    The n best sequences up to a token are among the n best up to the token before, each with one more tag.

    Args:
        logs: the logarithm of each tag's probability at each token, ``(tokens, tags)``; minus infinity where
            a tag is impossible.

    Returns:
        The numbers of the tags, ``(m, tokens)``, and the logarithm of each sequence's probability, ``(m,)``,
        the best first; ``m`` is `n`, or less if there are fewer possible sequences. Equal ones come in the
        order of their tags' numbers.
    """
    best, before, tags = np.zeros(1), [], []
    for row in logs:
        few = np.argsort(-row, kind="stable")[:n]
        best, places = _largest((best[:, np.newaxis] + row[few]).ravel(), n)
        before.append(places // len(few))
        tags.append(few[places % len(few)])
    return _traced(before, tags, np.arange(len(best))), best


def best_of_chain(
    scores: Doubles, start: Doubles, transitions: Doubles, end: Doubles, n: int
) -> tuple[Integers, Doubles]:
    """The best sequences of a linear chain, and the score of each (Seshadri and Sundberg 1994).

    For each tag of a token it keeps the n best sequences that end in it.

    Args:
        scores: ``(tokens, tags)``, at least one token.
        start, end: ``(tags,)``.
        transitions: ``(tags, tags)``, from a tag (row) to the next (column).

    Returns:
        As `best_of_independent`, with scores in place of logarithms of probabilities.
    """
    tags = scores.shape[1]
    best = (start + scores[0])[np.newaxis]  # (sequences, tags)
    before = []
    for row in scores[1:]:
        sums = (best[:, :, np.newaxis] + transitions).reshape(-1, tags)  # (sequences and tags before, tags)
        places = np.argsort(-sums, axis=0, kind="stable")[:n]
        best = np.take_along_axis(sums, places, axis=0) + row
        before.append(places)
    found, last = _largest((best + end).ravel(), n)
    sequences = [last % tags]
    place = last
    for each in reversed(before):
        place = each.reshape(-1)[place]  # sequence and tag of the token before
        sequences.append(place % tags)
    return np.stack(sequences[::-1], axis=1), found


def _largest(values: Doubles, n: int) -> tuple[Doubles, Integers]:
    """The n largest finite values, and where they are, the largest first."""
    places = np.argsort(-values, kind="stable")[:n]
    places = places[np.isfinite(values[places])]
    return values[places], places


def _traced(before: list[Integers], tags: list[Integers], last: Integers) -> Integers:
    """The sequences whose last elements are given: ``(m, tokens)``."""
    columns = []
    for places, numbers in zip(reversed(before), reversed(tags), strict=True):
        columns.append(numbers[last])
        last = places[last]
    return np.stack(columns[::-1], axis=1) if columns else np.empty((len(last), 0), np.int64)
