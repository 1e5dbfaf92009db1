"""The base class of all taggers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from postagger.corpora import TaggedSentence, as_sentences, is_tagged
from postagger.errors import DataError
from postagger.features import Lexicon, TagSet
from postagger.tagger.nltk_interface import NltkInterface

if TYPE_CHECKING:
    from postagger.corpora import Corpus
    from postagger.evaluation import Evaluation

Confident = tuple[list[TaggedSentence], Sequence[float] | None]
"""Tagged sentences, and the probability of each tag if it is known."""


class SentenceTagger(NltkInterface, ABC):
    """A tagger that tags each sentence independently and has a lexicon of its training words.

    It is an NLTK tagger: NLTK's measures (``accuracy``, ``confusion`` ...) work on it.

    Attributes:
        tagset: the tags that it predicts.
        lexicon: counts and tags of each word in training.
        parameter_count: the number of trained parameters.
    """

    tagset: TagSet
    lexicon: Lexicon
    parameter_count: int

    @abstractmethod
    def tag_sents(self, sentences: Iterable[Sequence[str]]) -> Iterator[TaggedSentence]:
        """Yields a tagged sentence for each sentence, in order; sentences are read lazily."""

    def tag(self, tokens: Sequence[str]) -> TaggedSentence:
        """Tags one sentence.

        Args:
            tokens: the words, tokenised as in the treebank that the tagger was trained on.

        Returns:
            ``(token, tag)`` pairs; the tokens exactly as given.
        """
        return next(self.tag_sents([tokens]))

    def evaluate_on(self, gold: Corpus | Iterable[TaggedSentence], split: str = "test") -> Evaluation:
        """Compares the tagger's predictions with gold tags; tokens without a gold tag do not count.

        Args:
            gold: tagged sentences, or a corpus, whose part `split` is used.

        Raises:
            DataError: there is no token with a gold tag, the corpus has no such part, or the sentences are
                not lists of ``(word, tag)`` pairs.
        """
        return self._evaluate(lambda sentences: (list(self.tag_sents(sentences)), None), gold, split)

    def _evaluate(
        self,
        predict: Callable[[list[list[str]]], Confident],
        gold: Corpus | Iterable[TaggedSentence],
        split: str,
    ) -> Evaluation:
        """As `evaluate_on`, with the predictions of this function."""
        from postagger.corpora import Corpus, check_part
        from postagger.evaluation import evaluate

        if isinstance(gold, Corpus):
            sentences = as_sentences(gold.part(split), f"the {split} part of {gold.name!r}")
        else:
            check_part(split)
            sentences = as_sentences(gold)
        if not is_tagged(sentences):
            name = f"the {split} part of {gold.name!r}" if isinstance(gold, Corpus) else "the gold standard"
            raise DataError(f"there is nothing to evaluate on: {name} has no tagged tokens")
        tagged, confidences = predict([[word for word, _ in sentence] for sentence in sentences])
        return evaluate(sentences, tagged, self.lexicon, self.tagset, confidences)

    def accuracy(self, gold: Iterable[TaggedSentence]) -> float:
        """Token accuracy in 0..1, as in NLTK's taggers; unlike theirs, `gold` may be a generator.

        NLTK's other measures treat the ``_`` of an untagged token as a tag; this one ignores such tokens.

        Raises:
            DataError: there is no token with a gold tag.
        """
        rate = self.evaluate_on(gold).tokens
        return rate.correct / rate.total
