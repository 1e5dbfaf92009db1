"""Tags sentences and says how probable the tags are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from postagger.features import Lexical, TagDictionary, TagSet
from postagger.tagger.headed import HeadedTagger
from postagger.tagger.streaming import Chunk, checked, stream
from postagger.text.predicted import Predicted, PredictedSentence

UNSURE = "_"
"""What is written for a tag that is less probable than was asked for: that of an untagged token."""


def predictions(
    tagger: HeadedTagger,
    sentences: Iterable[Sequence[str]],
    *,
    heads: Iterable[str] | None = None,
    lexicon: Lexical | None = None,
    top: int = 0,
    at_least: float = 0.0,
    workers: int = 1,
) -> Iterator[PredictedSentence]:
    """Tags sentences and yields a prediction for each: its tokens, each with what every head predicts.

    Args:
        heads: the heads to use; default: the selected one.
        lexicon, workers: as in `HeadedTagger.tag_sents`. A lexicon is for a single head.
        top: how many of the most probable tags there are for each token.
        at_least: the probability below which a tag becomes ``_``.

    Raises:
        DataError, ConfigError: as in `HeadedTagger.tag_sents`.
        ModelFileError: as in `HeadedTagger.probabilities`.
    """
    names = None if heads is None else list(heads)
    for name in names or ():
        tagger._check_head(name)
    dictionary = tagger._dictionary(lexicon)
    work = partial(_predicted, tagger, heads=names, lexicon=dictionary, top=top, at_least=at_least)
    return stream(work, sentences, workers)


def _predicted(
    tagger: HeadedTagger,
    chunk: Chunk,
    *,
    heads: Sequence[str] | None,
    lexicon: TagDictionary | None,
    top: int,
    at_least: float,
) -> list[PredictedSentence]:
    sentences = list(checked(chunk.sentences, chunk.first))
    found: list[PredictedSentence] = [[(word, {}) for word in sentence] for sentence in sentences]
    if not any(sentences):
        return found
    tagsets = {tagger.head: tagger.tagset} if heads is None else {name: tagger.heads[name] for name in heads}
    predicted = tagger._predict(heads, sentences, lexicon)
    for (head, tagset), (numbers, rows) in zip(tagsets.items(), predicted, strict=True):
        each = _of_tokens(numbers, rows, tagset, top, at_least)
        for sentence in found:
            for _, by_head in sentence:
                by_head[head] = next(each)
    return found


def _of_tokens(
    numbers: NDArray[np.int64], rows: NDArray[np.float32], tagset: TagSet, top: int, at_least: float
) -> Iterator[Predicted]:
    """Yields the prediction of each token.

    Args:
        numbers: that of the tag of each token, ``(tokens,)``.
        rows: the probability of each tag of the tag set, ``(tokens, tags)``.
    """
    tags = map(tagset.tags.__getitem__, numbers.tolist())
    chosen = rows[np.arange(len(rows)), numbers].tolist()
    best = np.argsort(-rows, axis=1, kind="stable")[:, :top] if top else np.empty((len(rows), 0), np.int64)
    best_rows = np.take_along_axis(rows, best, axis=1).tolist()
    for tag, probability, places, values in zip(tags, chosen, best.tolist(), best_rows, strict=True):
        ranked = {tagset.tags[place]: value for place, value in zip(places, values, strict=True)}
        yield Predicted(tag if probability >= at_least else UNSURE, probability, ranked)
