"""The challenge set in a comparison: every run tags it, if the corpus has English tags that fit."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from postagger.comparison.results import ChallengeResult, ChallengeRow, Spread, SystemResult
from postagger.corpora import UNTAGGED, Corpus
from postagger.errors import DataError
from postagger.evaluation.challenge import (
    ChallengeAnswer,
    ChallengeGroup,
    ChallengeScore,
    TagScheme,
    challenge_answers,
    challenge_sentences,
    known_words,
    scheme_for,
    score,
)
from postagger.evaluation.report import percent
from postagger.features import Lexicon
from postagger.io import read_whole
from postagger.tagger import SentenceTagger

_ENGLISH = 0.5
"""A corpus in which this part of the set's words occurs is English: NLTK's treebank has 0.88, the sample
0.89; punctuation, which other languages have too, is 0.13."""

_COLUMNS = ("sentence", "word", "gold", "prediction", "log_odds")


def challenge_scheme(corpus: Corpus) -> TagScheme | None:
    """The tags of the challenge set that fit a corpus; None if there are none, or it is not English."""
    scheme = scheme_for({tag for sentence in corpus.train for _, tag in sentence} - {UNTAGGED})
    if scheme is None or known_words(Lexicon.from_sentences(corpus.train)) < _ENGLISH:
        return None
    return scheme


def challenge_tsv(tagger: SentenceTagger, scheme: TagScheme) -> bytes:
    """Tags the challenge set; a line for each target, in tab-separated `_COLUMNS`."""
    rows = zip(_targets(scheme), challenge_answers(tagger, scheme), strict=True)
    lines = ["\t".join(_COLUMNS)]
    for target, answer in rows:
        odds = "" if answer.log_odds is None else repr(answer.log_odds)
        lines.append("\t".join([*target, re.sub(r"[\t\n\r]", " ", answer.tag), odds]))
    return ("\n".join(lines) + "\n").encode(errors="surrogatepass")


def read_challenge(file: Path, scheme: TagScheme) -> list[ChallengeAnswer]:
    """Reads what `challenge_tsv` wrote.

    Raises:
        DataError: the file is of another version of the challenge set, or damaged.
        OSError: it can't be read.
    """
    lines = read_whole(file).decode(errors="surrogatepass").split("\n")[:-1]
    head, *rows = (tuple(line.split("\t")) for line in lines or [""])
    if head != _COLUMNS or [row[:3] for row in rows] != _targets(scheme) or {len(row) for row in rows} != {5}:
        raise DataError(f"{file} does not have the sentences of the challenge set")
    return [ChallengeAnswer(tag, float(odds) if odds else None) for *_, tag, odds in rows]


def _targets(scheme: TagScheme) -> list[tuple[str, str, str]]:
    """The text of each sentence, its target and the gold tag."""
    return [(each.text, each.word, scheme.tag_of(each)) for each in challenge_sentences(scheme)]


def challenge_result(
    scheme: TagScheme | None,
    systems: Sequence[SystemResult],
    predictions: Mapping[str, Sequence[Sequence[Sequence[ChallengeAnswer]]]],
) -> ChallengeResult | None:
    """The figures of all systems.

    Args:
        predictions: by system: for each seed, the answers of its runs (one, or one per fold).
    """
    if scheme is None:
        return None
    scores = {
        name: [[score(scheme, answers, 1.0) for answers in runs] for runs in seeds]
        for name, seeds in predictions.items()
    }
    first = next(iter(scores.values()))[0][0]
    rows = [
        *(_row("phenomenon", number, scores) for number in range(len(first.phenomena))),
        *(_row("distance", number, scores) for number in range(len(first.distances))),
        _row("all", 0, scores),
    ]
    return ChallengeResult(scheme.title, tuple(rows), _sentence(rows, systems))


def _row(kind: str, number: int, scores: Mapping[str, list[list[ChallengeScore]]]) -> ChallengeRow:
    def group(found: ChallengeScore) -> ChallengeGroup:
        groups = {"phenomenon": found.phenomena, "distance": found.distances, "all": (found.overall,)}
        return groups[kind][number]

    def spread(
        seeds: list[list[ChallengeScore]], rate: Callable[[ChallengeGroup], float | None]
    ) -> Spread | None:
        values = [[rate(group(run)) for run in runs] for runs in seeds]
        known = [[value for value in each if value is not None] for each in values]
        return Spread(tuple(map(statistics.fmean, known))) if known == values else None

    some = group(next(iter(scores.values()))[0][0])
    return ChallengeRow(
        kind,
        some.name,
        some.pairs.total,
        {name: spread(seeds, lambda each: each.targets.value) for name, seeds in scores.items()},
        {name: spread(seeds, lambda each: each.pairs.value) for name, seeds in scores.items()},
        {name: spread(seeds, lambda each: each.leaning) for name, seeds in scores.items()},
    )


def _sentence(rows: Sequence[ChallengeRow], systems: Sequence[SystemResult]) -> str:
    """On which phenomenon the two most accurate systems differ most, in leaning if both have it."""
    one, two = (system.name for system in sorted(systems, key=lambda each: -each.accuracy.mean)[:2])
    leaning = all(rows[0].leaning[name] is not None for name in (one, two))

    def rate(row: ChallengeRow, name: str) -> float:
        spread = (row.leaning if leaning else row.pairs_right)[name]
        return spread.mean if spread else 0.0

    row = max(
        (row for row in rows if row.kind == "phenomenon"),
        key=lambda row: abs(rate(row, one) - rate(row, two)),
    )
    what = "leans the right way in" if leaning else "has both words right in"
    high, low = sorted((one, two), key=lambda name: -rate(row, name))
    if rate(row, high) == rate(row, low):
        return f"{one} and {two}, the two most accurate, do equally well in every phenomenon."
    return (
        f"{one} and {two}, the two most accurate, differ most in {row.name}: {high} {what} "
        f"{percent(rate(row, high))} % of these {row.pairs} pairs, {low} in {percent(rate(row, low))} %."
    )
