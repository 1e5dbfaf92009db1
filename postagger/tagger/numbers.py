"""Tags sentences and gives the numbers of the tags in arrays: for tables, which store a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.features import Lexical, TagDictionary
from postagger.tagger.headed import HeadedTagger
from postagger.tagger.streaming import Chunk, checked, chunks


class Numbers(NamedTuple):
    """What one head predicts for the tokens of some sentences.

    Attributes:
        tags: the number of each token's tag in the tag set of the head, ``(tokens,)``.
        probabilities: of these tags, in 0..1, ``(tokens,)``; None if they were not asked for.
        best: the numbers of the most probable tags, the most probable first, ``(tokens, top)``.
        best_probabilities: theirs, ``(tokens, top)``.
    """

    tags: NDArray[np.int64]
    probabilities: NDArray[np.float32] | None
    best: NDArray[np.int64]
    best_probabilities: NDArray[np.float32]

    def __repr__(self) -> str:
        given = "no" if self.probabilities is None else "their"
        return (
            f"<Numbers: tags of {len(self.tags):,} tokens, {given} probabilities, best {self.best.shape[-1]}>"
        )


def tag_numbers(
    tagger: HeadedTagger,
    sentences: Sequence[list[str]],
    heads: Sequence[str],
    *,
    lexicon: Lexical | None = None,
    probabilities: bool = False,
    top: int = 0,
) -> dict[str, Numbers]:
    """Tags sentences with some heads; the tags are those of `HeadedTagger.tag_sents`.

    Args:
        lexicon: as in `HeadedTagger.tag`; for a single head.
        probabilities: whether the probabilities of the tags are computed.
        top: how many of the most probable tags are given, at most all.

    Raises:
        DataError: a token is not a string, or the lexicon is wrong.
        ConfigError: there is no such head.
        ModelFileError: as in `HeadedTagger.probabilities`.
    """
    views = {head: tagger.with_head(head) for head in heads}
    dictionary = None if lexicon is None else views[heads[0]]._dictionary(lexicon)
    parts: dict[str, list[Numbers]] = {head: [] for head in heads}
    for chunk in chunks(sentences):
        if not any(chunk.sentences):
            continue
        rows = _tags(tagger, chunk, heads, dictionary)
        for head, tags in zip(heads, rows, strict=True):
            found = _with_probabilities(views[head], chunk, tags, dictionary, probabilities, top)
            parts[head].append(found)
    return {head: _joined(each, probabilities, top) for head, each in parts.items()}


def _tags(
    tagger: HeadedTagger, chunk: Chunk, heads: Sequence[str], lexicon: TagDictionary | None
) -> Sequence[NDArray[np.int64]]:
    """The number of each token's tag, for each head."""
    if lexicon is None:
        return list(chunk.predicted(partial(tagger._numbers, heads)))
    views = [tagger.with_head(head) for head in heads]
    return [
        np.array([view.tagset[tag] for sentence in view._tag_chunk(chunk, lexicon) for _, tag in sentence])
        for view in views
    ]


def _with_probabilities(
    view: HeadedTagger,
    chunk: Chunk,
    tags: NDArray[np.int64],
    lexicon: TagDictionary | None,
    probabilities: bool,
    top: int,
) -> Numbers:
    if not probabilities and not top:
        return Numbers(tags, None, *_no_best(len(tags), 0))
    rows = view.probabilities(list(checked(chunk.sentences, chunk.first)), lexicon=lexicon)
    best = np.argsort(-rows, axis=1, kind="stable")[:, :top]
    chosen = rows[np.arange(len(rows)), tags]
    return Numbers(tags, chosen if probabilities else None, best, np.take_along_axis(rows, best, axis=1))


def _no_best(tokens: int, top: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    return np.empty((tokens, top), np.int64), np.empty((tokens, top), np.float32)


def _joined(parts: list[Numbers], probabilities: bool, top: int) -> Numbers:
    if not parts:
        return Numbers(
            np.empty(0, np.int64), np.empty(0, np.float32) if probabilities else None, *_no_best(0, top)
        )
    tags, _, best, best_probabilities = zip(*parts, strict=True)
    known = [each.probabilities for each in parts if each.probabilities is not None]
    return Numbers(
        np.concatenate(tags),
        np.concatenate(known) if known else None,
        np.concatenate(best),
        np.concatenate(best_probabilities),
    )
