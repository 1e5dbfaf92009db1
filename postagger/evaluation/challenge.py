"""Scores on the challenge set: minimal pairs, by phenomenon and by distance.

Each pair gives two measures. It is right if both its words have the right tag. And the tagger leans the right
way if the odds of the first word's tag against the second's are higher in the first sentence than in the
second: so it has seen the difference, even if that was not enough to change the tag.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from postagger.corpora import TaggedSentence
from postagger.corpora.minimal_pairs import ChallengeSentence, MinimalPair, load_challenge
from postagger.errors import ConfigError
from postagger.evaluation.counts import Rate
from postagger.features import Lexicon, TagSet

_DISTANCES = (0, 1, 2, 3, 5, 7)
"""The upper bound of each group of distances; one more group holds all above the last."""

_SAME = 1e-4
"""Log odds that differ by no more are taken to be the same: the rest is rounding."""

_PETROV = {
    "ADJ": "JJ JJR JJS",
    "ADP": "IN",
    "ADV": "RB RBR RBS WRB",
    "DET": "DT EX PDT WDT",
    "NOUN": "NN NNP NNPS NNS",
    "PRON": "PRP PRP$ WP WP$",
    "PRT": "POS RP TO",
    "VERB": "MD VB VBD VBG VBN VBP VBZ",
}
"""Those of the twelve universal tags of Petrov et al. (2012) that are words, with their Penn tags."""

_PETROV_TAG = {penn: tag for tag, all_penn in _PETROV.items() for penn in all_penn.split()}


def _penn(sentence: ChallengeSentence) -> str:
    return sentence.xpos


def _upos(sentence: ChallengeSentence) -> str:
    return sentence.upos


def _universal(sentence: ChallengeSentence) -> str:
    return _PETROV_TAG[sentence.xpos]


class TagScheme(NamedTuple):
    """A tag set that the challenge set is tagged in: its name in JSON, in words, and the tag of a target."""

    name: str
    title: str
    tag_of: Callable[[ChallengeSentence], str]


SCHEMES = (
    TagScheme("penn", "Penn treebank tags", _penn),
    TagScheme("upos", "UD's universal tags", _upos),
    TagScheme("universal", "NLTK's universal tags", _universal),
)


class ChallengeItem(NamedTuple):
    """One target with its gold tag and the predicted one.

    Attributes:
        phenomenon, pair, distance: of its pair; see `MinimalPair`.
        text: the sentence.
        word: the target.
        log_odds: of the tag in the pair's first sentence against that in its second one, as the tagger's
            probabilities for this target have it; None if it gives no probabilities.
    """

    phenomenon: str
    pair: int
    distance: int
    text: str
    word: str
    gold: str
    prediction: str
    log_odds: float | None


class ChallengeAnswer(NamedTuple):
    """What a tagger says of one target; see `ChallengeItem`."""

    tag: str
    log_odds: float | None


@dataclass
class ChallengeGroup:
    """Counts for some of the pairs.

    Attributes:
        name: a phenomenon, or a range of distances.
        targets: words with the right tag.
        pairs: pairs in which both words have the right tag.
        lean_right, lean_nowhere: pairs whose probabilities lean the right way, or are the same for both
            words.
    """

    name: str
    targets: Rate = field(default_factory=Rate)
    pairs: Rate = field(default_factory=Rate)
    lean_right: int = 0
    lean_nowhere: int = 0
    _without: int = 0

    @property
    def leaning(self) -> float | None:
        """The rate of pairs that lean the right way, in 0..1; those that lean nowhere count half.

        None if the tagger gives no probabilities.
        """
        if self._without or not self.pairs.total:
            return None
        return (self.lean_right + self.lean_nowhere / 2) / self.pairs.total

    def add(self, golds: Sequence[str], answers: Sequence[ChallengeAnswer]) -> None:
        """Counts a pair."""
        for gold, answer in zip(golds, answers, strict=True):
            self.targets.add(gold == answer.tag)
        self.pairs.add(all(gold == answer.tag for gold, answer in zip(golds, answers, strict=True)))
        first, second = (answer.log_odds for answer in answers)
        if first is None or second is None:
            self._without += 1
            return
        self.lean_right += first - second > _SAME
        self.lean_nowhere += abs(first - second) <= _SAME


@dataclass(frozen=True)
class ChallengeScore:
    """How a tagger does on the challenge set.

    Attributes:
        scheme: the tags that were compared. Pairs whose two tags are the same in it are left out.
        overall, phenomena, distances: counts for all pairs, for each phenomenon, and for each distance.
        known: the part of the words that occur in training, in 0..1.
        items: every target, the two of a pair one after the other.
    """

    scheme: TagScheme
    overall: ChallengeGroup
    phenomena: tuple[ChallengeGroup, ...]
    distances: tuple[ChallengeGroup, ...]
    known: float
    items: tuple[ChallengeItem, ...]

    def __repr__(self) -> str:
        pairs = self.overall.pairs
        words = f"words {self.overall.targets}, pairs {pairs} of {pairs.total}"
        return f"<ChallengeScore, {self.scheme.title}: {words} right; {len(self.phenomena)} phenomena>"

    def _repr_html_(self) -> str:
        from postagger.evaluation.notebook import challenge_html

        return challenge_html(self)


class _Tagger(Protocol):
    """What is needed of a tagger; `SentenceTagger` has it."""

    tagset: TagSet
    lexicon: Lexicon

    def tag_sents(self, sentences: Iterable[Sequence[str]], /) -> Iterator[TaggedSentence]: ...


def evaluate_challenge(tagger: _Tagger, **options: Any) -> ChallengeScore:
    """Scores a tagger on the challenge set, by the tags that fit its tag set: Penn, UD's or NLTK's.

    Args:
        options: of ``tagger.tag_sents``, such as a lexicon.

    Raises:
        ConfigError: the tagger's tags are others.
        DataError: the challenge set is missing from the installation.
    """
    scheme = scheme_for(tagger.tagset.tags)
    if scheme is None:
        raise ConfigError(_no_scheme(tagger.tagset.tags))
    return score(scheme, challenge_answers(tagger, scheme, **options), known_words(tagger.lexicon))


def challenge_answers(tagger: _Tagger, scheme: TagScheme, **options: Any) -> list[ChallengeAnswer]:
    """Tags each target of `challenge_sentences`; with log odds if the tagger has a method `probabilities`."""
    pairs = scored_pairs(scheme)
    targets = [sentence for pair in pairs for sentence in pair.sentences]
    sentences = [list(sentence.words) for sentence in targets]
    tagged = tagger.tag_sents(sentences, **options)
    tags = [tags[sentence.target][1] for sentence, tags in zip(targets, tagged, strict=True)]
    probabilities = getattr(tagger, "probabilities", None)
    if probabilities is None:
        return [ChallengeAnswer(tag, None) for tag in tags]
    starts = np.cumsum([0, *map(len, sentences)])[:-1]
    rows = probabilities(sentences, **options)[starts + [sentence.target for sentence in targets]]
    rows = np.pad(rows.astype(np.float64), ((0, 0), (0, 1)))  # last, a column of 0 for tags it does not have
    logs = np.log(np.maximum(rows, np.finfo(np.float32).tiny))  # (targets, tags + 1)
    order = {tag: column for column, tag in enumerate(tagger.tagset.tags)}
    firsts = [order.get(scheme.tag_of(pair.first), -1) for pair in pairs for _ in pair.sentences]
    seconds = [order.get(scheme.tag_of(pair.second), -1) for pair in pairs for _ in pair.sentences]
    each = np.arange(len(targets))
    odds = (logs[each, firsts] - logs[each, seconds]).tolist()
    return [ChallengeAnswer(tag, value) for tag, value in zip(tags, odds, strict=True)]


def scheme_for(tags: Collection[str]) -> TagScheme | None:
    """The scheme whose gold tags are all among these tags; None if there is none."""
    return next((scheme for scheme in SCHEMES if _needed(scheme) <= set(tags)), None)


def scored_pairs(scheme: TagScheme) -> list[MinimalPair]:
    """The pairs whose two tags differ in a scheme: VBD and VBN, for example, are both VERB in UD."""
    return [pair for pair in load_challenge() if scheme.tag_of(pair.first) != scheme.tag_of(pair.second)]


def challenge_sentences(scheme: TagScheme) -> list[ChallengeSentence]:
    """The sentences of the scored pairs."""
    return [sentence for pair in scored_pairs(scheme) for sentence in pair.sentences]


def known_words(lexicon: Lexicon) -> float:
    """The part of the challenge set's words that occur in training, as written or in lower case, in 0..1."""
    words = [word for pair in load_challenge() for sentence in pair.sentences for word in sentence.words]
    return sum(word in lexicon or word.lower() in lexicon for word in words) / len(words)


