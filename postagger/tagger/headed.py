"""The base class of taggers with heads: single ones and ensembles."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from postagger.config import Config
from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError, brief
from postagger.features import Lexical, TagDictionary, TagSet, as_tag_dictionary
from postagger.tagger.base import SentenceTagger
from postagger.tagger.checks import check_head
from postagger.tagger.columns import TaggedColumns, most_probable_first
from postagger.tagger.streaming import Chunk, checked, checked_iterable, chunks, stream

Prediction = tuple[NDArray[np.int64], NDArray[np.float32]]
"""The numbers of the tags, ``(tokens,)``, and the probability of each tag, ``(tokens, tags)``."""


class HeadedTagger(SentenceTagger):
    """A tagger with one or more heads on shared layers, each with a tag set of its own.

    Attributes:
        config: the settings that it was trained with; an ensemble's are those of its first member.
        heads: the tag set of each head, by name; `tagset` is that of the selected head.
    """

    config: Config
    heads: dict[str, TagSet]

    @abstractmethod
    def with_head(self, head: str | None) -> Self:
        """The same tagger with another head selected; None returns it unchanged.

        Raises:
            ConfigError: it has no such head.
        """

    @property
    def head(self) -> str:
        """The name of the selected head; if an ensemble's members call it differently, the first one's."""
        names = (name for name, tags in self.heads.items() if tags is self.tagset)
        return next(names, self.config.corpus.head_name)

    @property
    @abstractmethod
    def description(self) -> str:
        """A one-line description: what it is and what it was trained on."""

    def __repr__(self) -> str:
        heads = ", ".join(f"{name} ({len(tags)} tags)" for name, tags in self.heads.items())
        size = f"{self.parameter_count:,} parameters"
        return f"<{type(self).__name__}: {self.description}; {size}; heads: {heads}>"

    def _check_head(self, head: object) -> None:
        """Checks that the tagger has a head.

        Raises:
            ConfigError: it does not.
        """
        check_head(head, self.heads, type(self).__name__.lower())

    @abstractmethod
    def probabilities(
        self, sentences: Sequence[Sequence[str]], *, lexicon: Lexical | None = None
    ) -> NDArray[np.float32]:
        """The probability of each tag of `tagset` for each token of the sentences.

        Args:
            sentences: must contain at least one token.
            lexicon: as in `tag`.

        Returns:
            ``(tokens, tags)``; each row sums to 1.

        Raises:
            DataError: a sentence is not a list of strings.
            ModelFileError: weights are so large that a tag's score is infinite or NaN.
        """

    @abstractmethod
    def _predict(
        self, heads: Sequence[str] | None, sentences: list[list[str]], lexicon: TagDictionary | None
    ) -> list[Prediction]:
        """What each head predicts for a few sentences with at least one token.

        Args:
            heads: None for the selected one.
            lexicon: for a single head.

        Raises:
            ModelFileError: as in `probabilities`.
        """

    @abstractmethod
    def _tag_chunk(self, chunk: Chunk, lexicon: TagDictionary | None) -> list[TaggedSentence]:
        """Tags the sentences of a chunk."""

    def _dictionary(self, lexicon: Lexical | None) -> TagDictionary | None:
        """A lexicon as a dictionary of the tagger's own tags; warns if it has others.

        Raises:
            DataError: it is not a lexicon, or the tagger has none of its tags.
        """
        if lexicon is None:
            return None
        dictionary = as_tag_dictionary(lexicon)
        left_out = dictionary.left_out(self.tagset)
        if left_out:
            warnings.warn(left_out, stacklevel=3)
        return dictionary.restricted_to(self.tagset)

    def tag(
        self, tokens: Sequence[str], *, head: str | None = None, lexicon: Lexical | None = None
    ) -> TaggedSentence:
        """Tags one sentence.

        Args:
            tokens: the words, tokenised as in the treebank that the tagger was trained on.
            head: which of its `heads` to use; default: the selected one, whose tag set is `tagset`.
            lexicon: the tags that some words may have: a mapping from words to tags, a file, or a
                `TagDictionary`, which can also give these tags a bonus instead. Tags that the tagger does not
                have are left out, with a warning.

        Returns:
            ``(token, tag)`` pairs; the tokens exactly as given.

        Raises:
            DataError: the sentence is not a list of strings, or the lexicon can't be read or has no tag of
                the tagger's.
            ConfigError: there is no such head.
        """
        chosen = self.with_head(head)
        words = tokens if type(tokens) is list else next(checked([tokens]))
        return chosen._tag_chunk(Chunk(1, [words]), chosen._dictionary(lexicon))[0]

    def tag_sents(
        self,
        sentences: Iterable[Sequence[str]],
        *,
        head: str | None = None,
        lexicon: Lexical | None = None,
        workers: int = 1,
    ) -> Iterator[TaggedSentence]:
        """Tags sentences and yields one tagged sentence for each, in their order.

        Sentences are read lazily, about 32,000 tokens ahead of the tagged ones, so any number of them can be
        streamed. A sentence's tags do not depend on the other sentences. If the sentences have a length, so
        has the result: in pandas, ``frame["tagged"] = tagger.tag_sents(frame["tokens"])`` makes a column.

        Args:
            head, lexicon: as in `tag`.
            workers: threads that tag at the same time; each reads that far ahead.

        Raises:
            DataError: a sentence is not a list of strings, or the lexicon is wrong, as in `tag`.
            ConfigError: there is no such head, or `workers` is less than 1.
        """
        chosen = self.with_head(head)
        tag_chunk = partial(chosen._tag_chunk, lexicon=chosen._dictionary(lexicon))
        return stream(tag_chunk, sentences, workers)

    def tag_columns(self, sentences: Iterable[Sequence[str]], *, workers: int = 1) -> Iterator[TaggedColumns]:
        """Tags sentences with all `heads`; a `Tagger` computes the layers that they share once.

        Args:
            sentences, workers: as in `tag_sents`.

        Yields:
            For each sentence, ``(token, {head: tag})`` for each token.

        Raises:
            DataError, ConfigError: as in `tag_sents`.
        """
        return stream(self._tag_columns, sentences, workers)

    def _tag_columns(self, chunk: Chunk) -> list[TaggedColumns]:
        """Tags the sentences of a chunk with all heads."""
        columns = [self.with_head(name)._tag_chunk(chunk, None) for name in self.heads]
        return [
            [
                (tokens[0][0], {name: tag for name, (_, tag) in zip(self.heads, tokens, strict=True)})
                for tokens in zip(*sentences, strict=True)
            ]
            for sentences in zip(*columns, strict=True)
        ]

    def tag_numbers(
        self, sentences: Iterable[Sequence[str]], *, heads: Iterable[str] | None = None
    ) -> NDArray[np.int64]:
        """Tags sentences with numbers of tags: for programs with tables of their own, such as spaCy.

        Args:
            heads: the names of some `heads`; default: the selected one.

        Returns:
            ``(heads, tokens)``, the tokens of all sentences one after another. The numbers of a head are
            places in ``heads[name].tags``.

        Raises:
            DataError, ConfigError: as in `tag_sents`.
        """
        names = [self.head] if heads is None else list(heads)
        for name in names:
            self._check_head(name)
        parts = [
            chunk.predicted(partial(self._numbers, names))
            for chunk in chunks(checked_iterable(sentences))
            if any(chunk.sentences)
        ]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(names), 0), np.int64)

    @abstractmethod
    def _numbers(self, heads: Sequence[str], sentences: list[list[str]]) -> NDArray[np.int64]:
        """As `tag_numbers`, for a few sentences with at least one token."""

    def distributions(
        self, tokens: Sequence[str], *, head: str | None = None, lexicon: Lexical | None = None
    ) -> list[dict[str, float]]:
        """The probability of every tag for each token of a sentence; `head` and `lexicon` as in `tag`.

        Returns:
            One dict per token, from tags to probabilities in 0..1, the most probable tag first.
        """
        (words,) = checked([tokens])
        if not words:
            return []
        chosen = self.with_head(head)
        return most_probable_first(chosen.tagset, chosen.probabilities([words], lexicon=lexicon))

    def n_best(
        self, tokens: Sequence[str], n: int, *, head: str | None = None, lexicon: Lexical | None = None
    ) -> list[tuple[TaggedSentence, float]]:
        """The n most probable ways to tag a sentence, each with its probability, the most probable first.

        Those of a CRF are exact (list Viterbi). A softmax tags words independently, and so does an ensemble,
        which goes by the mean probabilities of its members: there, the probability is a product. It is the
        network's own, without the temperature. There are fewer if the sentence has fewer possible taggings.

        Args:
            n: at least 1.
            head, lexicon: as in `tag`.

        Raises:
            DataError: the sentence is not a list of strings, or the lexicon is wrong, as in `tag`.
            ConfigError: there is no such head, or `n` is less than 1.
        """
        if type(n) is not int or n < 1:
            raise ConfigError(f"n must be a whole number, at least 1, not {brief(n)}")
        (words,) = checked([tokens])
        if not words:
            return [([], 1.0)]
        chosen = self.with_head(head)
        numbers, logs = chosen._n_best(words, n, chosen._dictionary(lexicon))
        tags = chosen.tagset.tags
        return [
            ([(word, tags[number]) for word, number in zip(words, row, strict=True)], math.exp(log))
            for row, log in zip(numbers.tolist(), logs.tolist(), strict=True)
        ]

    @abstractmethod
    def _n_best(
        self, words: list[str], n: int, lexicon: TagDictionary | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The numbers of the tags, ``(m, words)``, and the logarithms of the probabilities, ``(m,)``."""
