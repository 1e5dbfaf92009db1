"""Made-up results that look like those of a real comparison, without training."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from postagger.comparison.details import ConfidenceResult, Origin, TagResult
from postagger.comparison.pictures import Picture, draw
from postagger.comparison.results import (
    Bin,
    Confusion,
    Disagreement,
    PairResult,
    Results,
    Spread,
    SystemResult,
)
from postagger.comparison.system_pairs import sentence_on
from postagger.evaluation import Calibration
from postagger.evaluation.significance import McNemar, holm
from postagger.training import EpochRecord


class _Kind(NamedTuple):
    """A kind of system. Rates are in per cent; `epochs` is 0 for a system without epochs."""

    description: str
    parameters: int
    accuracy: float
    unknown: float
    train_seconds: float
    tokens_per_second: float
    epochs: int
    chance: bool = True


_KINDS = {
    "most_frequent": _Kind("each word's most frequent tag", 10_600, 86.3, 14.0, 0.2, 1_450_000, 0, False),
    "hmm": _Kind("NLTK's hidden Markov model", 480_000, 91.3, 46.0, 0.9, 1_900, 0, False),
    "tnt": _Kind("NLTK's TnT, trigrams", 96_000, 95.0, 79.5, 1.1, 950, 0, False),
    "perceptron": _Kind("NLTK's averaged perceptron", 310_000, 95.7, 84.1, 21.0, 52_000, 0),
    "crfsuite": _Kind("NLTK's CRF tagger, python-crfsuite", 255_000, 96.0, 85.2, 64.0, 88_000, 0, False),
    "logistic": _Kind("logistic regression over a window", 1_203_000, 96.64, 88.1, 10.2, 410_000, 10),
    "crf": _Kind("linear-chain CRF over a window", 1_205_000, 96.7, 88.0, 44.0, 95_000, 10),
    "window": _Kind("feedforward network over a window", 1_640_000, 96.59, 87.6, 21.4, 305_000, 10),
    "rnn": _Kind("Elman's network, both directions", 1_270_000, 96.51, 87.2, 22.3, 240_000, 10),
    "gru": _Kind("gated recurrent units, both directions", 1_490_000, 96.59, 87.2, 53.1, 161_000, 10),
    "lstm_forward": _Kind("LSTM, one direction", 1_420_000, 95.72, 83.9, 34.0, 190_000, 10),
    "lstm": _Kind("LSTM, both directions", 1_660_000, 96.8, 88.4, 61.5, 148_000, 10),
    "lstm_crf": _Kind("LSTM with CRF output", 1_663_000, 96.83, 88.3, 97.2, 61_000, 10),
}
LADDER = tuple(_KINDS)
FIVE = ("logistic", "window", "rnn", "gru", "lstm")
TWO = ("window", "lstm")

_TAGS = [
    "NN",
    "IN",
    "NNP",
    "DT",
    "JJ",
    "NNS",
    ",",
    ".",
    "CD",
    "RB",
    "VBD",
    "VB",
    "CC",
    "TO",
    "VBN",
    "VBZ",
    "PRP",
    "VBG",
    "VBP",
    "MD",
    "PRP$",
    "POS",
    "$",
    "``",
    "''",
    ":",
    "WDT",
    "WP",
    "NNPS",
    "RP",
    "JJR",
    "JJS",
    "WRB",
    "EX",
    "RBR",
    "-RRB-",
    "-LRB-",
    "RBS",
    "PDT",
    "FW",
    "WP$",
    "#",
    "UH",
    "SYM",
    "LS",
]
_CONFUSED = {
    ("NN", "JJ"): 0.09,
    ("JJ", "NN"): 0.08,
    ("NNP", "NN"): 0.06,
    ("VBD", "VBN"): 0.06,
    ("VBN", "VBD"): 0.06,
    ("NNP", "NNPS"): 0.05,
    ("IN", "RB"): 0.05,
    ("NNPS", "NNP"): 0.05,
    ("RB", "IN"): 0.05,
    ("VBN", "JJ"): 0.04,
    ("JJ", "VBN"): 0.04,
    ("JJ", "NNP"): 0.04,
    ("NNP", "JJ"): 0.04,
    ("VB", "VBP"): 0.03,
    ("VBP", "VB"): 0.03,
    ("RB", "JJ"): 0.03,
    ("NN", "VBG"): 0.03,
    ("VBG", "NN"): 0.03,
    ("IN", "WDT"): 0.03,
    ("NN", "NNP"): 0.03,
    ("RP", "IN"): 0.02,
    ("WP$", "PRP$"): 0.01,
}
_TOKENS, _UNKNOWN, _SENTENCES, _AMBIGUOUS = 5_964, 643, 248, 2_310


def make_results(
    names: Sequence[str] = TWO, *, seeds: int = 5, curves: bool = True, failures: tuple[str, ...] = ()
) -> Results:
    """Results for systems with these names, the same on every call."""
    chance = np.random.default_rng(7)
    systems = tuple(_system(name, chance, seeds, curves) for name in names)
    return Results(_origin(seeds), systems, _pairs(systems, chance), failures)


@cache
def ready_results(*names: str) -> Results:
    return make_results(names)


@cache
def ready_pictures(*names: str) -> dict[str, Picture]:
    """Pictures shared by all tests, because drawing is slow; do not change them."""
    return draw(ready_results(*names))


def _origin(seeds: int) -> Origin:
    return Origin(
        corpus="treebank",
        tested="test part",
        unit="document",
        units=20,
        train_tokens=82_141,
        dev_tokens=5_979,
        tokens=_TOKENS,
        sentences=_SENTENCES,
        unknown_tokens=_UNKNOWN,
        traces=6_592,
        seeds=seeds,
        folds=0,
        clock="seconds of one CPU core",
        versions={
            "postagger": "0.2.0",
            "python": "3.11.2",
            "torch": "2.13.0",
            "nltk": "3.9.2",
            "numpy": "2.3.1",
            "scipy": "1.17.1",
            "python-crfsuite": "0.9.12",
        },
    )


def _spread(chance: np.random.Generator, percent: float, deviation: float, size: int) -> Spread:
    """Rates around `percent`, in 0..1."""
    drawn = chance.normal(percent, deviation, size) if size > 1 else np.array([percent])
    return Spread(tuple(float(value) for value in np.clip(drawn / 100, 0, 1)))


def _system(name: str, chance: np.random.Generator, seeds: int, curves: bool) -> SystemResult:
    kind = _KINDS.get(name, _KINDS["lstm"])
    size = seeds if kind.chance else 1
    accuracy = _spread(chance, kind.accuracy, 0.13, size)
    known = (_TOKENS * accuracy.mean - _UNKNOWN * kind.unknown / 100) / (_TOKENS - _UNKNOWN) * 100
    seconds = chance.normal(1, 0.05, size)
    confusions, wrong = _confusions(accuracy.mean, chance, size)
    return SystemResult(
        name=name,
        description=kind.description,
        seeds=tuple(range(1, size + 1)),
        parameters=kind.parameters,
        accuracy=accuracy,
        interval=(accuracy.mean - 0.0062, accuracy.mean + 0.0055),
        dev=_spread(chance, kind.accuracy + 0.4, 0.1, size),
        known=_spread(chance, known, 0.1, size),
        unknown=_spread(chance, kind.unknown, 0.7, size),
        ambiguous=_spread(chance, known - 2.5, 0.2, size),
        sentences=_spread(chance, 100 * accuracy.mean**21, 1.1, size),
        train_seconds=Spread(tuple(kind.train_seconds * seconds)),
        tokens_per_second=Spread(tuple(kind.tokens_per_second / seconds)),
        by_frequency=_by_frequency(kind, known, chance, size),
        by_length=_by_length(kind, chance, size),
        by_tag=_by_tag(wrong, chance, size),
        confusions=confusions,
        curves=_curves(kind, chance, size) if curves else (),
        confidence=_confidence(kind, chance, size),
    )


def _by_frequency(kind: _Kind, known: float, chance: np.random.Generator, size: int) -> tuple[Bin, ...]:
    labels = {
        "unseen": 643,
        "1": 301,
        "2": 222,
        "3-5": 489,
        "6-10": 402,
        "11-30": 718,
        "31-100": 861,
        "101-1,000": 1_150,
        "over 1,000": 1_178,
    }
    shifts = (-6, -4.5, -3, -1.5, -0.8, -0.4, 0.5, 1.6)
    rates = [kind.unknown, *(known + shift for shift in shifts)]
    return tuple(
        Bin(label, tokens, _spread(chance, min(rate, 99.7), 0.3, size))
        for (label, tokens), rate in zip(labels.items(), rates, strict=True)
    )


def _by_length(kind: _Kind, chance: np.random.Generator, size: int) -> tuple[Bin, ...]:
    names = ("1-5", "6-10", "11-15", "16-20", "21-25", "26-30", "31-40")
    labels = dict(zip(names, (61, 402, 818, 1_200, 1_166, 990, 1_000), strict=True))
    bins = [
        Bin(label, tokens, _spread(chance, kind.accuracy + shift, 0.25, size))
        for (label, tokens), shift in zip(labels.items(), (-4.0, -0.9, 0.2, 0.3, 0.1, 0.0, -0.4), strict=True)
    ]
    return (*bins, Bin("over 40", 0, None))


def _tag_tokens() -> dict[str, int]:
    shares = np.array([1 / (rank + 4) ** 1.6 for rank in range(len(_TAGS))])
    return dict(zip(_TAGS, (int(n) for n in shares / shares.sum() * _TOKENS), strict=True))


def _confusions(
    accuracy: float, chance: np.random.Generator, size: int
) -> tuple[tuple[Confusion, ...], dict[str, float]]:
    """Confusions, and the number of their tokens by gold tag."""
    tokens, wrong = _tag_tokens(), dict.fromkeys(_TAGS, 0.0)
    found = []
    for (gold, prediction), share in _CONFUSED.items():
        mean = min(_TOKENS * (1 - accuracy) * share, tokens[gold] / 3)
        count = sum(float(chance.poisson(mean)) for _ in range(size)) / size
        if count:
            found.append(Confusion(gold, prediction, count))
            wrong[gold] += count
    return tuple(sorted(found, key=lambda confusion: -confusion.tokens)), wrong


def _by_tag(wrong: dict[str, float], chance: np.random.Generator, size: int) -> tuple[TagResult, ...]:
    results = []
    for tag, tokens in _tag_tokens().items():
        if tokens:
            rate = 100 * (1 - min(1, wrong[tag] / tokens))
            precision, recall, f1 = (_spread(chance, rate, 0.4, size) for _ in range(3))
            results.append(TagResult(tag, tokens, precision, recall, f1))
    return tuple(results)


def _confidence(kind: _Kind, chance: np.random.Generator, size: int) -> ConfidenceResult | None:
    if not kind.epochs:
        return None
    confidences = chance.beta(9, 0.4, 3000)
    calibration = Calibration(confidences, chance.random(3000) < confidences**1.2)
    return ConfidenceResult(
        _spread(chance, 0.6, 0.1, size),
        _spread(chance, 1.6, 0.2, size),
        tuple(calibration.reliability()),
        tuple(calibration.coverage()),
    )


def _curves(kind: _Kind, chance: np.random.Generator, size: int) -> tuple[tuple[EpochRecord, ...], ...]:
    slow = 1 + kind.train_seconds / 100
    return tuple(
        tuple(
            EpochRecord(
                epoch,
                513 * epoch,
                float((0.05 + 1.3 * slow * epoch**-1.6) * chance.normal(1, 0.03)),
                float(
                    (kind.accuracy + 0.4 - 8 * slow * epoch**-1.7 + 8 * 10**-1.7 + chance.normal(0, 0.1))
                    / 100
                ),
                kind.train_seconds * epoch / kind.epochs,
            )
            for epoch in range(1, kind.epochs + 1)
        )
        for _ in range(size if kind.epochs else 0)
    )


def _pairs(systems: tuple[SystemResult, ...], chance: np.random.Generator) -> tuple[PairResult, ...]:
    found = []
    for one, other in itertools.combinations(systems, 2):
        first, second = (one, other) if one.accuracy.mean >= other.accuracy.mean else (other, one)
        difference = first.accuracy.mean - second.accuracy.mean
        found.append((first, second, difference, max(1e-4, float(np.exp(-difference * 900)))))
    adjusted = holm([p for *_, p in found])
    pairs = []
    for (first, second, difference, p), p_adjusted in zip(found, adjusted, strict=True):
        beyond = p_adjusted < 0.05
        half = difference * (0.7 if beyond else 1.4) + 1e-6
        only_second = int(chance.integers(20, 60))
        pair = PairResult(
            first=first.name,
            second=second.name,
            difference=difference,
            interval=(difference - half, difference + half),
            confidence=1 - 0.05 / len(found),
            p=p,
            p_adjusted=p_adjusted,
            mcnemar=McNemar(only_second + round(difference * _TOKENS), only_second, min(1.0, p * 0.7)),
            error_reduction=difference / (1 - second.accuracy.mean),
            beyond_chance=beyond,
            sentence="",
            disagreements=_DISAGREEMENTS,
        )
        pairs.append(dataclasses.replace(pair, sentence=sentence_on(pair, len(found))))
    return tuple(sorted(pairs, key=lambda pair: -pair.difference))


_DISAGREEMENTS = (
    Disagreement("doc_07", "", "Old", "men <b>the</b> boats & rest", "JJ", "JJ", "NNP"),
    Disagreement("doc_07", "They paid A&T *less* than", "<half>", "of it | all", "NN", "NN", "PDT"),
    Disagreement("doc_11", "the `` plan '' that_was [ once ]", "set", "aside", "VBN", "VBN", "VBD"),
    Disagreement("doc_19", "her cat 's", "purring", ".", "NN", "VBG", "NN"),
)
