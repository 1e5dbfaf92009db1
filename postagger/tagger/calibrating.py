"""Fits the temperature of taggers to gold tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from postagger.corpora import UNTAGGED, Corpus, TaggedSentence, as_sentences, check_part
from postagger.errors import DataError
from postagger.evaluation import MOST_TOKENS, fit_temperature

if TYPE_CHECKING:
    from postagger.tagger.tagger import Tagger

_CHUNK = 256
"""Sentences computed at a time."""


def fitted_temperature(
    taggers: Sequence[Tagger], gold: Corpus | Iterable[TaggedSentence], split: str
) -> float:
    """The temperature at which gold tags are most probable, by one tagger or as the mean of several.

    Raises:
        DataError: `gold` has no token with one of their tags, no such part, or is no list of sentences.
    """
    first = taggers[0]
    check_part(split)
    if isinstance(gold, Corpus):
        gold = gold.by_head.get(first.head, gold) if gold.others else gold
        gold = gold.part(split)
    sentences = _first_of(as_sentences(gold))
    tags = [tag for sentence in sentences for _, tag in sentence]
    numbers = np.array([_number(first, tag) for tag in tags], dtype=np.int64)
    if not (numbers >= 0).any():
        raise DataError("there is nothing to calibrate on: no token has a tag that the tagger knows")
    words = [[word for word, _ in sentence] for sentence in sentences]
    chunks = [words[start : start + _CHUNK] for start in range(0, len(words), _CHUNK)]
    members = []
    for tagger in taggers:
        columns = [tagger.tagset[tag] for tag in first.tagset]
        rows = [tagger._untempered(chunk)[:, columns] for chunk in chunks if any(chunk)]
        members.append(np.concatenate(rows))
    return fit_temperature(members, numbers)


def _first_of(sentences: Sequence[TaggedSentence]) -> list[TaggedSentence]:
    """As many sentences as a temperature needs."""
    found: list[TaggedSentence] = []
    tokens = 0
    for sentence in sentences:
        if tokens >= MOST_TOKENS:
            break
        found.append(sentence)
        tokens += len(sentence)
    return found


def _number(tagger: Tagger, tag: str) -> int:
    return tagger.tagset[tag] if tag != UNTAGGED and tag in tagger.tagset else -1
