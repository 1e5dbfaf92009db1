"""From word types to integers: the word itself, prefixes, suffixes, shape, classes and characters."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.config import WordsConfig
from postagger.features.normalise import fold_digits, lower_case, shape, vector_forms, word_form
from postagger.features.subwords import Subwords
from postagger.features.vectors import WordVectors
from postagger.features.vocabulary import PADDING, UNKNOWN, Vocabulary
from postagger.features.word_classes import WordClasses
from postagger.unicode import normal_form

SEPARATE_TABLES = ("word", "characters", "vectors", "classes")
"""Vocabularies whose embeddings are in a table of their own, and ``classes``, which has none."""

LONGEST_WORD = 32
"""The largest number of characters encoded; of a longer word, the first and last half of this number."""


class WordTypes(NamedTuple):
    """Distinct words as integers. Row 0 is the padding word, beyond the edges of a sentence.

    Attributes:
        columns: ``(types, columns)``: the word (if the config uses it), its prefixes, suffixes and
            shape, its classes (if there are any), and the word's pretrained vector (if there are any),
            each numbered in its own vocabulary.
        characters: ``(types, longest word)``, padded at the right; ``(types, 0)`` if not used.
        pieces: the sub-words of a pretrained encoder, ``(types, most pieces)``, with `NO_PIECE` at the right;
            ``(types, 0)`` without an encoder.
    """

    columns: NDArray[np.int64]
    characters: NDArray[np.int64]
    pieces: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"<WordTypes: {len(self.columns):,} words>"


class WordEncoding:
    """The settings and vocabularies that turn words into `WordTypes`.

    Attributes:
        subwords: of a pretrained encoder; None without one.
    """

    def __init__(
        self,
        config: WordsConfig,
        vocabularies: Mapping[str, Vocabulary],
        subwords: Subwords | None = None,
    ) -> None:
        self.config = config
        self.subwords = subwords
        self.vocabularies = dict(vocabularies)
        strings = self.vocabularies.get("classes")
        self.classes = None if strings is None else WordClasses.from_strings(strings, config.class_prefixes)
        self.columns = _all_columns(config, self.classes)
        self._find = [self.vocabularies[name].numbers.get for name in self.columns]
        self.vector_numbers = self._vector_numbers() if "vectors" in self.vocabularies else None
        if self.vector_numbers is not None:
            self.columns.append("vectors")

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(each.numbers):,}" for name, each in self.vocabularies.items())
        return f"<WordEncoding: strings known of each part: {sizes or 'none'}>"

    def _vector_numbers(self) -> dict[str, int]:
        """The number of each word with a pretrained vector, and of its normal form if that has none."""
        numbers = dict(self.vocabularies["vectors"].numbers)
        if self.config.normalise:
            for word, number in self.vocabularies["vectors"].numbers.items():
                numbers.setdefault(normal_form(word), number)
        return numbers

    @classmethod
    def fit(
        cls,
        words: Iterable[str],
        config: WordsConfig,
        known: WordEncoding | None = None,
        *,
        vectors: WordVectors | None = None,
        classes: WordClasses | None = None,
        subwords: Subwords | None = None,
    ) -> WordEncoding:
        """Builds the vocabularies from the words of a training set.

        Args:
            words: the training set's tokens.
            known: an encoding with the same columns to extend: its strings keep their numbers, new ones
                follow, and its pretrained vectors, word classes and sub-words stay.
            vectors, classes: pretrained vectors and word classes, whose words become vocabularies.
            subwords: of a pretrained encoder.
        """
        if classes is None and known is not None:
            classes = known.classes
        vocabularies = {}
        for name, counter in _counts(Counter(words), config, classes).items():
            minimum = config.min_count if name == "word" else config.feature_min_count
            first = () if known is None else known.vocabularies[name]
            vocabularies[name] = Vocabulary.from_counts(counter, minimum, first)
        if classes is not None:
            vocabularies["classes"] = Vocabulary(classes.strings)
        if vectors is not None:
            vocabularies["vectors"] = Vocabulary(vectors.words)
        elif known is not None and "vectors" in known.vocabularies:
            vocabularies["vectors"] = known.vocabularies["vectors"]
        return cls(config, vocabularies, subwords if known is None else known.subwords)

    def encode(self, words: Sequence[str]) -> WordTypes:
        """Encodes words, with a row of padding first.

        Returns:
            `WordTypes` of ``1 + len(words)`` rows.
        """
        rows = [[PADDING] * len(self.columns), *map(self._row, words)]
        # (1 + words, columns); reshape keeps the second axis if there are no columns
        columns = np.array(rows, np.int64).reshape(len(rows), len(self.columns))
        return WordTypes(columns, self._characters(words), self._pieces(words))

    def _pieces(self, words: Sequence[str]) -> NDArray[np.int64]:
        if self.subwords is None:
            return np.zeros((len(words) + 1, 0), np.int64)
        return self.subwords.encode(words, normalise=self.config.normalise)

    def features(self, word: str) -> list[str]:
        """The strings to look up for a word, one for each column but that for pretrained vectors."""
        return _all_features(word, self.config, self.classes)

    def _row(self, word: str) -> list[int]:
        features = self.features(word)
        row = [find(feature, UNKNOWN) for find, feature in zip(self._find, features, strict=True)]
        if self.vector_numbers is not None:
            row.append(self.vector_number(word))
        return row

    def vector_number(self, word: str) -> int:
        """The number of a word's pretrained vector; `UNKNOWN` if it has none."""
        numbers = self.vector_numbers or {}
        forms = vector_forms(word, normalise=self.config.normalise)
        return next((numbers[form] for form in forms if form in numbers), UNKNOWN)

    def _characters(self, words: Sequence[str]) -> NDArray[np.int64]:
        if not self.config.character_dim:
            return np.zeros((len(words) + 1, 0), np.int64)
        table = self.vocabularies["characters"]
        half = LONGEST_WORD // 2
        forms = [word_form(word, normalise=self.config.normalise) for word in words]
        forms = [form if len(form) <= LONGEST_WORD else form[:half] + form[-half:] for form in forms]
        longest = max(map(len, forms), default=0)
        rows = [[PADDING] * longest]
        rows += [[table[char] for char in form] + [PADDING] * (longest - len(form)) for form in forms]
        return np.array(rows, np.int64).reshape(len(rows), longest)


