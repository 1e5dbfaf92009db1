"""The predictions of a run as a file: a line for each token, an empty line after each sentence.

The columns are the word, its gold tag, the predicted tag and, from taggers that give probabilities, that of
the predicted tag, at the tagger's temperature and without it (`postagger.evaluation.calibration`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from postagger.corpora import TaggedSentence
from postagger.errors import DataError
from postagger.io import read_whole
from postagger.tagger import SentenceTagger

_COLUMNS = ("word", "gold", "prediction")
_MORE = ("probability", "untempered")
_BREAKS = str.maketrans("\t\n\r", "   ")
_CHUNK = 256
"""Sentences whose probabilities are computed at a time."""


class PredictionTable(NamedTuple):
    """What a tagger predicts of every test sentence.

    Attributes:
        tags: the tags of each sentence.
        confidences: the probability of each tag, of all sentences one after another; empty if unknown.
        untempered: the same without the tagger's temperature.
    """

    tags: list[list[str]]
    confidences: list[float]
    untempered: list[float]


def in_one_cell(text: str) -> str:
    """A word or tag for a cell of the predictions file: tabs and line breaks become spaces."""
    return text.translate(_BREAKS)


def predictions_tsv(
    gold: Sequence[TaggedSentence], predictions: Sequence[TaggedSentence], tagger: SentenceTagger
) -> bytes:
    """The file for what a tagger predicted of gold sentences."""
    tempered = _confidences(tagger, predictions)
    at_temperature = getattr(tagger, "at_temperature", None)
    untempered = _confidences(at_temperature(1.0), predictions) if tempered and at_temperature else tempered
    more = zip(tempered, untempered, strict=True)
    lines = ["\t".join(_COLUMNS + _MORE if tempered else _COLUMNS)]
    for sentence, prediction in zip(gold, predictions, strict=True):
        for (word, gold_tag), (_, tag) in zip(sentence, prediction, strict=True):
            cells = [*map(in_one_cell, (word, gold_tag, tag))]
            lines.append("\t".join(cells + ([f"{p:.5g}" for p in next(more)] if tempered else [])))
        lines.append("")
    return ("\n".join(lines) + "\n").encode(errors="surrogatepass")


def read_predictions_tsv(file: Path) -> PredictionTable:
    """Reads what `predictions_tsv` wrote; files of earlier versions have no probabilities.

    Raises:
        DataError: the file is damaged.
        OSError: it can't be read.
    """
    head, *lines = read_whole(file).decode(errors="surrogatepass").split("\n")[:-1] or [""]
    columns = tuple(head.split("\t"))
    table = PredictionTable([[]], [], [])
    for line in lines:
        cells = line.split("\t")
        if not line:
            table.tags.append([])
        elif len(cells) != len(columns):
            raise DataError(f"{file} is damaged: a line has {len(cells)} columns, not {len(columns)}")
        else:
            table.tags[-1].append(cells[2])
            if columns[3:] == _MORE:
                table.confidences.append(float(cells[3]))
                table.untempered.append(float(cells[4]))
    if not all(0 <= p <= 1 for p in (*table.confidences, *table.untempered)):
        raise DataError(f"{file} is damaged: a probability is not in 0..1")
    return table._replace(tags=table.tags[:-1])


def _confidences(tagger: SentenceTagger, tagged: Sequence[TaggedSentence]) -> list[float]:
    """The probability of each tag of tagged sentences; empty if the tagger has no method `probabilities`."""
    probabilities = getattr(tagger, "probabilities", None)
    found: list[float] = []
    if probabilities is None:
        return found
    for start in range(0, len(tagged), _CHUNK):
        chunk = tagged[start : start + _CHUNK]
        tags = [tagger.tagset[tag] for sentence in chunk for _, tag in sentence]
        if tags:
            rows = probabilities([[word for word, _ in sentence] for sentence in chunk])
            found += rows[np.arange(len(tags)), tags].tolist()
    return found
