"""Word vectors that were trained elsewhere: from a file, or from an object like gensim's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from postagger.config import WordsConfig
from postagger.errors import DataError, brief
from postagger.features.normalise import vector_forms
from postagger.features.vector_files import Entry, KeyedVectors, WordSelection, file_entries, object_entries

_LARGEST = float(np.finfo(np.float16).max)
"""No number is beyond it: vectors that training leaves alone are kept in half precision."""

_UNSOUND = f"NaN, an infinity or a number beyond {_LARGEST:g}"


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words with a vector each.

    Attributes:
        words: each of them once.
        vectors: ``(words, dim)``, float32.

    Raises:
        DataError: there is none, a word is there twice, the shapes don't fit, or a number is NaN,
            infinite or beyond what float16 holds.
    """

    words: tuple[str, ...]
    vectors: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not isinstance(self.words, tuple) or not all(isinstance(word, str) for word in self.words):
            raise DataError(f"the words of word vectors are strings, in a tuple; got {brief(self.words)}")
        if not isinstance(self.vectors, np.ndarray):
            raise DataError(
                f"word vectors are a NumPy array, float32 of shape (words, dim), not {brief(self.vectors)}"
            )
        shape, words = self.vectors.shape, len(set(self.words))
        if self.vectors.dtype != np.float32 or len(shape) != 2:
            raise DataError(
                f"word vectors are float32 of shape (words, dim), not {self.vectors.dtype} of shape {shape}"
            )
        if 0 in shape:
            raise DataError(f"there are no word vectors: their shape is {shape}")
        if (len(self.words), words) != (shape[0], shape[0]):
            raise DataError(f"{shape[0]} vectors go with as many different words, not with {words}")
        if not _sound(self.vectors):
            raise DataError(f"word vectors hold {_UNSOUND}")

    def __repr__(self) -> str:
        return f"<WordVectors: {len(self):,} words, {self.dim} numbers each>"

    def __len__(self) -> int:
        return len(self.words)

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])

    def table(self, *, tuned: bool) -> Tensor:
        """The vectors below a row of zeros, ``(1 + words, dim)``.

        Args:
            tuned: whether training is to change them: float32 then, else rounded to float16.
        """
        table = np.zeros((1 + len(self), self.dim), np.float32 if tuned else np.float16)
        table[1:] = self.vectors
        return torch.from_numpy(table)


def load_vectors(
    source: str | Path | WordVectors | KeyedVectors, *, limit: int = 100_000, wanted: Iterable[str] = ()
) -> WordVectors:
    """Reads word vectors; the format of a file is seen from its content.

    It may be text as GloVe, word2vec and fastText (``.vec``) write it, word2vec's binary form, gzip of
    either, or fastText's ``.bin``, which takes gensim. Of a word given twice, the first counts; in binary
    files, words that are no UTF-8 are left out. Nothing is unpickled.

    Args:
        source: a file, an object like gensim's ``KeyedVectors``, or `WordVectors`, given back as they are.
        limit: how many words are taken from the start, where the most frequent ones are.
        wanted: words that are taken wherever they are. Without any, no file is read beyond the limit.

    Raises:
        DataError: the file is missing, damaged or no such file (named, with the line where there is one).
    """
    if isinstance(source, WordVectors):
        return source
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise DataError(f"limit={brief(limit)}: expected how many words are taken, a whole number from 0 on")
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        raise DataError(f"wanted={brief(wanted)}: expected a list of words")
    selection = WordSelection(limit, frozenset(wanted))
    if isinstance(source, str | Path):
        return _collect(file_entries(Path(source), selection), str(source))
    name = type(source).__name__
    return _collect(object_entries(source, selection, name), name)


def choose_vectors(
    given: WordVectors | KeyedVectors | None, config: WordsConfig, words: Iterable[str]
) -> WordVectors | None:
    """The vectors for a training: those given, else those of the file that the config names, if any.

    Args:
        words: of the training set; all that have a vector get it, beyond ``vectors_limit`` too.
    """
    source = config.vectors if given is None else given
    if source is None:
        return None
    wanted = {form for word in set(words) for form in vector_forms(word)}
    return load_vectors(source, limit=config.vectors_limit, wanted=wanted)


def _collect(entries: Iterable[Entry], source: str) -> WordVectors:
    vectors: dict[str, NDArray[np.float32]] = {}
    for place, word, vector in entries:
        if word in vectors:
            continue
        if not _sound(vector):
            raise DataError(f"{place}: the vector of {word!r} holds {_UNSOUND}")
        vectors[word] = vector.astype(np.float32)
    if not vectors:
        raise DataError(f"{source} holds no word vectors")
    return WordVectors(tuple(vectors), np.stack(list(vectors.values())))


def _sound(numbers: NDArray[Any]) -> bool:
    return bool((np.abs(numbers) <= _LARGEST).all())  # which NaN is not
