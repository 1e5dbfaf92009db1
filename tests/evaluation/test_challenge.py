"""Scores on the challenge set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from postagger import ConfigError, TaggedSentence, TagSet
from postagger.corpora.minimal_pairs import ChallengeSentence, load_challenge
from postagger.evaluation import challenge_json, challenge_table, evaluate_challenge
from postagger.evaluation.challenge import (
    SCHEMES,
    ChallengeAnswer,
    challenge_answers,
    known_words,
    scheme_for,
    score,
    scored_pairs,
)
from postagger.features import Lexicon

PENN, UPOS, UNIVERSAL = SCHEMES
BY_WORDS = {sentence.words: sentence for pair in load_challenge() for sentence in pair.sentences}
TAGS = {
    scheme.name: sorted({scheme.tag_of(sentence) for sentence in BY_WORDS.values()}) for scheme in SCHEMES
}


class Oracle:
    """A tagger that looks a sentence's target up and tags it with a function."""

    def __init__(self, tags: Sequence[str], tag_of: Callable[[ChallengeSentence], str]) -> None:
        self.tagset = TagSet(tags)
        self.lexicon = Lexicon.from_sentences([[("the", "DT"), (".", ".")]])
        self.tag_of = tag_of
        self.options: dict[str, Any] = {}

    def tag_sents(self, sentences: Iterable[Sequence[str]], **options: Any) -> Iterator[TaggedSentence]:
        self.options = options
        for words in sentences:
            sentence = BY_WORDS[tuple(words)]
            yield [
                (word, self.tag_of(sentence) if place == sentence.target else "NN")
                for place, word in enumerate(words)
            ]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_gold_tags_are_all_right_in_every_tag_set(scheme: Any) -> None:
    found = evaluate_challenge(Oracle(TAGS[scheme.name], scheme.tag_of))
    assert found.scheme == scheme
    assert found.overall.pairs.value == found.overall.targets.value == 1
    for groups in (found.phenomena, found.distances):
        assert sum(group.pairs.total for group in groups) == found.overall.pairs.total
        assert all(group.targets.total == 2 * group.pairs.total for group in groups)
    assert found.overall.pairs.total == len(scored_pairs(scheme)) >= 140


def test_the_penn_tags_tell_150_pairs_of_a_dozen_phenomena_apart() -> None:
    found = evaluate_challenge(Oracle(TAGS["penn"], PENN.tag_of))
    assert found.overall.pairs.total >= 150
    assert len(found.phenomena) >= 12
    assert all(group.pairs.total >= 13 for group in found.phenomena)


def test_one_tag_for_both_words_has_half_of_the_words_and_no_pair() -> None:
    first = {pair.second.words: pair.first.xpos for pair in load_challenge()}
    found = evaluate_challenge(Oracle(TAGS["penn"], lambda s: first.get(s.words, s.xpos)))
    assert found.overall.targets.value == 0.5
    assert found.overall.pairs.correct == 0


def test_counts_are_by_phenomenon_and_distance() -> None:
    """Only what is more than three words away is wrong: as of a perfect tagger with a window of three."""
    far = {pair.first.words for pair in load_challenge() if pair.distance > 3}
    found = evaluate_challenge(Oracle(TAGS["penn"], lambda s: "NNP" if s.words in far else s.xpos))
    assert [(group.name, group.pairs.value) for group in found.distances] == [
        *((name, 1.0) for name in ("0", "1", "2", "3")),
        *((name, 0.0) for name in ("4-5", "6-7", "over 7")),
    ]
    assert {group.name: group.pairs.value for group in found.phenomena}["noun-verb"] == 1
    wrong = [item for item in found.items if item.gold != item.prediction]
    assert wrong
    assert {item.prediction for item in wrong} == {"NNP"}
    assert all(item.distance > 3 and item.word in item.text for item in wrong)


def test_tags_are_chosen_by_the_tag_set() -> None:
    assert scheme_for([*TAGS["penn"], "CD"]) == PENN
    assert scheme_for(TAGS["upos"]) == UPOS
    assert scheme_for(TAGS["universal"]) == UNIVERSAL
    assert scheme_for(TAGS["penn"][1:]) is None


def test_other_tag_sets_are_an_error_that_names_what_is_missing() -> None:
    tags = [tag for tag in TAGS["penn"] if tag not in ("RP", "WDT")]
    with pytest.raises(ConfigError, match="lacks RP, WDT: choose another head with --head, or another model"):
        evaluate_challenge(Oracle(tags, PENN.tag_of))


def test_options_reach_the_tagger() -> None:
    tagger = Oracle(TAGS["upos"], UPOS.tag_of)
    evaluate_challenge(tagger, lexicon={"the": ["DET"]})
    assert tagger.options == {"lexicon": {"the": ["DET"]}}


