"""What was tested, and what each system answered: all tokens with a gold tag in one row, fold by fold."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.plan import Plan
from postagger.comparison.runs import Run, in_one_cell, read_run
from postagger.corpora import UNTAGGED, is_tagged
from postagger.features import Lexicon

_FEW_DOCUMENTS = 12
"""Fewer than these say too little about other documents: sentences are drawn instead."""


@dataclass(frozen=True)
class Tested:
    """All tested tokens, which are those with a gold tag, in one row, fold by fold.

    Attributes:
        gold: ``(tokens,)``.
        frequency: ``(tokens,)``, how often training saw the word.
        ambiguous: ``(tokens,)``, whether training saw it with several tags.
        sentence: ``(tokens,)``, the number of its sentence.
        place: ``(tokens,)``, how many words are before it there.
        unit: ``(tokens,)``, the number of its document (or sentence).
        sentences: ``(sentences,)`` of the words of those that hold a tested token, untagged words too.
        documents: ``(sentences,)`` names.
        by_document: whether units are documents.
    """

    gold: NDArray[np.object_]
    frequency: NDArray[np.int64]
    ambiguous: NDArray[np.bool_]
    sentence: NDArray[np.int64]
    place: NDArray[np.int64]
    unit: NDArray[np.int64]
    sentences: list[list[str]]
    documents: list[str]
    by_document: bool

    @property
    def unit_sizes(self) -> NDArray[np.int64]:
        """Tokens of each unit."""
        return np.bincount(self.unit)

    def right_by_unit(self, correct: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Right tokens of each seed in each unit: ``(seeds, tokens)`` to ``(seeds, units)``."""
        units = len(self.unit_sizes)
        return np.array([np.bincount(self.unit[row], minlength=units) for row in correct])


@dataclass(frozen=True)
class Predictions:
    """One system's answers: ``(seeds, tokens)`` tags, and which of them are right."""

    runs: list[list[Run]]  # for each seed, one or one a fold
    tags: NDArray[np.object_]
    correct: NDArray[np.bool_]

    @property
    def representative(self) -> int:
        """The seed (counted from 0) that is the median of its system on dev, the lower one of two."""
        scores = [mean_dev(runs) or 0.0 for runs in self.runs]
        return scores.index(statistics.median_low(scores))


def gather(plan: Plan) -> Tested:
    """What a plan tests."""
    gold, frequency, ambiguous, number_of, places = [], [], [], [], []
    sentences: list[list[str]] = []
    documents: list[str] = []
    for corpus in plan.corpora:
        lexicon = Lexicon.from_sentences(corpus.train)
        names = corpus.document_names("test") if corpus.documents else [""] * len(corpus.test)
        for sentence, name in zip(corpus.test, names, strict=True):
            if not is_tagged([sentence]):
                continue
            for place, (word, tag) in enumerate(sentence):
                if tag != UNTAGGED:
                    gold.append(in_one_cell(tag))
                    frequency.append(lexicon.count(word))
                    ambiguous.append(lexicon.is_ambiguous(word))
                    number_of.append(len(sentences))
                    places.append(place)
            sentences.append([word for word, _ in sentence])
            documents.append(name)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(documents))}
    by_document = len(numbers) >= _FEW_DOCUMENTS
    unit = [numbers[name] for name in documents] if by_document else range(len(sentences))
    sentence_of = np.array(number_of)
    return Tested(
        np.array(gold, dtype=object),
        np.array(frequency),
        np.array(ambiguous),
        sentence_of,
        np.array(places),
        np.array(unit)[sentence_of],
        sentences,
        documents,
        by_document,
    )


def read_predictions(plan: Plan, folder: Path, name: str) -> Predictions | None:
    """What a system answered in the runs of a folder; None if no seed is whole."""
    by_seed: dict[int, list[Run | None]] = {}
    for job in plan.jobs:
        if job.system == name:
            by_seed.setdefault(job.seed, []).append(read_run(plan, folder, job))
    whole = [[run for run in runs if run] for runs in by_seed.values() if all(runs)]
    if not whole:
        return None
    tags = np.array(
        [[tag for run in runs for prediction in run.predictions for tag in prediction] for runs in whole],
        dtype=object,
    )
    gold = np.array(
        [in_one_cell(tag) for corpus in plan.corpora for sentence in corpus.test for _, tag in sentence],
        dtype=object,
    )
    tested = gold != UNTAGGED
    return Predictions(whole, tags[:, tested], tags[:, tested] == gold[tested])


def mean_dev(runs: Sequence[Run]) -> float | None:
    """The dev accuracy of a seed's runs, one or one a fold; None if one has none."""
    scores = [run.dev_accuracy for run in runs if run.dev_accuracy is not None]
    return statistics.fmean(scores) if len(scores) == len(runs) else None
