"""The tested tokens and every system's predictions for them, as arrays that run through all folds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.plan import Plan
from postagger.comparison.prediction_file import in_one_cell
from postagger.comparison.runs import Run, read_run
from postagger.corpora import UNTAGGED, is_tagged
from postagger.features import Lexicon

_FEW_DOCUMENTS = 12
"""With fewer documents, sentences are resampled instead: so few say too little about other documents."""


@dataclass(frozen=True)
class Tested:
    """All tested tokens (those with a gold tag), fold after fold.

    Attributes:
        gold: ``(tokens,)``.
        frequency: ``(tokens,)``, how often its word occurs in training.
        ambiguous: ``(tokens,)``, whether its word has several tags in training.
        sentence: ``(tokens,)``, the index of its sentence.
        place: ``(tokens,)``, its position in the sentence, from 0.
        unit: ``(tokens,)``, the index of its document (or sentence).
        sentences: ``(sentences,)`` lists of all words, for the sentences with a tested token.
        documents: ``(sentences,)`` names of the documents.
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
        """Counts correct tokens by seed and unit: ``(seeds, tokens)`` to ``(seeds, units)``."""
        units = len(self.unit_sizes)
        return np.array([np.bincount(self.unit[row], minlength=units) for row in correct])


@dataclass(frozen=True)
class Predictions:
    """One system's predictions.

    Attributes:
        runs: for each seed, its runs: one, or one per fold.
        tags: ``(seeds, tokens)``, the predicted tags.
        correct: ``(seeds, tokens)``, whether they are correct.
        confidences: ``(seeds, tokens)``, their probabilities; None if these are unknown for any run.
        untempered: the same without the temperature.
    """

    runs: list[list[Run]]
    tags: NDArray[np.object_]
    correct: NDArray[np.bool_]
    confidences: NDArray[np.float64] | None = None
    untempered: NDArray[np.float64] | None = None

    @property
    def representative(self) -> int:
        """Index of the seed with the median dev accuracy (the lower of the two middle ones)."""
        scores = [mean_dev(runs) or 0.0 for runs in self.runs]
        return scores.index(statistics.median_low(scores))


def gather(plan: Plan) -> Tested:
    """Collects the tokens that a plan tests."""
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
    """Reads a system's predictions from the runs of a folder; None if no seed is complete."""
    by_seed: dict[int, list[Run | None]] = {}
    for job in plan.jobs:
        if job.system == name:
            by_seed.setdefault(job.seed, []).append(read_run(plan, folder, job))
    complete = [[run for run in runs if run] for runs in by_seed.values() if all(runs)]
    if not complete:
        return None
    tags = np.array(
        [[tag for run in runs for prediction in run.predictions for tag in prediction] for runs in complete],
        dtype=object,
    )
    gold = np.array(
        [in_one_cell(tag) for corpus in plan.corpora for sentence in corpus.test for _, tag in sentence],
        dtype=object,
    )
    tested = gold != UNTAGGED
    return Predictions(
        complete,
        tags[:, tested],
        tags[:, tested] == gold[tested],
        _of_tokens(complete, tested, lambda run: run.confidences),
        _of_tokens(complete, tested, lambda run: run.untempered),
    )


def _of_tokens(
    seeds: Sequence[Sequence[Run]], tested: NDArray[np.bool_], numbers: Callable[[Run], list[float]]
) -> NDArray[np.float64] | None:
    """Numbers of all tested tokens, ``(seeds, tokens)``; None if a run lacks them."""
    rows = [[number for run in runs for number in numbers(run)] for runs in seeds]
    return np.array(rows)[:, tested] if all(len(row) == len(tested) for row in rows) else None


def mean_dev(runs: Sequence[Run]) -> float | None:
    """The mean dev accuracy of a seed's runs (one, or one per fold); None if any has none."""
    scores = [run.dev_accuracy for run in runs if run.dev_accuracy is not None]
    return statistics.fmean(scores) if len(scores) == len(runs) else None
