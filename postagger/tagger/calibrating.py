"""Fits the temperature of taggers to gold tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.corpora import UNTAGGED, Corpus, TaggedSentence, as_sentences, check_part
from postagger.errors import DataError
from postagger.evaluation import MOST_TOKENS, fit_temperature
from postagger.evaluation.calibration import Probabilities

if TYPE_CHECKING:
    from postagger.tagger.tagger import Tagger

_CHUNK = 256
"""Sentences computed at a time."""


class Material(NamedTuple):
    """What a temperature is fitted to.

    Attributes:
        members: the probabilities of each tagger without a temperature, ``(tokens, tags)`` each.
        gold: the number of each token's gold tag, ``(tokens,)``; -1 if it has none that the taggers know.
        sentences: their sentences, some of the text's first ones.
    """

    members: list[Probabilities]
    gold: NDArray[np.int64]
    sentences: list[TaggedSentence]


def fitted_temperature(
    taggers: Sequence[Tagger], gold: Corpus | Iterable[TaggedSentence], split: str
) -> float:
    """The temperature at which gold tags are most probable, by one tagger or as the mean of several.

    Raises:
        DataError: `gold` has no token with one of their tags, no such part, or is no list of sentences.
    """
    found = material(taggers, gold, split)
    return fit_temperature(found.members, found.gold)


def material(taggers: Sequence[Tagger], gold: Corpus | Iterable[TaggedSentence], split: str) -> Material:
    """What a temperature is fitted to: as many sentences as it needs.

    Raises:
        DataError: as in `fitted_temperature`.
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
    return Material(members, numbers, sentences)


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
