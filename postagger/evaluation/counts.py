"""Counts of right and wrong answers. Counts add up; rates are read from them at the end."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.errors import DataError
from postagger.features import Lexicon, TagSet

_Z95 = 1.959963984540054
"""The normal distribution's 97.5 % point."""

_EXAMPLES = 3
"""Examples kept of each kind of error."""

_CONTEXT = 4
"""Words shown on each side of an error."""


@dataclass
class Rate:
    """How many of how many."""

    correct: int = 0
    total: int = 0

    def add(self, correct: bool) -> None:
        self.correct += correct
        self.total += 1

    @property
    def value(self) -> float | None:
        """In 0..1; None of nothing."""
        return self.correct / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval (1927), in 0..1, as if each case were drawn independently.

        Tokens of one text are not independent, so the true interval is somewhat wider.
        """
        if not self.total:
            return None
        n, p = self.total, self.correct / self.total
        middle = p + _Z95**2 / (2 * n)
        half = _Z95 * math.sqrt(p * (1 - p) / n + _Z95**2 / (4 * n * n))
        scale = 1 + _Z95**2 / n
        return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


class TagScore(NamedTuple):
    """How one tag fares. A rate is None where nothing could be right."""

    tag: str
    gold: int
    precision: float | None
    recall: float | None
    f1: float | None


class Example(NamedTuple):
    """A wrongly tagged token with the words around it."""

    before: str
    word: str
    after: str


@dataclass
class Evaluation:
    """All counts of one comparison of answers with gold tags; tokens without a gold tag are in none of them.

    Attributes:
        tokens: all tokens.
        known, unknown: tokens whose word, as written, training saw or did not.
        ambiguous: tokens whose word training saw with several tags.
        sentences: sentences, right if every token is; those without any are not counted.
        pairs: tokens by (gold tag, answered tag).
        unseen_tags: tokens by gold tag, for gold tags that training never saw: errors, all of them.
        examples: some tokens for each pair of differing tags.
    """

    tokens: Rate = field(default_factory=Rate)
    known: Rate = field(default_factory=Rate)
    unknown: Rate = field(default_factory=Rate)
    ambiguous: Rate = field(default_factory=Rate)
    sentences: Rate = field(default_factory=Rate)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    unseen_tags: Counter[str] = field(default_factory=Counter)
    examples: defaultdict[tuple[str, str], list[Example]] = field(default_factory=lambda: defaultdict(list))

    def tag_scores(self) -> list[TagScore]:
        """Precision, recall and F1 of each tag, gold or answered, in the tags' order."""
        gold: Counter[str] = Counter()
        answered: Counter[str] = Counter()
        for (right, prediction), count in self.pairs.items():
            gold[right] += count
            answered[prediction] += count
        scores = []
        for tag in sorted(gold | answered):
            hits = self.pairs[tag, tag]
            both = gold[tag] + answered[tag]
            scores.append(
                TagScore(
                    tag,
                    gold[tag],
                    hits / answered[tag] if answered[tag] else None,
                    hits / gold[tag] if gold[tag] else None,
                    2 * hits / both,
                )
            )
        return scores

    def errors(self) -> list[tuple[str, str, int]]:
        """Kinds of error as (gold tag, answered tag, tokens), the most frequent first."""
        wrong = [
            (gold, prediction, count)
            for (gold, prediction), count in self.pairs.items()
            if gold != prediction
        ]
        return sorted(wrong, key=lambda error: (-error[2], error[0], error[1]))


def evaluate(
    gold: Iterable[TaggedSentence], predictions: Iterable[TaggedSentence], lexicon: Lexicon, tagset: TagSet
) -> Evaluation:
    """Compares answers with gold tags, sentence by sentence.

    Args:
        gold, answers: the same tokens in the same order.
        lexicon: what training saw, to tell known, unknown and ambiguous words.
        tagset: the tags that could have been answered.

    Raises:
        DataError: the two differ in their sentences or tokens.
    """
    result = Evaluation()
    missing = object()
    answer_iterator = iter(predictions)
    for number, sentence in enumerate(gold, 1):
        prediction = next(answer_iterator, missing)
        if not isinstance(prediction, list) or [w for w, _ in prediction] != [w for w, _ in sentence]:
            raise DataError(f"sentence {number} of the answers has not the tokens of the gold sentence")
        _count(result, sentence, prediction, lexicon, tagset)
    if next(answer_iterator, missing) is not missing:
        raise DataError("there are more answers than gold sentences")
    return result


def _count(
    result: Evaluation, gold: TaggedSentence, prediction: TaggedSentence, lexicon: Lexicon, tagset: TagSet
) -> None:
    hits = []
    for place, ((word, right), (_, tag)) in enumerate(zip(gold, prediction, strict=True)):
        if right == UNTAGGED:
            continue
        correct = right == tag
        hits.append(correct)
        result.tokens.add(correct)
        (result.known if word in lexicon else result.unknown).add(correct)
        if lexicon.is_ambiguous(word):
            result.ambiguous.add(correct)
        result.pairs[right, tag] += 1
        if right not in tagset:
            result.unseen_tags[right] += 1
        if not correct and len(result.examples[right, tag]) < _EXAMPLES:
            words = [word for word, _ in gold]
            before, after = words[max(0, place - _CONTEXT) : place], words[place + 1 : place + 1 + _CONTEXT]
            result.examples[right, tag].append(Example(" ".join(before), word, " ".join(after)))
    if hits:
        result.sentences.add(all(hits))