def score(scheme: TagScheme, answers: Sequence[ChallengeAnswer], known: float) -> ChallengeScore:
    """Counts the right tags.

    Args:
        answers: for each target of `challenge_sentences`.
        known: see `known_words`.
    """
    overall = ChallengeGroup("all")
    phenomena: dict[str, ChallengeGroup] = {}
    distances = {high: ChallengeGroup(label) for high, label in _distance_groups()}
    items: list[ChallengeItem] = []
    remaining = iter(answers)
    for pair in scored_pairs(scheme):
        high = next(high for high in distances if high >= pair.distance)
        own = phenomena.setdefault(pair.phenomenon, ChallengeGroup(pair.phenomenon))
        golds = [scheme.tag_of(sentence) for sentence in pair.sentences]
        both = [next(remaining) for _ in golds]
        for group in (overall, own, distances[high]):
            group.add(golds, both)
        place = (pair.phenomenon, pair.number, pair.distance)
        items += [
            ChallengeItem(*place, sentence.text, sentence.word, gold, *answer)
            for sentence, gold, answer in zip(pair.sentences, golds, both, strict=True)
        ]
    filled = tuple(group for group in distances.values() if group.pairs.total)
    return ChallengeScore(scheme, overall, tuple(phenomena.values()), filled, known, tuple(items))


def _distance_groups() -> Iterator[tuple[float, str]]:
    low = 0
    for high in _DISTANCES:
        yield high, str(high) if low == high else f"{low}-{high}"
        low = high + 1
    yield float("inf"), f"over {low - 1}"


def _needed(scheme: TagScheme) -> set[str]:
    return {scheme.tag_of(sentence) for sentence in challenge_sentences(scheme)}


def _no_scheme(tags: Collection[str]) -> str:
    nearest = min(SCHEMES, key=lambda scheme: len(_needed(scheme) - set(tags)))
    missing = ", ".join(sorted(_needed(nearest) - set(tags)))
    return (
        "the challenge set needs a tagger with Penn treebank tags or with universal ones, but the tag set of "
        f"this one lacks {missing}: choose another head with --head, or another model"
    )
