"""Vocabularies and tag sets: from strings to small integers and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.errors import DataError

PADDING = 0
"""Stands beyond the edge of a sentence or a word. Its embedding is trained, because edges are informative."""

UNKNOWN = 1
"""Stands for every string outside the vocabulary."""


_LONGEST = 200
"""Characters of tags in the `repr` of a tag set."""


class Vocabulary:
    """A fixed set of strings, numbered from 2; 0 is padding, 1 is the unknown string.

    Looking a string up never adds it.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        self._ids = {string: number for number, string in enumerate(strings, UNKNOWN + 1)}

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int], min_count: int = 1, first: Iterable[str] = ()
    ) -> Vocabulary:
        """Builds a vocabulary of the strings in `first`, in their order, then the frequent ones, sorted."""
        numbered = list(first)
        new = {string for string, count in counts.items() if count >= min_count}.difference(numbered)
        return cls([*numbered, *sorted(new)])

    def __repr__(self) -> str:
        return f"<Vocabulary: {len(self._ids):,} strings>"

    def __getitem__(self, string: str) -> int:
        return self._ids.get(string, UNKNOWN)

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of each string."""
        return self._ids

    def __contains__(self, string: object) -> bool:
        return string in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        """The number of rows an embedding needs, including the two special ones."""
        return len(self._ids) + UNKNOWN + 1


class TagSet:
    """The tags that a tagger can predict, numbered from 0, with no padding or unknown tag."""

    UNSEEN = -1
    """The number of a gold tag that is not in the set: no prediction equals it."""

    UNTAGGED = -2
    """The number of a missing gold tag: no prediction is right or wrong."""

    def __init__(self, tags: Iterable[str]) -> None:
        self.tags = tuple(tags)
        self._ids = {tag: number for number, tag in enumerate(self.tags)}
        if not self.tags:
            raise DataError("there is nothing to learn: the training set contains no tag")

    @classmethod
    def from_sentences(cls, sentences: Iterable[TaggedSentence]) -> Self:
        """Collects the tags of a training set, sorted by code points.

        Raises:
            DataError: no token has a tag.
        """
        return cls(sorted({tag for sentence in sentences for _, tag in sentence} - {UNTAGGED}))

    def __repr__(self) -> str:
        listed = " ".join(self.tags)
        if len(listed) > _LONGEST:
            listed = f"{listed[:_LONGEST].rpartition(' ')[0]} ..."
        return f"<TagSet of {len(self.tags)} tags: {listed}>"

    def __getitem__(self, tag: str) -> int:
        return self.UNTAGGED if tag == UNTAGGED else self._ids.get(tag, self.UNSEEN)

    def __contains__(self, tag: object) -> bool:
        return tag in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self.tags)

    def __len__(self) -> int:
        return len(self.tags)
