"""Word types to integers: the word itself, prefixes, suffixes, shape and characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from postagger.config import WordsConfig
from postagger.features.normalise import fold_digits, penn_form, shape, vector_forms
from postagger.features.vectors import WordVectors
from postagger.features.vocabulary import PADDING, UNKNOWN, Vocabulary

LONGEST_WORD = 32
"""Characters of a word that are encoded; of a longer one, the first and last half of this many."""


class WordTypes(NamedTuple):
    """Distinct words as integers. Row 0 is the padding word, beyond the edges of a sentence.

    Attributes:
        columns: ``(types, columns)``; the word (if it is looked up at all), its prefixes,
            suffixes and shape, and the word among pretrained vectors (if there are any), each
            numbered in a vocabulary of its own.
        characters: ``(types, longest word)``, padded at the right; ``(types, 0)`` if not used.
    """

    columns: Tensor
    characters: Tensor

    def select(self, rows: Tensor) -> WordTypes:
        """The types of the given rows, in that order."""
        return WordTypes(self.columns[rows], self.characters[rows])

    def to(self, device: torch.device) -> WordTypes:
        return WordTypes(self.columns.to(device), self.characters.to(device))


class WordEncoding:
    """The settings and vocabularies that turn words into `WordTypes`."""

    def __init__(self, config: WordsConfig, vocabularies: Mapping[str, Vocabulary]) -> None:
        self.config = config
        self.vocabularies = dict(vocabularies)
        self.columns = column_names(config)
        self._find = [self.vocabularies[name].numbers.get for name in self.columns]
        self._vectors = self.vocabularies.get("vectors")
        if self._vectors is not None:
            self.columns.append("vectors")

    @classmethod
    def fit(
        cls,
        words: Iterable[str],
        config: WordsConfig,
        known: WordEncoding | None = None,
        *,
        vectors: WordVectors | None = None,
    ) -> WordEncoding:
        """Collects the vocabularies from the words of a training set, one item a token.

        Args:
            known: an encoding of the same columns to go on from: its strings keep their numbers, and
                new ones come after them; its pretrained vectors stay.
            vectors: pretrained ones, whose words become the vocabulary ``vectors``.
        """
        tokens = Counter(words)
        counts: dict[str, Counter[str]] = {name: Counter() for name in column_names(config)}
        characters: Counter[str] = Counter()
        for word, count in tokens.items():
            for name, feature in zip(counts, word_features(word, config), strict=True):
                # A word counts by its tokens; a part of words by its word types.
                counts[name][feature] += count if name == "word" else 1
            characters.update(set(penn_form(word)))
        if config.character_dim:
            counts["characters"] = characters
        vocabularies = {}
        for name, counter in counts.items():
            least = config.min_count if name == "word" else config.feature_min_count
            first = () if known is None else known.vocabularies[name]
            vocabularies[name] = Vocabulary.from_counts(counter, least, first)
        if vectors is not None:
            vocabularies["vectors"] = Vocabulary(vectors.words)
        elif known is not None and "vectors" in known.vocabularies:
            vocabularies["vectors"] = known.vocabularies["vectors"]
        return cls(config, vocabularies)

    def encode(self, words: Sequence[str]) -> WordTypes:
        """Encodes words, after a row of padding.

        Returns:
            `WordTypes` of ``1 + len(words)`` rows.
        """
        rows = [[PADDING] * len(self.columns), *map(self._row, words)]
        # (1 + words, columns); reshape keeps the second axis when there is no column
        columns = torch.tensor(rows, dtype=torch.long).reshape(len(rows), len(self.columns))
        return WordTypes(columns, self._characters(words))

    def _row(self, word: str) -> list[int]:
        features = word_features(word, self.config)
        row = [find(feature, UNKNOWN) for find, feature in zip(self._find, features, strict=True)]
        if self._vectors is not None:
            known = (self._vectors[form] for form in vector_forms(word) if form in self._vectors)
            row.append(next(known, UNKNOWN))
        return row

    def _characters(self, words: Sequence[str]) -> Tensor:
        if not self.config.character_dim:
            return torch.zeros(len(words) + 1, 0, dtype=torch.long)
        table = self.vocabularies["characters"]
        half = LONGEST_WORD // 2
        spelt = [penn_form(word) for word in words]
        spelt = [word if len(word) <= LONGEST_WORD else word[:half] + word[-half:] for word in spelt]
        longest = max(map(len, spelt), default=0)
        rows = [[PADDING] * longest]
        rows += [[table[char] for char in word] + [PADDING] * (longest - len(word)) for word in spelt]
        return torch.tensor(rows, dtype=torch.long).reshape(len(rows), longest)


def column_names(config: WordsConfig) -> list[str]:
    """The columns of `WordTypes`, in order, but for that of pretrained vectors, which is the last."""
    return [
        *(["word"] if config.word_dim else []),
        *(f"prefix{length}" for length in range(1, config.prefixes + 1)),
        *(f"suffix{length}" for length in range(1, config.suffixes + 1)),
        *(["shape"] if config.shape else []),
    ]


def word_features(word: str, config: WordsConfig) -> list[str]:
    """The strings under which a word is looked up, one a column.

    A prefix is of the lower-case word, from the edge on. A suffix longer than the word takes in the
    edge, written ``^``, so that "the" is not the end of "bathe".
    """
    form = penn_form(word)
    if config.fold_digits:
        form = fold_digits(form)
    lower = form.lower()
    edged = "^" + lower
    features = []
    if config.word_dim:
        features.append(lower if config.lowercase else form)
    features += [lower[:length] for length in range(1, config.prefixes + 1)]
    features += [edged[-length:] for length in range(1, config.suffixes + 1)]
    if config.shape:
        features.append(shape(form))
    return features


def drop_words(types: WordTypes, dropped: Tensor) -> WordTypes:
    """The types with the word column of some made unknown; affixes and shape stay as they are.

    Args:
        dropped: ``(types,)`` bool.
    """
    columns = types.columns.clone()
    columns[:, 0] = columns[:, 0].masked_fill(dropped, UNKNOWN)
    return types._replace(columns=columns)
