"""Scores on the challenge set: minimal pairs, by phenomenon and by distance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from postagger.corpora import TaggedSentence
from postagger.corpora.minimal_pairs import ChallengeSentence, MinimalPair, load_challenge
from postagger.errors import ConfigError
from postagger.evaluation.counts import Rate
from postagger.evaluation.report import percent
from postagger.features import Lexicon, TagSet

_DISTANCES = (0, 1, 2, 3, 5, 7)
"""The upper bound of each group of distances; one more group holds all above the last."""

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
    """

    phenomenon: str
    pair: int
    distance: int
    text: str
    word: str
    gold: str
    prediction: str


@dataclass
class ChallengeGroup:
    """Counts for some of the pairs.

    Attributes:
        name: a phenomenon, or a range of distances.
        targets: words with the right tag.
        pairs: pairs in which both words have the right tag.
    """

    name: str
    targets: Rate = field(default_factory=Rate)
    pairs: Rate = field(default_factory=Rate)


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
    sentences = challenge_sentences(scheme)
    tagged = tagger.tag_sents([list(sentence.words) for sentence in sentences], **options)
    predictions = [tags[sentence.target][1] for sentence, tags in zip(sentences, tagged, strict=True)]
    return score(scheme, predictions, known_words(tagger.lexicon))


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


def score(scheme: TagScheme, predictions: Sequence[str], known: float) -> ChallengeScore:
    """Counts the right tags.

    Args:
        predictions: the tag of each target of `challenge_sentences`.
        known: see `known_words`.
    """
    overall = ChallengeGroup("all")
    phenomena: dict[str, ChallengeGroup] = {}
    distances = {high: ChallengeGroup(label) for high, label in _distance_groups()}
    items: list[ChallengeItem] = []
    answers = iter(predictions)
    for pair in scored_pairs(scheme):
        high = next(high for high in distances if high >= pair.distance)
        own = phenomena.setdefault(pair.phenomenon, ChallengeGroup(pair.phenomenon))
        golds = [scheme.tag_of(sentence) for sentence in pair.sentences]
        tags = [next(answers) for _ in golds]
        for group in (overall, own, distances[high]):
            for gold, tag in zip(golds, tags, strict=True):
                group.targets.add(gold == tag)
            group.pairs.add(golds == tags)
        items += [
            ChallengeItem(
                pair.phenomenon, pair.number, pair.distance, sentence.text, sentence.word, gold, tag
            )
            for sentence, gold, tag in zip(pair.sentences, golds, tags, strict=True)
        ]
    filled = tuple(group for group in distances.values() if group.pairs.total)
    return ChallengeScore(scheme, overall, tuple(phenomena.values()), filled, known, tuple(items))


def challenge_table(score: ChallengeScore, *, title: str) -> str:
    """A text table: targets and pairs right, by phenomenon and by distance, with 95 % intervals."""
    head = f"{'targets':>8}  {'95 % interval':15}{'pairs':>8}  {'95 % interval':15}{'of pairs':>9}"
    lines = [title, "", f"{'':28}{head}"]
    lines += [_line(group) for group in (score.overall, *score.phenomena)]
    lines += ["", f"{'words to the difference':28}{head}", *map(_line, score.distances), ""]
    left_out = len(load_challenge()) - score.overall.pairs.total
    if left_out:
        lines.append(f"{left_out} pairs are left out: {score.scheme.title} do not tell their words apart.")
    return "\n".join(
        [
            *lines,
            "A pair is right if both its words are. A tagger that gives both the same tag has half of the",
            "words right and no pair, as a window tagger where the sentences differ only outside its window.",
        ]
    )


def challenge_json(score: ChallengeScore, **origin: Any) -> dict[str, Any]:
    """Plain data: rates in 0..1, counts, every item, and `origin` (corpus, model ...)."""
    return {
        **origin,
        "tags": score.scheme.name,
        **_plain(score.overall),
        "known_words": score.known,
        "phenomena": [{"name": group.name, **_plain(group)} for group in score.phenomena],
        "distances": [{"words": group.name, **_plain(group)} for group in score.distances],
        "items": [item._asdict() for item in score.items],
    }


def _plain(group: ChallengeGroup) -> dict[str, Any]:
    return {
        "accuracy": group.targets.value,
        "accuracy_interval_95": group.targets.interval,
        "tokens": group.targets.total,
        "pair_accuracy": group.pairs.value,
        "pair_accuracy_interval_95": group.pairs.interval,
        "pairs": group.pairs.total,
    }


def _line(group: ChallengeGroup) -> str:
    cells = []
    for rate in (group.targets, group.pairs):
        low, high = rate.interval or (None, None)
        cells.append(f"{percent(rate.value):>8}  {f'{percent(low)} - {percent(high)}':15}")
    return f"{group.name:28}{''.join(cells)}{group.pairs.total:>9}"


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
