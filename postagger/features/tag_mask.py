"""Scores that a tag dictionary adds to those of a tagger."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from postagger.features.vocabulary import TagSet
from postagger.unicode import normal_form


class TagMask:
    """For each word with an entry, what is added to the score of each tag.

    That is 0 for the word's own tags and minus the bonus for all others, or minus infinity without a bonus.
    Adding the bonus to its own tags would make the same difference, but round away their digits.
    """

    def __init__(self, entries: Mapping[str, Set[str]], tagset: TagSet, bonus: float | None) -> None:
        """
        Args:
            entries: the tags of each word, all of them in the tag set; words are in their normal form.
            bonus: in nats; None allows no other tags.
        """
        other = -np.inf if bonus is None or bonus > float(np.finfo(np.float32).max) else -bonus
        numbers: dict[Set[str], int] = {}  # words with the same tags share a row
        self._rows = {word: numbers.setdefault(tags, 1 + len(numbers)) for word, tags in entries.items()}
        rows = [[0.0 if tag in tags else other for tag in tagset] for tags in numbers]
        none = [0.0] * len(tagset)  # row 0 is for words without an entry
        self._table = np.array([none, *rows], np.float32)

    def added(self, words: Sequence[str], lengths: Sequence[int]) -> NDArray[np.float32]:
        """What is added to the score of each tag at each token, ``(tokens, tags)``.

        Args:
            words: the tokens of all sentences.
            lengths: the length of each sentence.
        """
        return self._table[self._find(words, lengths)]

    def add_to(
        self, scores: NDArray[np.float32], words: Sequence[str], lengths: Sequence[int]
    ) -> NDArray[np.float32]:
        """Adds to the scores of words that have an entry, in place, and returns the scores.

        Args:
            scores: ``(tokens, tags)``.
            words, lengths: as in `added`.
        """
        scores += self.added(words, lengths)
        return scores

    def _find(self, words: Sequence[str], lengths: Sequence[int]) -> NDArray[np.int64]:
        """The table row of each token."""
        types = {word: row for word in set(words) if (row := self._rows.get(_form(word)))}
        rows = np.fromiter(map(types.get, words, itertools.repeat(0)), np.int64, len(words))
        for end, length in zip(itertools.accumulate(lengths), lengths, strict=True):
            first = _first_word(words, end - length, end)
            if first is not None and not rows[first]:
                form = _form(words[first])
                rows[first] = self._rows.get(form[0].lower() + form[1:], 0)
        return rows


def _form(word: str) -> str:
    return normal_form(word)


def _first_word(words: Sequence[str], start: int, end: int) -> int | None:
    """The first token of a sentence that has a letter or digit: not an opening quote or bracket."""
    return next((token for token in range(start, end) if any(map(str.isalnum, words[token]))), None)
