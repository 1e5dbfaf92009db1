"""Data sets: tagged sentences for one head, from corpora and plain text, without what must stay unseen."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from postagger.config import CorpusConfig
from postagger.corpora import (
    UNTAGGED,
    Corpus,
    HeldOut,
    TaggedSentence,
    is_tagged,
    load_configured,
    without_overlap,
)
from postagger.corpora.leakage import Token
from postagger.errors import DataError
from postagger.features.normalise import fold_digits, penn_form
from postagger.text import load_text

_REPEATED = "repeats dev or test sentences only"

MASKED_WORDS = "words"
"""The head that guesses masked words."""


@dataclass(frozen=True)
class DataSet:
    """Sentences for one head.

    Attributes:
        head: the name of its tag set.
        weight: its sentences in an epoch, for each one of the main data set.
        mask_rate: the share of its tokens of which the network sees nothing, and whose tags alone are
            learned; 0: all tokens are seen and learned.
        distributions: what is to be learned instead of the sentences' tags, for each token of all
            sentences the probability of every tag of the head, ``(tokens, tags)``.
    """

    head: str
    sentences: Sequence[TaggedSentence]
    weight: float = 1.0
    mask_rate: float = 0.0
    distributions: Tensor | None = None

    @property
    def tags(self) -> set[str]:
        """The tags that it teaches."""
        if self.distributions is not None:
            return set()
        return {tag for sentence in self.sentences for _, tag in sentence} - {UNTAGGED}


class Sources:
    """Where data sets come from: every sentence that repeats one of dev or test is left out.

    In the main corpus itself, should it be named once more, the shortest ones count too.

    Attributes:
        left_out: for each corpus or text, by name or file, how many sentences that were, of all that was
            read of it.
    """

    def __init__(self, corpus: Corpus | None) -> None:
        """
        Args:
            corpus: the main corpus, whose dev and test parts stay unseen; None if there is none.
        """
        self._corpus = corpus
        # A corpus of files is called by all of them.
        self._own = [] if corpus is None else [corpus.name, *corpus.name.split(", ")]
        self._loaded: dict[str, Corpus] = {}
        self.left_out: dict[str, int] = {}

    @cached_property
    def _held_out(self) -> HeldOut:
        return HeldOut(self._unseen())

    @cached_property
    def _held_out_of_its_own(self) -> HeldOut:
        return HeldOut(self._unseen(), shortest=1)

    def again(self) -> Sources:
        """The same for another run: what has been loaded is not loaded again, what is left out is counted anew."""
        other = copy.copy(self)
        other.left_out = {}
        return other

    def _unseen(self) -> list[list[str]]:
        unseen = [] if self._corpus is None else [*self._corpus.dev, *self._corpus.test]
        return [[word for word, _ in sentence] for sentence in unseen]

    def tagged(self, how: CorpusConfig) -> list[TaggedSentence]:
        """The training part of a corpus.

        Raises:
            DataError: the corpus can't be read, or nothing to learn is left of it.
        """
        name = how.name if how.train is None else how.train
        key = how.model_dump_json(exclude={"head", "weight"})
        if key not in self._loaded:
            self._loaded[key] = load_configured(how)
        corpus = self._loaded[key]
        kept = self._without(name, corpus.train)
        if not is_tagged(kept):
            why = "holds no tag" if len(kept) == len(corpus.train) else _REPEATED
            raise DataError(f"there is nothing to learn from {name}: its training part {why}")
        return kept

    def text(self, names: Iterable[str], nltk_data: str | None = None) -> list[list[str]]:
        """The sentences of plain texts: files, or the words of corpora by name.

        Raises:
            DataError: a text can't be read, or nothing is left of all of them.
        """
        names = list(names)
        sentences: list[list[str]] = []
        for name in names:
            sentences += self._without(name, load_text(name, nltk_data=nltk_data))
        if not sentences:
            raise DataError(f"there is nothing to learn from {', '.join(names)}: it {_REPEATED}")
        return sentences

    def _without(self, name: str, sentences: list[list[Token]]) -> list[list[Token]]:
        """Without what must stay unseen."""
        held_out = self._held_out_of_its_own if name in self._own else self._held_out
        kept, dropped = without_overlap(sentences, held_out)
        self.left_out[name] = self.left_out.get(name, 0) + dropped
        return kept


def masked_words(sentences: Iterable[Sequence[str]], vocabulary_size: int, mask_rate: float) -> DataSet:
    """Plain text as a data set of masked words (Devlin et al. 2019): the tag of a token is its own word.

    Args:
        vocabulary_size: how many of the most frequent words are predicted; others are masked too, but
            nothing is learned from them.
        mask_rate: the share of tokens that are masked.
    """
    forms = [[(word, fold_digits(penn_form(word)).lower()) for word in sentence] for sentence in sentences]
    counts = Counter(form for sentence in forms for _, form in sentence)
    frequent = {form for form, _ in counts.most_common(vocabulary_size)} - {UNTAGGED}
    tagged = [[(word, form if form in frequent else UNTAGGED) for word, form in each] for each in forms]
    return DataSet(MASKED_WORDS, tagged, mask_rate=mask_rate)
