"""What is predicted for a token, with its probability."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from postagger.corpora.sentences import TaggedSentence


class Predicted(NamedTuple):
    """The prediction of one head for a token.

    Attributes:
        tag: the tag chosen, or ``_`` if it is less probable than was asked for.
        probability: that of the tag chosen, in 0..1; None if it was not asked for.
        top: the most probable tags with their probabilities, the most probable first; empty if they were not
            asked for. A CRF chooses the best sequence of tags, so the first may not be the tag chosen.
    """

    tag: str
    probability: float | None = None
    top: Mapping[str, float] = {}


PredictedSentence = list[tuple[str, dict[str, Predicted]]]
"""The tokens of a sentence, each with what every head predicts, by the head's name."""


def without_probabilities(sentences: Iterable[TaggedSentence], head: str) -> Iterator[PredictedSentence]:
    """Tagged sentences as predictions of a head."""
    for sentence in sentences:
        yield [(word, {head: Predicted(tag)}) for word, tag in sentence]


def columns_without_probabilities(
    sentences: Iterable[list[tuple[str, dict[str, str]]]],
) -> Iterator[PredictedSentence]:
    """Sentences with the tags of several heads as predictions."""
    for sentence in sentences:
        yield [(word, {head: Predicted(tag) for head, tag in tags.items()}) for word, tags in sentence]
