"""Compares a tagger's tags, and its confidence in them, with gold tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from postagger.corpora import Corpus, TaggedSentence, is_tagged
from postagger.evaluation import Evaluation, evaluate
from postagger.features import Lexical, TagDictionary
from postagger.tagger.headed import HeadedTagger

_CHUNK = 256
"""Sentences whose probabilities are computed at a time."""


class ScoredTagger(HeadedTagger):
    """A tagger with heads that can be evaluated."""

    def evaluate_on(
        self,
        gold: Corpus | Iterable[TaggedSentence],
        split: str = "test",
        *,
        head: str | None = None,
        lexicon: Lexical | None = None,
    ) -> Evaluation:
        """Compares the tagger's predictions with gold tags; `head` and `lexicon` as in `tag`.

        Args:
            gold: tagged sentences, or a corpus, whose part `split` is used; of a corpus with several columns,
                that of the head.

        Raises:
            DataError: as in `SentenceTagger.evaluate_on`, or the lexicon is wrong, as in `tag`.
            ConfigError: there is no such head.
        """
        chosen = self.with_head(head)
        if isinstance(gold, Corpus) and gold.others:
            gold = gold.by_head.get(chosen.head, gold)
        dictionary = chosen._dictionary(lexicon)
        tag_sents = partial(chosen.tag_sents, lexicon=dictionary)
        return chosen._evaluate(tag_sents, gold, split, partial(chosen._confidences, lexicon=dictionary))

    def _confidences(
        self, tagged: list[TaggedSentence], lexicon: TagDictionary | None = None
    ) -> Iterator[float]:
        """Yields the probability of each tag of tagged sentences."""
        for start in range(0, len(tagged), _CHUNK):
            chunk = tagged[start : start + _CHUNK]
            words = [[word for word, _ in sentence] for sentence in chunk]
            tags = [self.tagset[tag] for sentence in chunk for _, tag in sentence]
            if tags:
                yield from self.probabilities(words, lexicon=lexicon)[np.arange(len(tags)), tags].tolist()

    def evaluate_columns(self, gold: Corpus, split: str = "test") -> dict[str, Evaluation]:
        """Evaluates each head on the column of its name, in one pass.

        Columns without gold tags in this part are left out. A corpus with a single column, or without a
        column for any head, is evaluated with the selected head.

        Returns:
            The evaluations by the names of the heads, in the order of the corpus's columns.

        Raises:
            DataError: as in `evaluate_on`.
        """
        columns = {name: each.part(split) for name, each in gold.by_head.items() if name in self.heads}
        columns = {name: sentences for name, sentences in columns.items() if is_tagged(sentences)}
        if not gold.others or not columns:
            return {self.head: self.evaluate_on(gold, split)}
        words = ([word for word, _ in sentence] for sentence in gold.part(split))
        predictions = list(self.tag_columns(words))
        return {
            name: evaluate(
                sentences,
                ([(word, tags[name]) for word, tags in sentence] for sentence in predictions),
                self.lexicon,
                self.heads[name],
                self.with_head(name)._confidences(
                    [[(word, tags[name]) for word, tags in sentence] for sentence in predictions]
                ),
            )
            for name, sentences in columns.items()
        }
