"""Compares a tagger's tags, and its confidence in them, with gold tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from postagger.corpora import TaggedSentence, as_sentences, is_tagged
from postagger.features import Lexical, Lexicon, TagDictionary
from postagger.tagger.base import Confident
from postagger.tagger.headed import HeadedTagger

if TYPE_CHECKING:
    from postagger.corpora import Corpus
    from postagger.evaluation import Evaluation, ScoredToken
    from postagger.text.predicted import PredictedSentence

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
        from postagger.corpora import Corpus

        chosen = self.with_head(head)
        if isinstance(gold, Corpus) and gold.others:
            gold = gold.by_head.get(chosen.head, gold)
        dictionary = chosen._dictionary(lexicon)
        return chosen._evaluate(lambda words: chosen._confident(None, words, dictionary)[0], gold, split)

    def _confident(
        self,
        heads: Sequence[str] | None,
        sentences: Sequence[list[str]],
        lexicon: TagDictionary | None = None,
    ) -> list[Confident]:
        """What each head predicts; arguments as in `_predict`, but for any number of sentences."""
        tagsets = [self.tagset] if heads is None else [self.heads[name] for name in heads]
        tagged: list[list[TaggedSentence]] = [[] for _ in tagsets]
        confidences: list[list[float]] = [[] for _ in tagsets]
        for start in range(0, len(sentences), _CHUNK):
            chunk = list(sentences[start : start + _CHUNK])
            if not any(chunk):
                for sentences_of_head in tagged:
                    sentences_of_head += [[] for _ in chunk]
                continue
            for place, (numbers, rows) in enumerate(self._predict(heads, chunk, lexicon)):
                tags = map(tagsets[place].tags.__getitem__, numbers.tolist())
                tagged[place] += [[(word, next(tags)) for word in sentence] for sentence in chunk]
                confidences[place] += rows[np.arange(len(rows)), numbers].tolist()
        return list(zip(tagged, confidences, strict=True))

    def evaluate_columns(self, gold: Corpus, split: str = "test") -> dict[str, Evaluation]:
        """Evaluates each head on the column of its name, in one pass.

        Columns without gold tags in this part are left out. A corpus with a single column, or without a
        column for any head, is evaluated with the selected head.

        Returns:
            The evaluations by the names of the heads, in the order of the corpus's columns.

        Raises:
            DataError: as in `evaluate_on`.
        """
        from postagger.evaluation import evaluate

        columns = {name: each.part(split) for name, each in gold.by_head.items() if name in self.heads}
        columns = {name: sentences for name, sentences in columns.items() if is_tagged(sentences)}
        if not gold.others or not columns:
            return {self.head: self.evaluate_on(gold, split)}
        words = [[word for word, _ in sentence] for sentence in gold.part(split)]
        found = self._confident(list(columns), words)
        return {
            name: evaluate(sentences, tagged, self.lexicon, self.heads[name], confidences)
            for (name, sentences), (tagged, confidences) in zip(columns.items(), found, strict=True)
        }

    def scored_tokens(
        self,
        gold: Corpus | Iterable[TaggedSentence],
        split: str = "test",
        *,
        heads: Iterable[str] | None = None,
        lexicon: Lexical | None = None,
    ) -> Iterator[ScoredToken]:
        """Yields every token with its gold tag, the tagger's tag and that one's probability, in order.

        ``pandas.DataFrame(token.row() for token in tagger.scored_tokens(corpus, "dev"))`` is a table of them,
        and `postagger.write_predictions` writes a file.

        Args:
            gold: tagged sentences, or a corpus, whose part `split` is used; of a corpus with several columns,
                that of each head.
            heads: default: the selected one.
            lexicon: as in `tag`; for a single head.

        Raises:
            DataError: the corpus has no such part, or the sentences are not lists of ``(word, tag)`` pairs,
                or the lexicon is wrong, as in `tag`.
            ConfigError: there is no such head.
        """
        from postagger.tagger.confidence import predictions

        names = list(heads or ()) or [self.head]
        for name in names:
            self._check_head(name)
        columns, documents = _columns(gold, split, names)
        words = ([word for word, _ in sentence] for sentence in columns[names[0]])
        found = predictions(self, words, heads=names, lexicon=lexicon)
        return _scored(found, columns, documents, self.lexicon)


def _columns(
    gold: Corpus | Iterable[TaggedSentence], split: str, heads: Iterable[str]
) -> tuple[dict[str, list[TaggedSentence]], list[str]]:
    """The gold sentences of each head, and the name of each sentence's document.

    Raises:
        DataError: the corpus has no such part, or the sentences are not lists of ``(word, tag)`` pairs.
    """
    from postagger.corpora import Corpus, check_part

    if isinstance(gold, Corpus):
        return {name: gold.by_head.get(name, gold).part(split) for name in heads}, gold.document_names(split)
    check_part(split)
    sentences = as_sentences(gold)
    return dict.fromkeys(heads, sentences), [""] * len(sentences)


def _scored(
    predicted: Iterable[PredictedSentence],
    columns: Mapping[str, list[TaggedSentence]],
    documents: list[str],
    lexicon: Lexicon,
) -> Iterator[ScoredToken]:
    """Yields the tokens of predicted sentences.

    Args:
        columns: the gold sentences of each head.
        documents: the name of each sentence's document.
    """
    from postagger.evaluation import ScoredToken, TokenOutcome

    for number, (sentence, document) in enumerate(zip(predicted, documents, strict=True)):
        for place, (word, by_head) in enumerate(sentence):
            outcomes = {
                head: TokenOutcome(
                    gold[number][place][1], by_head[head].tag, by_head[head].probability or 0.0
                )
                for head, gold in columns.items()
            }
            yield ScoredToken(document, number + 1, place + 1, word, word in lexicon, outcomes)
