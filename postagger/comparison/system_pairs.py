"""Pairwise comparison: how large each difference is, whether it is more than chance, and where it lies."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.predictions import Predictions, Tested
from postagger.comparison.results import Disagreement, PairResult, SystemResult
from postagger.evaluation.significance import difference_interval, holm, mcnemar, randomisation_test

_CONTEXT = 6
"""Words shown on each side of an error."""

_EXAMPLES = 12
"""Errors shown for each pair, half of them by each system."""

_SIGNIFICANT = 0.05


def compare_pairs(
    tested: Tested, systems: Sequence[SystemResult], predictions: Mapping[str, Predictions]
) -> tuple[PairResult, ...]:
    """Compares every two systems, the largest difference first.

    Args:
        tested: the tokens that all systems were tested on.
        systems: two or more.
        predictions: by the system's name.
    """
    sizes = tested.unit_sizes
    counts = {name: tested.right_by_unit(found.correct) for name, found in predictions.items()}
    by_accuracy = sorted(systems, key=lambda system: -system.accuracy.mean)
    pairs = []
    for first, second in itertools.combinations(by_accuracy, 2):
        one, other = predictions[first.name], predictions[second.name]
        difference = first.accuracy.mean - second.accuracy.mean
        errors = 1 - second.accuracy.mean
        pairs.append(
            PairResult(
                first=first.name,
                second=second.name,
                difference=difference,
                interval=difference_interval(counts[first.name], counts[second.name], sizes),
                p=randomisation_test(counts[first.name].mean(axis=0) - counts[second.name].mean(axis=0)),
                p_adjusted=1.0,
                mcnemar=mcnemar(one.correct[one.representative], other.correct[other.representative]),
                error_reduction=difference / errors if errors else 0.0,
                beyond_chance=False,
                sentence="",
                disagreements=_disagreements(tested, one, other),
            )
        )
    judged = [
        _judge(pair, adjusted, len(pairs))
        for pair, adjusted in zip(pairs, holm([pair.p for pair in pairs]), strict=True)
    ]
    return tuple(sorted(judged, key=lambda pair: -pair.difference))


def _judge(pair: PairResult, adjusted: float, pairs: int) -> PairResult:
    """The pair with its corrected p, its verdict, and a sentence that states them."""
    low, high = pair.interval
    beyond = adjusted < _SIGNIFICANT and (low > 0 or high < 0)
    points = f"{100 * pair.difference:.2f} points (95 % interval {100 * low:+.2f} to {100 * high:+.2f})"
    p = "p < 0.001" if adjusted < 0.001 else f"p = {adjusted:.3f}"
    if pairs > 1:
        p += f" after correction for {pairs} pairs"
    verdict = "more than chance" if beyond else "within chance"
    if pair.difference == 0:
        sentence = f"{pair.first} and {pair.second} have exactly the same accuracy, {p}"
    else:
        sentence = (
            f"{pair.first} is ahead of {pair.second} by {points}; with these data that is {verdict}, {p}"
        )
    return replace(pair, p_adjusted=adjusted, beyond_chance=beyond, sentence=sentence + ".")


def _disagreements(tested: Tested, one: Predictions, other: Predictions) -> tuple[Disagreement, ...]:
    """Tokens that only one of the two tagged correctly, half for each, spread evenly over the text."""
    first, second = one.representative, other.representative
    found = []
    for right, wrong in (
        (one.correct[first], other.correct[second]),
        (other.correct[second], one.correct[first]),
    ):
        places = np.flatnonzero(right & ~wrong)
        chosen = np.linspace(0, len(places) - 1, min(len(places), _EXAMPLES // 2)).astype(int)
        found += places[chosen].tolist()
    return tuple(_shown(tested, place, one.tags[first], other.tags[second]) for place in found)


def _shown(
    tested: Tested, place: int, first: NDArray[np.object_], second: NDArray[np.object_]
) -> Disagreement:
    sentence = tested.sentence[place]
    words, word = tested.sentences[sentence], tested.place[place]
    return Disagreement(
        tested.documents[sentence],
        " ".join(words[max(0, word - _CONTEXT) : word]),
        words[word],
        " ".join(words[word + 1 : word + 1 + _CONTEXT]),
        tested.gold[place],
        first[place],
        second[place],
    )
