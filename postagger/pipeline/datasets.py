"""Data sets: sentences to train one head on, minus those that repeat dev or test."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

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
from postagger.errors import DataError, short
from postagger.features.normalise import fold_digits, lower_case, word_form
from postagger.text import Rules, load_text
from postagger.text.style import rules_of

_REPEATED = "only repeats dev or test sentences"

MASKED_WORDS = "words"
"""The name of the head that predicts masked words."""


@dataclass(frozen=True)
class DataSet:
    """Sentences for one head.

    Attributes:
        head: the name of the head.
        weight: how many of its sentences are in an epoch, relative to the main data set.
        mask_rate: the fraction of tokens that are masked; the loss then covers only these. 0: nothing is
            masked, and the loss covers all tokens.
        distributions: soft targets that replace the sentences' tags: for each token of all sentences, the
            probability of every tag of the head, ``(tokens, tags)``.
        others: the same words for further heads, which learn from the same forward pass; their weights do
            not matter.
    """

    head: str
    sentences: Sequence[TaggedSentence]
    weight: float = 1.0
    mask_rate: float = 0.0
    distributions: Tensor | None = None
    others: tuple[DataSet, ...] = ()

    def __repr__(self) -> str:
        return f"<DataSet {', '.join(map(short, self.by_head))}: {len(self.sentences):,} sentences>"

    @classmethod
    def of_columns(cls, sentences: Mapping[str, Sequence[TaggedSentence]]) -> DataSet:
        """The same words with the tags of several heads.

        Args:
            sentences: of each head, by its name; that of the main one first.
        """
        first, *others = (cls(head, each) for head, each in sentences.items())
        return replace(first, others=tuple(others))

    @property
    def by_head(self) -> dict[str, DataSet]:
        """The data set of each head, this one's own first."""
        return {each.head: each for each in (self, *self.others)}

    @property
    def tags(self) -> set[str]:
        """The tags that occur in the sentences; empty if `distributions` replace them."""
        if self.distributions is not None:
            return set()
        return {tag for sentence in self.sentences for _, tag in sentence} - {UNTAGGED}


class Sources:
    """Loads the sentences of data sets, and leaves out those that repeat a dev or test sentence.

    If the main corpus is named as a further data set, even its shortest sentences are compared.

    Attributes:
        left_out: the number of sentences left out of each corpus or text, by name or file.
    """

    def __init__(self, corpus: Corpus | None) -> None:
        """
        Args:
            corpus: the main corpus, whose dev and test parts are held out; None if there is none.
        """
        self._corpus = corpus
        # The name of a corpus of several files lists all of them.
        self._own = [] if corpus is None else [corpus.name, *corpus.name.split(", ")]
        self._loaded: dict[str, Corpus] = {}
        self.left_out: dict[str, int] = {}

    @cached_property
    def _held_out(self) -> HeldOut:
        return HeldOut(self._unseen())

    @cached_property
    def _held_out_of_its_own(self) -> HeldOut:
        return HeldOut(self._unseen(), shortest=1)

    @cached_property
    def _rules(self) -> Rules:
        train = [] if self._corpus is None else self._corpus.train
        return rules_of(Counter(word for sentence in train for word, _ in sentence))

    def again(self) -> Sources:
        """A copy for another run, with the same loaded corpora and a new count of sentences left out."""
        other = copy.copy(self)
        other.left_out = {}
        return other

    def _unseen(self) -> list[list[str]]:
        unseen = [] if self._corpus is None else [*self._corpus.dev, *self._corpus.test]
        return [[word for word, _ in sentence] for sentence in unseen]

    def tagged(self, settings: CorpusConfig) -> list[TaggedSentence]:
        """The training part of a corpus.

        Raises:
            DataError: the corpus can't be read, or no tagged sentence is left.
        """
        name = settings.source
        key = repr(settings.model_dump(exclude={"head", "weight"}))
        if key not in self._loaded:
            self._loaded[key] = load_configured(settings)
        corpus = self._loaded[key]
        kept = self._without(name, corpus.train)
        if not is_tagged(kept):
            reason = "has no tags" if len(kept) == len(corpus.train) else _REPEATED
            raise DataError(f"there is nothing to learn from {name}: its training part {reason}")
        return kept

    def text(
        self, names: Iterable[str], nltk_data: str | None = None, rules: Rules | Literal["auto"] = "auto"
    ) -> list[list[str]]:
        """The sentences of plain texts: files, or the words of corpora by name.

        Args:
            rules: those for the tokens of raw text; ``auto``: as the main corpus has them.

        Raises:
            DataError: a text can't be read, or no sentence is left.
        """
        names = list(names)
        sentences: list[list[str]] = []
        for name in names:
            found = load_text(name, nltk_data=nltk_data, tokens=self._rules if rules == "auto" else rules)
            sentences += self._without(name, found)
        if not sentences:
            raise DataError(f"there is nothing to learn from {', '.join(names)}: it {_REPEATED}")
        return sentences

    def _without(self, name: str, sentences: list[list[Token]]) -> list[list[Token]]:
        """The sentences that don't repeat held-out ones; counts the others in `left_out`."""
        held_out = self._held_out_of_its_own if name in self._own else self._held_out
        kept, dropped = without_overlap(sentences, held_out)
        self.left_out[name] = self.left_out.get(name, 0) + dropped
        return kept


def masked_words(
    sentences: Iterable[Sequence[str]], vocabulary_size: int, mask_rate: float, *, normalise: bool = True
) -> DataSet:
    """Plain text as a data set of masked words (Devlin et al. 2019): each token's tag is its own word.

    Args:
        vocabulary_size: only this many of the most frequent words are predicted; others are masked too, but
            do not count in the loss.
        mask_rate: the fraction of tokens that are masked.
        normalise: ``words.normalise``.
    """

    def target(word: str) -> str:
        return lower_case(fold_digits(word_form(word, normalise=normalise)), normalise=normalise)

    forms = [[(word, target(word)) for word in sentence] for sentence in sentences]
    counts = Counter(form for sentence in forms for _, form in sentence)
    frequent = {form for form, _ in counts.most_common(vocabulary_size)} - {UNTAGGED}
    tagged = [[(word, form if form in frequent else UNTAGGED) for word, form in each] for each in forms]
    return DataSet(MASKED_WORDS, tagged, mask_rate=mask_rate)
