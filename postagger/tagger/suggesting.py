"""Which sentences are worth tagging by hand: those that the tagger is least sure of (active learning)."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, get_args

from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError, brief, short
from postagger.tagger.confidence import predictions
from postagger.tagger.headed import HeadedTagger
from postagger.tagger.streaming import checked_iterable
from postagger.text.predicted import PredictedSentence

Measure = Literal["errors", "rate"]
MEASURES: tuple[Measure, ...] = get_args(Measure)


class Suggestion(NamedTuple):
    """A sentence that is worth tagging by hand.

    Attributes:
        number: of the sentence in the text, from 1 on.
        given: the sentence as it was given.
        sentence: its tokens with the tagger's tags, to be corrected.
        probabilities: of these tags, in 0..1.
    """

    number: int
    given: Sequence[str]
    sentence: TaggedSentence
    probabilities: tuple[float, ...]

    def __repr__(self) -> str:
        words = short(" ".join(word for word, _ in self.sentence))
        return f"<Suggestion: sentence {self.number}, {self.expected_errors:.2f} errors expected: {words}>"

    @property
    def expected_errors(self) -> float:
        """How many of the tags are wrong, if the probabilities are right."""
        return sum(1 - each for each in self.probabilities)


def suggest(
    tagger: HeadedTagger,
    sentences: Iterable[Sequence[str]],
    n: int,
    *,
    by: Measure = "errors",
    head: str | None = None,
    workers: int = 1,
) -> list[Suggestion]:
    """Chooses the sentences whose correction teaches the tagger most, the best first.

    (Its length is that of its options.) This is uncertainty sampling (Lewis and Gale 1994). Of equal
    sentences it takes one. Only the best `n` are kept in memory, and a digest of every sentence.

    Args:
        sentences: their words; they are read once.
        n: at least 1.
        by: ``errors``, the number of tags expected to be wrong, which prefers long sentences: for people who
            count sentences. ``rate``, that number per token: for those who count words.
        head: as in `HeadedTagger.tag`.
        workers: as in `HeadedTagger.tag_sents`.

    Raises:
        ConfigError: `n` is less than 1, there is no such measure or head, or as in `tag_sents`.
        DataError: a sentence is not a list of strings.
    """
    if type(n) is not int or n < 1:
        raise ConfigError(f"n must be a whole number, at least 1, not {brief(n)}")
    if by not in MEASURES:
        raise ConfigError(f"by must be {' or '.join(MEASURES)}, not {brief(by)}")
    chosen = tagger.with_head(head)
    best: list[tuple[float, int, Suggestion]] = []
    seen: set[int] = set()
    given, copies = itertools.tee(checked_iterable(sentences))
    found_all = predictions(chosen, given, workers=workers)
    for number, (words, found) in enumerate(zip(copies, found_all, strict=True), 1):
        digest = hash(tuple(word for word, _ in found))
        if not found or digest in seen:
            continue
        seen.add(digest)
        suggestion = _suggestion(number, words, found, chosen.head)
        score = suggestion.expected_errors / (1 if by == "errors" else len(found))
        entry = score, -number, suggestion  # of equal scores, the first
        if len(best) < n:
            heapq.heappush(best, entry)
        else:
            heapq.heappushpop(best, entry)
    return [suggestion for _, _, suggestion in sorted(best, key=lambda entry: (-entry[0], -entry[1]))]


def _suggestion(number: int, given: Sequence[str], found: PredictedSentence, head: str) -> Suggestion:
    tags = [(word, by_head[head]) for word, by_head in found]
    sentence = [(word, each.tag) for word, each in tags]
    return Suggestion(number, given, sentence, tuple(each.probability or 0.0 for _, each in tags))
