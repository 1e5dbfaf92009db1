"""The words of the training set as written: which are known, and which are ambiguous."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from postagger.corpora import UNTAGGED, TaggedSentence


class Lexicon:
    """The words of the training set, each with its count (tagged or not) and its number of different tags."""

    def __init__(self, entries: Mapping[str, tuple[int, int]]) -> None:
        self.entries = dict(entries)

    @classmethod
    def from_sentences(cls, sentences: Iterable[TaggedSentence]) -> Lexicon:
        counts: defaultdict[str, int] = defaultdict(int)
        tags: defaultdict[str, set[str]] = defaultdict(set)
        for sentence in sentences:
            for word, tag in sentence:
                counts[word] += 1
                if tag != UNTAGGED:
                    tags[word].add(tag)
        return cls({word: (counts[word], len(tags[word])) for word in sorted(counts)})

    def __contains__(self, word: object) -> bool:
        return word in self.entries

    def __len__(self) -> int:
        return len(self.entries)

    def count(self, word: str) -> int:
        """The word's count in the training set; 0 for an unknown word."""
        return self.entries.get(word, (0, 0))[0]

    def is_ambiguous(self, word: str) -> bool:
        """Whether the word has more than one tag in the training set."""
        return self.entries.get(word, (0, 0))[1] > 1
