"""The challenge set in a comparison: every run tags it, if the corpus has English tags that fit."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from postagger.comparison.results import ChallengeResult, ChallengeRow, Spread, SystemResult
from postagger.corpora import UNTAGGED, Corpus
from postagger.errors import DataError
from postagger.evaluation import Rate
from postagger.evaluation.challenge import (
    ChallengeGroup,
    ChallengeScore,
    TagScheme,
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

_COLUMNS = "sentence\tword\tgold\tprediction"


def challenge_scheme(corpus: Corpus) -> TagScheme | None:
    """The tags of the challenge set that fit a corpus; None if there are none, or it is not English."""
    scheme = scheme_for({tag for sentence in corpus.train for _, tag in sentence} - {UNTAGGED})
    if scheme is None or known_words(Lexicon.from_sentences(corpus.train)) < _ENGLISH:
        return None
    return scheme


def challenge_tsv(tagger: SentenceTagger, scheme: TagScheme) -> bytes:
    """Tags the challenge set: ``sentence<TAB>word<TAB>gold<TAB>prediction``, a line for each target."""
    sentences = challenge_sentences(scheme)
    tagged = tagger.tag_sents([list(sentence.words) for sentence in sentences])
    lines = [_COLUMNS]
    for sentence, tags in zip(sentences, tagged, strict=True):
        gold = scheme.tag_of(sentence)
        lines.append(f"{sentence.text}\t{sentence.word}\t{gold}\t{tags[sentence.target][1]}")
    return ("\n".join(lines) + "\n").encode(errors="surrogatepass")


def read_challenge(file: Path, scheme: TagScheme) -> list[str]:
    """Reads the predicted tags.

    Raises:
        DataError: the file is of another version of the challenge set, or damaged.
        OSError: it can't be read.
    """
    lines = [line.rpartition("\t") for line in read_whole(file).decode(errors="surrogatepass").splitlines()]
    expected = [
        f"{sentence.text}\t{sentence.word}\t{scheme.tag_of(sentence)}"
        for sentence in challenge_sentences(scheme)
    ]
    if [start for start, _, _ in lines] != [_COLUMNS.rpartition("\t")[0], *expected]:
        raise DataError(f"{file} does not have the sentences of the challenge set")
    return [tag for _, _, tag in lines[1:]]


def challenge_result(
    scheme: TagScheme | None,
    systems: Sequence[SystemResult],
    predictions: Mapping[str, Sequence[Sequence[Sequence[str]]]],
) -> ChallengeResult | None:
    """The figures of all systems.

    Args:
        predictions: by system: for each seed, the predicted tags of its runs (one, or one per fold).
    """
    if scheme is None:
        return None
    scores = {
        name: [[score(scheme, tags, 1.0) for tags in runs] for runs in seeds]
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

    def spread(seeds: list[list[ChallengeScore]], rate: Callable[[ChallengeGroup], Rate]) -> Spread:
        return Spread(
            tuple(statistics.fmean(rate(group(run)).value or 0.0 for run in runs) for runs in seeds)
        )

    some = group(next(iter(scores.values()))[0][0])
    return ChallengeRow(
        kind,
        some.name,
        some.pairs.total,
        {name: spread(seeds, lambda each: each.pairs) for name, seeds in scores.items()},
        {name: spread(seeds, lambda each: each.targets) for name, seeds in scores.items()},
    )


def _sentence(rows: Sequence[ChallengeRow], systems: Sequence[SystemResult]) -> str:
    """On which phenomenon the two most accurate systems differ most."""
    one, two = (system.name for system in sorted(systems, key=lambda each: -each.accuracy.mean)[:2])
    row = max(
        (row for row in rows if row.kind == "phenomenon"),
        key=lambda row: abs(row.pairs_right[one].mean - row.pairs_right[two].mean),
    )
    better, worse = sorted((one, two), key=lambda name: -row.pairs_right[name].mean)
    high, low = row.pairs_right[better].mean, row.pairs_right[worse].mean
    if high == low:
        return f"Of every phenomenon, {one} and {two}, the two most accurate, have equally many pairs right."
    return (
        f"{one} and {two}, the two most accurate, differ most in {row.name}: {better} has {percent(high)} % "
        f"of these {row.pairs} pairs right, {worse} {percent(low)} %."
    )