class Leaning(Oracle):
    """Gives its tag this probability, and shares the rest among the others."""

    def __init__(self, probability_of: Callable[[ChallengeSentence], float]) -> None:
        super().__init__(TAGS["penn"], PENN.tag_of)
        self.probability_of = probability_of

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        rows = []
        for words in sentences:
            sentence = BY_WORDS[tuple(words)]
            p = self.probability_of(sentence)
            for place in range(len(words)):
                gold = self.tag_of(sentence) if place == sentence.target else "NN"
                rows.append([p if tag == gold else (1 - p) / (len(self.tagset) - 1) for tag in self.tagset])
        return np.array(rows, dtype=np.float32)


def _one_sided(firsts: set[tuple[str, ...]], other: float, sentence: ChallengeSentence) -> float:
    return 0.9 if sentence.words in firsts else other


@pytest.mark.parametrize(
    ("probability", "leaning"), [(0.9, 1.0), (0.06, 1.0), (1.0, 1.0), (1 / 18, 0.5), (0.01, 0.0), (0.0, 0.0)]
)
def test_leaning_follows_the_odds_and_not_the_tag(probability: float, leaning: float) -> None:
    """There are 18 tags: with a probability of 1/18 each, nothing tells the two words apart."""
    assert len(TAGS["penn"]) == 18
    found = evaluate_challenge(Leaning(lambda _: probability))
    assert found.overall.pairs.value == 1
    for group in (found.overall, *found.phenomena, *found.distances):
        assert group.leaning == leaning


def test_leaning_depends_on_the_difference_of_the_two_sentences() -> None:
    """The first word's tag is the likelier one in both sentences, and more so in the first, or less."""
    firsts = {pair.first.words for pair in load_challenge()}
    for probability, leaning in ((0.001, 1), (0.0001, 0)):
        found = evaluate_challenge(Leaning(partial(_one_sided, firsts, probability)))
        odds = np.log([0.9 / (0.1 / 17), ((1 - probability) / 17) / probability])
        assert (odds > 0).all()
        assert found.overall.leaning == leaning
        assert [item.log_odds for item in found.items[:2]] == pytest.approx(odds.tolist(), rel=1e-4)


def test_a_tag_that_the_tagger_does_not_have_has_no_probability() -> None:
    """As of a comparison's fold in which it does not occur."""
    tagger = Leaning(lambda _: 0.9)
    whole = challenge_answers(tagger, PENN)
    tagger.tagset = TagSet([tag for tag in TAGS["penn"] if tag != "RP"])
    for pair, before, after in zip(
        scored_pairs(PENN), whole[::2], challenge_answers(tagger, PENN)[::2], strict=True
    ):
        assert before.log_odds is not None
        assert after.log_odds is not None
        if pair.first.xpos == "RP":
            assert after.log_odds < -80 < 0 < before.log_odds
        else:
            assert after.log_odds > 0


def test_a_tagger_without_probabilities_leans_nowhere_and_says_so() -> None:
    found = evaluate_challenge(Oracle(TAGS["penn"], PENN.tag_of))
    assert found.overall.leaning is None
    assert {item.log_odds for item in found.items} == {None}
    line = challenge_table(found, title="").splitlines()[3]
    assert line.split()[0] == "all"
    assert line.split()[-2] == "-"


def test_known_words_do_not_depend_on_case() -> None:
    words = [word for words in BY_WORDS for word in words]
    lower = Lexicon.from_sentences([[(word.lower(), "X") for word in words]])
    assert known_words(lower) == 1
    assert known_words(Lexicon.from_sentences([[("zzz", "X")]])) == 0


def test_table_and_json_have_the_same_figures() -> None:
    pairs = scored_pairs(UPOS)
    predictions = ["NOUN" for pair in pairs for _ in pair.sentences]
    found = score(UPOS, [ChallengeAnswer(tag, None) for tag in predictions], 0.9)
    table = challenge_table(found, title="a title")
    plain = challenge_json(found, corpus="challenge", model="m")
    assert table.startswith("a title\n")
    assert f"{len(load_challenge()) - len(pairs)} pairs are left out: UD's universal tags" in table
    nouns = sum("NOUN" in (pair.first.upos, pair.second.upos) for pair in pairs)
    assert plain["accuracy"] == pytest.approx(nouns / (2 * len(pairs)))
    assert plain["pair_accuracy"] == 0
    assert (plain["tags"], plain["corpus"], plain["pairs"]) == ("upos", "challenge", len(pairs))
    for group in plain["phenomena"]:
        line = next(line for line in table.splitlines() if line.split()[:1] == [group["name"]])
        assert f"{100 * group['accuracy']:.2f}" in line
        assert line.endswith(str(group["pairs"]))
    assert [item["prediction"] for item in plain["items"]] == predictions