def _counts(
    tokens: Mapping[str, int], config: WordsConfig, classes: WordClasses | None
) -> dict[str, Counter[str]]:
    """Counts the strings of each vocabulary: words by tokens, their affixes and shapes by word types.

    Args:
        tokens: the number of tokens of each word.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in _all_columns(config, classes)}
    for word, count in tokens.items():
        for name, feature in zip(counts, _all_features(word, config, classes), strict=True):
            counts[name][feature] += count if name == "word" else 1
    if config.character_dim:
        forms = (set(word_form(word, normalise=config.normalise)) for word in tokens)
        counts["characters"] = Counter(itertools.chain.from_iterable(forms))
    return counts


def column_names(config: WordsConfig) -> list[str]:
    """The columns of `WordTypes`, in order, without the last ones, for classes and pretrained vectors."""
    return [
        *(["word"] if config.word_dim else []),
        *(f"prefix{length}" for length in range(1, config.prefixes + 1)),
        *(f"suffix{length}" for length in range(1, config.suffixes + 1)),
        *(["shape"] if config.shape else []),
    ]


def word_features(word: str, config: WordsConfig) -> list[str]:
    """The strings to look up for a word, one for each column.

    Prefixes and suffixes are taken from the lower-case word. A suffix longer than the word includes the
    start of the word, written ``^``, so that "the" differs from the ending of "bathe".
    """
    form = word_form(word, normalise=config.normalise)
    if config.fold_digits:
        form = fold_digits(form)
    lower = lower_case(form, normalise=config.normalise)
    marked = "^" + lower
    features = []
    if config.word_dim:
        features.append(lower if config.lowercase else form)
    features += [lower[:length] for length in range(1, config.prefixes + 1)]
    features += [marked[-length:] for length in range(1, config.suffixes + 1)]
    if config.shape:
        features.append(shape(form, scripts=config.normalise))
    return features


def _all_columns(config: WordsConfig, classes: WordClasses | None) -> list[str]:
    """The columns of `WordTypes`, in order, without the last one for pretrained vectors."""
    return [*column_names(config), *([] if classes is None else classes.columns)]


def _all_features(word: str, config: WordsConfig, classes: WordClasses | None) -> list[str]:
    return [*word_features(word, config), *([] if classes is None else classes.features(word))]
