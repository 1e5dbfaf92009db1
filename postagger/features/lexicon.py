"""The words of the training set: which are known, and which are ambiguous."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.unicode import normal_form


class Lexicon:
    """The words of the training set, each with its count (tagged or not) and its number of different tags.

    Words are compared in their normal form (`postagger.unicode`), and case counts.
    """

    def __init__(self, entries: Mapping[str, tuple[int, int]]) -> None:
        self.entries = dict(entries)

    @classmethod
    def from_sentences(cls, sentences: Iterable[TaggedSentence]) -> Lexicon:
        counts: defaultdict[str, int] = defaultdict(int)
        tags: defaultdict[str, set[str]] = defaultdict(set)
        for sentence in sentences:
            for token, tag in sentence:
                word = normal_form(token)
                counts[word] += 1
                if tag != UNTAGGED:
                    tags[word].add(tag)
        return cls({word: (counts[word], len(tags[word])) for word in sorted(counts)})

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.count(word) > 0

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        ambiguous = sum(tags > 1 for _, tags in self.entries.values())
        return f"<Lexicon: {len(self):,} words, {ambiguous:,} of them with several tags>"

    @property
    def counts(self) -> dict[str, int]:
        """The count of each word in the training set."""
        return {word: count for word, (count, _) in self.entries.items()}

    def count(self, word: str) -> int:
        """The word's count in the training set; 0 for an unknown word."""
        return self._entry(word)[0]

    def is_ambiguous(self, word: str) -> bool:
        """Whether the word has more than one tag in the training set."""
        return self._entry(word)[1] > 1

    def _entry(self, word: str) -> tuple[int, int]:
        # Earlier versions wrote the words of model files as they were.
        return self.entries.get(word) or self.entries.get(normal_form(word), (0, 0))
