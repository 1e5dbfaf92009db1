"""Pretrained word vectors, from a file or from an object like gensim's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from postagger.config import WordsConfig
from postagger.errors import DataError, brief
from postagger.features.normalise import vector_forms
from postagger.features.vector_files import Entry, KeyedVectors, WordSelection, file_entries, object_entries
from postagger.io import FILE, check_name

_LARGEST = float(np.finfo(np.float16).max)
"""The largest number allowed, because vectors that are not fine-tuned are stored in half precision."""

_INVALID = f"NaN, an infinity or a number beyond {_LARGEST:g}"


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words and their vectors.

    Attributes:
        words: all different.
        vectors: ``(words, dim)``, float32.
        blank_words: how many words of the file were left out because they are nothing but white space.

    Raises:
        DataError: there are no vectors, a word occurs twice, the shapes don't fit, or a number is NaN,
            infinite or too large for float16.
    """

    words: tuple[str, ...]
    vectors: NDArray[np.float32]
    blank_words: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.words, tuple) or not all(isinstance(word, str) for word in self.words):
            raise DataError(f"the words of word vectors must be a tuple of strings; got {brief(self.words)}")
        if not isinstance(self.vectors, np.ndarray):
            raise DataError(
                f"word vectors must be a float32 NumPy array of shape (words, dim), not {brief(self.vectors)}"
            )
        shape, words = self.vectors.shape, len(set(self.words))
        if self.vectors.dtype != np.float32 or len(shape) != 2:
            raise DataError(
                "word vectors must be float32 of shape (words, dim), "
                f"not {self.vectors.dtype} of shape {shape}"
            )
        if 0 in shape:
            raise DataError(f"there are no word vectors: the array has shape {shape}")
        if (len(self.words), words) != (shape[0], shape[0]):
            raise DataError(f"expected {shape[0]} different words for {shape[0]} vectors, got {words}")
        if not _valid(self.vectors):
            raise DataError(f"word vectors hold {_INVALID}")

    def __repr__(self) -> str:
        blank = f"; blank words left out: {self.blank_words:,}" if self.blank_words else ""
        return f"<WordVectors: {len(self):,} words, {self.dim} numbers each{blank}>"

    def __len__(self) -> int:
        return len(self.words)

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])

    def table(self, *, tuned: bool) -> NDArray[np.float32 | np.float16]:
        """The table for an embedding: a row of zeros, then the vectors, ``(1 + words, dim)``.

        Args:
            tuned: whether the vectors will be fine-tuned: in float32 if so, else rounded to float16.
        """
        table = np.zeros((1 + len(self), self.dim), np.float32 if tuned else np.float16)
        table[1:] = self.vectors
        return table


def load_vectors(
    source: str | Path | WordVectors | KeyedVectors, *, limit: int = 100_000, wanted: Iterable[str] = ()
) -> WordVectors:
    """Reads word vectors; a file's format is detected from its content.

    Supported are text as written by GloVe, word2vec and fastText (``.vec``), word2vec's binary format,
    either of them with gzip, and fastText's ``.bin``, which needs gensim. If a word occurs twice, the
    first vector is used. Words that are nothing but white space are left out and counted; so are, in
    binary files, words that are not valid UTF-8, without a count. Nothing is unpickled.

    Args:
        source: a file, an object like gensim's ``KeyedVectors``, or `WordVectors`, returned as they are.
        limit: the number of words to take from the start, where the most frequent ones are.
        wanted: words to take wherever they are. Without any, reading stops at the limit.

    Raises:
        DataError: the file is missing, damaged or in another format; the message names the file and,
            where possible, the line.
    """
    if isinstance(source, WordVectors):
        return source
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise DataError(f"limit={brief(limit)}: expected the number of words to take, a whole number from 0")
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        raise DataError(f"wanted={brief(wanted)}: expected a list of words")
    selection = WordSelection(limit, frozenset(wanted))
    if isinstance(source, str | Path):
        check_name(str(source))
        return _collect(file_entries(Path(source), selection), str(source))
    name = type(source).__name__
    return _collect(object_entries(source, selection, name), name)


def choose_vectors(
    given: WordVectors | KeyedVectors | None, config: WordsConfig, words: Iterable[str]
) -> WordVectors | None:
    """Returns the vectors for training: the given ones, else those of the config's file, if it names one.

    Args:
        words: the words of the training set, whose vectors are read even beyond ``vectors_limit``.
    """
    source = config.vectors if given is None else given
    if source is None:
        return None
    forms = {form for word in set(words) for form in vector_forms(word, normalise=config.normalise)}
    decomposed = (normalize("NFD", form) for form in forms)  # as some files have them
    return load_vectors(source, limit=config.vectors_limit, wanted=forms.union(decomposed))


def _collect(entries: Iterable[Entry], source: str) -> WordVectors:
    vectors: dict[str, NDArray[np.float32]] = {}
    blank = size = 0
    most = FILE.value
    for place, word, vector in entries:
        if isinstance(word, str) and not word.strip():
            blank += 1
            continue
        if word in vectors:
            continue
        if not _valid(vector):
            raise DataError(f"{place}: the vector of {word!r} holds {_INVALID}")
        vectors[word] = vector.astype(np.float32)
        size += vectors[word].nbytes
        if size > most and place != source:  # those of an object are in memory already
            raise FILE.exceeded(place, "the part of the vectors that is read")
    if not vectors:
        raise DataError(f"{source} contains no word vectors")
    return WordVectors(tuple(vectors), np.stack(list(vectors.values())), blank)


def _valid(numbers: NDArray[Any]) -> bool:
    return bool((np.abs(numbers) <= _LARGEST).all())  # False for NaN
