"""Counts of correct and wrong predictions; rates are computed from the sums at the end."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.errors import DataError
from postagger.evaluation.bins import FREQUENCIES, LENGTHS, Bins
from postagger.evaluation.calibration import Calibration
from postagger.features import Lexicon, TagSet

_Z95 = 1.959963984540054
"""The normal distribution's 97.5 % point."""

_EXAMPLES = 3
"""Examples stored of each kind of error."""

_CONTEXT = 4
"""Words shown on each side of an error."""


@dataclass
class Rate:
    """Correct cases out of all cases."""

    correct: int = 0
    total: int = 0

    def __str__(self) -> str:
        """Per cent with two decimals; a dash without any case."""
        return "-" if self.value is None else f"{100 * self.value:.2f} %"

    def add(self, correct: bool) -> None:
        self.correct += correct
        self.total += 1

    @property
    def value(self) -> float | None:
        """The rate in 0..1; None without any case."""
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


def _rates(bins: Bins) -> dict[str, Rate]:
    return {label: Rate() for label in bins.labels}


class TagScore(NamedTuple):
    """Precision, recall and F1 of one tag. A rate is None if its denominator is 0."""

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
    """All counts from comparing predictions with gold tags. Tokens without a gold tag are not scored.

    Attributes:
        tokens: all tokens.
        known, unknown: tokens whose word, as written, occurs in training or does not.
        ambiguous: tokens whose word has several tags in training.
        sentences: sentences with a counted token; one is correct if all its tokens are.
        by_frequency: tokens by how often training has the word as written: a rate for each of `FREQUENCIES`.
        by_length: tokens by the number of tokens in the sentence: a rate for each of `LENGTHS`.
        pairs: tokens by (gold tag, predicted tag).
        unseen_tags: tokens by gold tag, for gold tags that are not in the tag set; all are errors.
        untagged: tokens without a gold tag, which are in no other count.
        examples: some tokens for each pair of different tags.
        calibration: how probable the predicted tags were, and which are right; None if that is unknown.
    """

    tokens: Rate = field(default_factory=Rate)
    known: Rate = field(default_factory=Rate)
    unknown: Rate = field(default_factory=Rate)
    ambiguous: Rate = field(default_factory=Rate)
    sentences: Rate = field(default_factory=Rate)
    by_frequency: dict[str, Rate] = field(default_factory=partial(_rates, FREQUENCIES))
    by_length: dict[str, Rate] = field(default_factory=partial(_rates, LENGTHS))
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    unseen_tags: Counter[str] = field(default_factory=Counter)
    untagged: int = 0
    examples: defaultdict[tuple[str, str], list[Example]] = field(default_factory=lambda: defaultdict(list))
    calibration: Calibration | None = None

    def __repr__(self) -> str:
        parts = ("known", "unknown", "ambiguous", "sentences")
        rates = ", ".join(f"{name} {getattr(self, name)}" for name in parts)
        return f"<Evaluation: {self.tokens} of {self.tokens.total:,} tokens right ({rates})>"

    def _repr_html_(self) -> str:
        from postagger.evaluation.notebook import evaluation_html

        return evaluation_html(self)

    def tag_scores(self) -> list[TagScore]:
        """Precision, recall and F1 of each tag, gold or predicted, in alphabetical order."""
        gold: Counter[str] = Counter()
        predicted: Counter[str] = Counter()
        for (right, prediction), count in self.pairs.items():
            gold[right] += count
            predicted[prediction] += count
        scores = []
        for tag in sorted(gold | predicted):
            hits = self.pairs[tag, tag]
            both = gold[tag] + predicted[tag]
            scores.append(
                TagScore(
                    tag,
                    gold[tag],
                    hits / predicted[tag] if predicted[tag] else None,
                    hits / gold[tag] if gold[tag] else None,
                    2 * hits / both,
                )
            )
        return scores

    def errors(self) -> list[tuple[str, str, int]]:
        """Kinds of error as (gold tag, predicted tag, tokens), the most frequent first."""
        wrong = [
            (gold, prediction, count)
            for (gold, prediction), count in self.pairs.items()
            if gold != prediction
        ]
        return sorted(wrong, key=lambda error: (-error[2], error[0], error[1]))


def evaluate(
    gold: Iterable[TaggedSentence],
    predictions: Iterable[TaggedSentence],
    lexicon: Lexicon,
    tagset: TagSet,
    confidences: Iterable[float] | None = None,
) -> Evaluation:
    """Compares predictions with gold tags, sentence by sentence.

    Args:
        gold, predictions: the same tokens in the same order.
        lexicon: the words of the training set, which decide what is known, unknown and ambiguous.
        tagset: the tags that can be predicted.
        confidences: the probability of each predicted tag, of all sentences one after another.

    Raises:
        DataError: the two differ in their sentences or tokens.
    """
    result = Evaluation()
    correct: list[bool | None] = []
    missing = object()
    remaining = iter(predictions)
    for number, sentence in enumerate(gold, 1):
        prediction = next(remaining, missing)
        if not isinstance(prediction, list) or [w for w, _ in prediction] != [w for w, _ in sentence]:
            raise DataError(
                f"sentence {number} of the predictions must have the same tokens as the gold sentence"
            )
        correct += _count(result, sentence, prediction, lexicon, tagset)
    if next(remaining, missing) is not missing:
        raise DataError("there are more predictions than gold sentences")
    if confidences is not None:
        counted = [pair for pair in zip(confidences, correct, strict=True) if pair[1] is not None]
        result.calibration = Calibration((p for p, _ in counted), (bool(hit) for _, hit in counted))
    return result


def _count(
    result: Evaluation, gold: TaggedSentence, prediction: TaggedSentence, lexicon: Lexicon, tagset: TagSet
) -> list[bool | None]:
    """Counts a sentence; returns whether each token is correct, or None without a gold tag."""
    hits: list[bool | None] = []
    of_length = [*result.by_length.values()][LENGTHS.number(len(gold))]
    of_frequency = [*result.by_frequency.values()]
    for place, ((word, right), (_, tag)) in enumerate(zip(gold, prediction, strict=True)):
        if right == UNTAGGED:
            result.untagged += 1
            hits.append(None)
            continue
        correct = right == tag
        hits.append(correct)
        result.tokens.add(correct)
        of_length.add(correct)
        of_frequency[FREQUENCIES.number(lexicon.count(word))].add(correct)
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
    counted = [hit for hit in hits if hit is not None]
    if counted:
        result.sentences.add(all(counted))
    return hits
