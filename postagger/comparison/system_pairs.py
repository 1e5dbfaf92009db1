"""Pairwise comparison: how large each difference is, whether it is more than chance, and where it lies."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.predictions import Predictions, Tested
from postagger.comparison.results import Disagreement, PairResult, SystemResult
from postagger.comparison.tables import p_value, points, signed_range
from postagger.evaluation.paired import LEVEL, difference_test
from postagger.evaluation.significance import holm, holm_steps, mcnemar

_CONTEXT = 6
"""Words shown on each side of an error."""

_EXAMPLES = 12
"""Errors shown for each pair, half of them by each system."""


def compare_pairs(
    tested: Tested, systems: Sequence[SystemResult], predictions: Mapping[str, Predictions]
) -> tuple[PairResult, ...]:
    """Compares each system with each other one, the largest difference first.

    Args:
        tested: the tokens that all systems were tested on.
        systems: two or more.
        predictions: by the system's name.
    """
    sizes = tested.unit_sizes
    counts = {name: tested.right_by_unit(found.correct) for name, found in predictions.items()}
    by_accuracy = sorted(systems, key=lambda system: -system.accuracy.mean)
    pairs = list(itertools.combinations(by_accuracy, 2))
    tests = [difference_test(counts[one.name], counts[other.name], sizes) for one, other in pairs]
    p_values = [test.p for test in tests]
    found = []
    for (first, second), test, adjusted, step in zip(
        pairs, tests, holm(p_values), holm_steps(p_values), strict=True
    ):
        one, other = predictions[first.name], predictions[second.name]
        difference = first.accuracy.mean - second.accuracy.mean
        errors = 1 - second.accuracy.mean
        pair = PairResult(
            first=first.name,
            second=second.name,
            difference=difference,
            interval=test.interval(step),
            confidence=1 - LEVEL / step,
            p=test.p,
            p_adjusted=adjusted,
            mcnemar=mcnemar(one.correct[one.representative], other.correct[other.representative]),
            error_reduction=difference / errors if errors else 0.0,
            beyond_chance=adjusted < LEVEL,
            sentence="",
            disagreements=_disagreements(tested, one, other),
        )
        found.append(replace(pair, sentence=sentence_on(pair, len(pairs))))
    return tuple(sorted(found, key=lambda pair: -pair.difference))


def sentence_on(pair: PairResult, pairs: int) -> str:
    """The finding in words.

    Args:
        pairs: the number of pairs that were tested.
    """
    if pair.difference == 0:
        return f"{pair.first} and {pair.second} have exactly the same accuracy."
    p = p_value(pair.p_adjusted)
    p = f"p {p}" if p.startswith("<") else f"p = {p}"
    corrected = f", both corrected for {pairs} comparisons" if pairs > 1 else ""
    verdict = (
        "which is more than chance explains" if pair.beyond_chance else "which chance alone could explain"
    )
    return (
        f"{pair.first} is {points(pair.difference)} points more accurate than {pair.second}, {verdict} "
        f"({p}; interval {signed_range(pair.interval)} points{corrected})."
    )


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
