"""What scikit-learn's users give, sentences and tags of any lengths, checked; and what they get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postagger.corpora import TaggedSentence
from postagger.errors import DataError, brief
from postagger.tagger import checked

Sentences = Iterable[Sequence[str]]

Lists = NDArray[np.object_]
"""A list, or an array, for each sentence: an array of objects, which can be indexed and concatenated."""


class InputError(DataError, ValueError):
    """The sentences or their tags are wrong; scikit-learn expects a ValueError."""


def as_texts(texts: Iterable[str]) -> list[str]:
    """Checks that there are texts and returns them.

    Raises:
        InputError: they are not strings.
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise InputError(f"expected texts, a list of strings; got {brief(texts)}")
    found = list(texts)
    wrong = next((text for text in found if not isinstance(text, str)), None)
    if wrong is not None:
        raise InputError(f"expected texts, each a string; got {brief(wrong)} among them")
    return found


def as_word_lists(sentences: Sentences) -> list[list[str]]:
    """Checks that there are sentences and returns them as lists of words.

    Raises:
        InputError: they are not lists of strings.
    """
    if isinstance(sentences, str) or not isinstance(sentences, Iterable):
        raise InputError(f"expected sentences, each a list of words; got {brief(sentences)}")
    try:
        return list(checked(sentences))
    except DataError as error:
        raise InputError(str(error)) from None


def paired(sentences: Sentences, tags: Iterable[Sequence[str]]) -> list[TaggedSentence]:
    """Pairs the words of sentences with their tags.

    Raises:
        InputError: there are none, or they are not of the same lengths.
    """
    words = as_word_lists(sentences)
    if tags is None:
        raise InputError("y is missing: fit and score need the tags of each sentence")
    try:
        columns = list(checked(tags))
    except (DataError, TypeError) as error:
        raise InputError(f"y has a list of tags for each sentence: {error}") from None
    if not words:
        raise InputError("there are no sentences: X is empty")
    if len(words) != len(columns):
        raise InputError(f"X has {len(words)} sentences, but y has the tags of {len(columns)}")
    for number, (sentence, column) in enumerate(zip(words, columns, strict=True), 1):
        if len(sentence) != len(column):
            raise InputError(f"sentence {number} has {len(sentence)} words, but {len(column)} tags")
    return [list(zip(*pair, strict=True)) for pair in zip(words, columns, strict=True)]


def as_objects(values: Sequence[Any]) -> Lists:
    """Some lists or arrays as an array of objects, ``(values,)``."""
    found = np.empty(len(values), object)
    for number, value in enumerate(values):
        found[number] = value
    return found
