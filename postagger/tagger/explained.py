"""Explains a tagger's tags: by what counted for them, and by the training tokens that looked the same."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from postagger.corpora import TaggedSentence, as_sentences
from postagger.extras import require_torch
from postagger.features import WordEncoding
from postagger.tagger.checks import check_position
from postagger.tagger.streaming import checked
from postagger.tagger.trainable import TrainableTagger

if TYPE_CHECKING:
    from postagger.corpora import Corpus
    from postagger.explain import Explanation, NearestContexts
    from postagger.models import TaggingNetwork


class ExplainedTagger(TrainableTagger):
    """A tagger with a network whose tags can be explained."""

    encoding: WordEncoding

    @property
    @abstractmethod
    def network(self) -> TaggingNetwork:
        """The network of the selected head, as a torch module."""

    @property
    @abstractmethod
    def temperature(self) -> float:
        """Of the selected head's probabilities."""

    def explain(
        self, tokens: Sequence[str], position: int, *, against: str | None = None, head: str | None = None
    ) -> Explanation:
        """Explains the tag predicted for a word by the contribution of every word of the sentence.

        It is computed in float32, whatever the tagger's dtype: the tag explained is that of float32.

        Args:
            position: the position of the word, from 0 on.
            against: the tag to compare the prediction with; None: the second most probable tag.
            head: as in `tag`.

        Raises:
            DataError: the sentence is not a list of strings, or has no word at that position.
            ConfigError: there is no such tag or head, or `against` is the predicted tag.
        """
        return next(self.explain_words(tokens, [position], against=against, head=head))

    def explain_words(
        self,
        tokens: Sequence[str],
        positions: Iterable[int] | None = None,
        *,
        against: str | None = None,
        head: str | None = None,
    ) -> Iterator[Explanation]:
        """Yields an explanation for each of some words of a sentence, as `explain` gives it; of a recurrent
        network or an encoder it takes half the time, because they share what does not depend on the word.

        Args:
            positions: of the words, from 0 on; default: all.

        Raises:
            DataError, ConfigError: as in `explain`.
        """
        words, places = _words_at(tokens, positions)
        require_torch("explaining a tag needs")
        from postagger.explain import explain

        of = self.with_head(head)
        return explain(of.network, of.encoding, of.tagset, words, places, against, of.temperature)

    def nearest(
        self,
        tokens: Sequence[str],
        position: int,
        corpus: Corpus | Iterable[TaggedSentence],
        k: int = 5,
        *,
        head: str | None = None,
    ) -> NearestContexts:
        """The training tokens whose hidden states are most similar to a word's: those that looked the same.

        Args:
            position: the position of the word, from 0 on.
            corpus: what the tagger was trained on, whose train part is used; or tagged sentences.
            k: how many, at least 1.
            head: as in `tag`; of a corpus with several columns, that of the head is used.

        Returns:
            the word, its tag and its nearest training tokens, as a `NearestContexts`.

        Raises:
            DataError: the sentence is not a list of strings, or has no word at that position, or no token of
                the corpus has one of the tagger's tags.
            ConfigError: there is no such head, `k` is less than 1, or the model has no hidden layer
                (``logistic``).
        """
        return self.nearest_of_words(tokens, corpus, [position], k, head=head)[0]

    def nearest_of_words(
        self,
        tokens: Sequence[str],
        corpus: Corpus | Iterable[TaggedSentence],
        positions: Iterable[int] | None = None,
        k: int = 5,
        *,
        head: str | None = None,
    ) -> list[NearestContexts]:
        """As `nearest` for several words of a sentence, with one pass over the corpus for all of them.

        Args:
            positions: of the words, from 0 on; default: all.

        Raises:
            DataError, ConfigError: as in `nearest`.
        """
        from postagger.corpora import Corpus

        words, places = _words_at(tokens, positions)
        of = self.with_head(head)
        if isinstance(corpus, Corpus):
            corpus = corpus.by_head.get(of.head, corpus).train
        sentences = as_sentences(corpus)
        require_torch("hidden states need")
        from postagger.explain import nearest_contexts

        tagged = of.tag(words)
        return nearest_contexts(of.network, of.encoding, of.tagset, tagged, places, sentences, k)


def _words_at(tokens: Sequence[str], positions: Iterable[int] | None) -> tuple[list[str], list[int]]:
    """The words of a sentence, and positions in it; all of them if none are given.

    Raises:
        DataError: it is not a list of strings, or has no word at a position.
    """
    (words,) = checked([tokens])
    places = range(len(words)) if positions is None else positions
    return words, [check_position(position, len(words)) for position in places]
