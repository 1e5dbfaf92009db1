"""What every tagger can do, ours and others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from torch import Tensor

from postagger.corpora import Corpus, TaggedSentence, is_tagged
from postagger.errors import DataError
from postagger.evaluation import Evaluation, evaluate
from postagger.features import Lexicon, TagSet
from postagger.tagger.nltk_interface import NltkInterface


class SentenceTagger(NltkInterface, ABC):
    """What every tagger can do that tags sentences one by one and knows what it was trained on.

    It is an NLTK tagger: ``accuracy``, ``confusion``, ``evaluate_per_tag`` and their kin work on it.

    Attributes:
        tagset: the tags that it answers.
        lexicon: what training saw of each word.
        parameter_count: numbers that training set.
    """

    tagset: TagSet
    lexicon: Lexicon
    parameter_count: int

    @abstractmethod
    def tag_sents(self, sentences: Iterable[Sequence[str]]) -> Iterator[TaggedSentence]:
        """Tags sentences, one answer for each, in their order; they are read lazily."""

    def tag(self, tokens: Sequence[str]) -> TaggedSentence:
        """Tags one sentence.

        Args:
            tokens: the words, in the Penn treebank's tokenisation if it was trained on that.

        Returns:
            ``(token, tag)`` pairs; the tokens exactly as given.
        """
        return next(self.tag_sents([tokens]))

    def evaluate_on(self, gold: Corpus | Iterable[TaggedSentence], split: str = "test") -> Evaluation:
        """Compares the tagger's answers with gold tags, where there are any.

        Args:
            gold: tagged sentences, or a corpus, of which the part `split` is taken.

        Raises:
            DataError: there is no tagged token to evaluate on.
        """
        sentences = gold.part(split) if isinstance(gold, Corpus) else list(gold)
        if not is_tagged(sentences):
            name = f"the {split} part of {gold.name!r}" if isinstance(gold, Corpus) else "the gold standard"
            raise DataError(f"there is nothing to evaluate on: {name} holds no token with a tag")
        answers = self.tag_sents([[word for word, _ in sentence] for sentence in sentences])
        return evaluate(sentences, answers, self.lexicon, self.tagset)

    def accuracy(self, gold: Iterable[TaggedSentence]) -> float:
        """Token accuracy in 0..1, as NLTK's taggers give it; `gold` may be a generator, unlike theirs.

        NLTK's other measures take the ``_`` of an untagged token for a tag; this one leaves it out.

        Raises:
            DataError: there is no tagged token to evaluate on.
        """
        rate = self.evaluate_on(gold).tokens
        return rate.correct / rate.total


def ranked(tagset: TagSet, probabilities: Tensor) -> list[dict[str, float]]:
    """For each token its tags with their probabilities, the most probable first.

    Args:
        probabilities: ``(tokens, tags)``.
    """
    rows = probabilities.tolist()
    return [dict(sorted(zip(tagset, row, strict=True), key=lambda entry: -entry[1])) for row in rows]
