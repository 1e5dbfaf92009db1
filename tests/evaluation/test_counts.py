from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.corpora import TaggedSentence
from postagger.errors import DataError
from postagger.evaluation import Evaluation, Example, Rate, TagScore, evaluate
from postagger.features import Lexicon, TagSet

TRAINING: list[TaggedSentence] = [
    [("the", "DT"), ("can", "NN"), ("can", "MD"), ("rust", "VB")],
    [("the", "DT"), ("dog", "NN")],
]
TAGSET = TagSet(["DT", "MD", "NN", "VB"])


def _evaluate(*sentences: str) -> Evaluation:
    """Evaluates on sentences of ``word/gold/prediction``."""
    tokens = [[token.split("/") for token in sentence.split()] for sentence in sentences]
    return evaluate(
        [[(word, gold) for word, gold, _ in sentence] for sentence in tokens],
        [[(word, prediction) for word, _, prediction in sentence] for sentence in tokens],
        Lexicon.from_sentences(TRAINING),
        TAGSET,
    )


def test_counts_by_hand() -> None:
    result = _evaluate(
        "the/DT/DT can/NN/MD rusts/VB/VB",  # one error, on a known, ambiguous word
        "",
        "Dog/NN/DT can/MD/MD",  # Dog, as written, is unknown
        "the/DT/DT",
    )
    assert result.tokens == Rate(4, 6)
    assert result.known == Rate(3, 4)
    assert result.unknown == Rate(1, 2)
    assert result.ambiguous == Rate(1, 2)
    assert result.sentences == Rate(1, 3)
    assert result.errors() == [("NN", "DT", 1), ("NN", "MD", 1)]
    assert result.unseen_tags == {}


def test_unseen_gold_tags_are_errors_and_counted() -> None:
    result = _evaluate("the/DT/DT oh/UH/NN ,/,/DT", "oh/UH/DT")
    assert result.unseen_tags == {"UH": 2, ",": 1}
    assert result.tokens == Rate(1, 4)
    assert result.sentences == Rate(0, 2)


def test_tokens_without_a_gold_tag_are_in_no_count() -> None:
    result = _evaluate(
        "the/DT/DT can/_/MD rust/VB/VB",  # every tagged token is correct
        "dog/_/NN zebra/_/NN",
        "can/NN/NN the/_/DT zebra/NN/DT",
    )
    assert result.tokens == Rate(3, 4)
    assert result.known == Rate(3, 3)
    assert result.unknown == Rate(0, 1)
    assert result.ambiguous == Rate(1, 1)
    assert result.sentences == Rate(1, 2)
    assert result.unseen_tags == {}
    assert [score.tag for score in result.tag_scores()] == ["DT", "NN", "VB"]
    assert result.errors() == [("NN", "DT", 1)]
    assert result.examples["NN", "DT"] == [Example("can the", "zebra", "")]


_TAGS = st.sampled_from(["DT", "MD", "NN", "UH"])
_GOLD = st.sampled_from(["DT", "MD", "NN", "UH", "_"])
_WORDS = st.sampled_from(["the", "can", "dog", "Dog", "oh"])
_SENTENCES = st.lists(st.lists(st.tuples(_WORDS, _GOLD, _TAGS), max_size=5), max_size=6)


@given(_SENTENCES)
def test_counts_against_a_plain_loop(sentences: list[list[tuple[str, str, str]]]) -> None:
    result = _evaluate(*(" ".join("/".join(token) for token in sentence) for sentence in sentences))
    expected = {name: [0, 0] for name in ("tokens", "known", "unknown", "ambiguous", "sentences")}
    pairs: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        all_right = True
        tagged = [token for token in sentence if token[1] != "_"]
        for word, gold, prediction in tagged:
            pairs[gold, prediction] += 1
            all_right = all_right and gold == prediction
            groups = ["tokens", "known" if word in ("the", "can", "dog") else "unknown"]
            for group in [*groups, "ambiguous"] if word == "can" else groups:
                expected[group][0] += gold == prediction
                expected[group][1] += 1
        if tagged:
            expected["sentences"][0] += all_right
            expected["sentences"][1] += 1
    assert {
        name: [getattr(result, name).correct, getattr(result, name).total] for name in expected
    } == expected
    assert result.pairs == pairs
    assert sum(result.unseen_tags.values()) == sum(n for (gold, _), n in pairs.items() if gold == "UH")


@given(_SENTENCES)
def test_tag_scores_against_a_plain_loop(sentences: list[list[tuple[str, str, str]]]) -> None:
    result = _evaluate(*(" ".join("/".join(token) for token in sentence) for sentence in sentences))
    tokens = [(gold, prediction) for sentence in sentences for _, gold, prediction in sentence if gold != "_"]
    scores = result.tag_scores()
    assert [score.tag for score in scores] == sorted({tag for pair in tokens for tag in pair})
    for tag, count, precision, recall, f1 in scores:
        golds = [prediction == tag for gold, prediction in tokens if gold == tag]
        predictions = [gold == tag for gold, prediction in tokens if prediction == tag]
        assert count == len(golds)
        assert recall == (sum(golds) / len(golds) if golds else None)
        assert precision == (sum(predictions) / len(predictions) if predictions else None)
        if not precision or not recall:
            assert f1 == 0
        else:
            assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_tag_scores_by_hand() -> None:
    assert _evaluate("a/NN/NN b/NN/NN c/NN/DT d/DT/NN e/MD/VB").tag_scores() == [
        TagScore("DT", 1, 0.0, 0.0, 0.0),
        TagScore("MD", 1, None, 0.0, 0.0),
        TagScore("NN", 3, 2 / 3, 2 / 3, 2 / 3),
        TagScore("VB", 0, 0.0, None, 0.0),
    ]


def test_errors_come_most_frequent_first() -> None:
    result = _evaluate("a/NN/DT b/VB/DT c/VB/DT d/MD/DT e/NN/NN")
    assert result.errors() == [("VB", "DT", 2), ("MD", "DT", 1), ("NN", "DT", 1)]


def test_examples_show_four_words_on_each_side() -> None:
    result = _evaluate("a/DT/DT b/DT/DT c/DT/DT d/DT/DT e/DT/DT x/NN/DT f/DT/DT", "y/NN/DT")
    assert result.examples == {("NN", "DT"): [Example("b c d e", "x", "f"), Example("", "y", "")]}


def test_three_examples_of_an_error_are_kept() -> None:
    result = _evaluate("a/NN/DT b/NN/DT c/NN/DT d/NN/DT")
    assert [example.word for example in result.examples["NN", "DT"]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_interval_against_published_examples(correct: int, total: int, low: float, high: float) -> None:
    assert Rate(correct, total).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_interval_holds_the_rate_and_stays_in_bounds(counts: tuple[int, int]) -> None:
    rate = Rate(*counts)
    assert rate.value is not None
    assert rate.interval is not None
    low, high = rate.interval
    assert 0 <= low <= rate.value + 1e-12
    assert rate.value - 1e-12 <= high <= 1


def test_of_nothing_there_is_no_rate() -> None:
    assert Rate().value is None
    assert Rate().interval is None
    nothing = _evaluate("", "")
    assert nothing == Evaluation()
    assert nothing.tag_scores() == []
    assert nothing.errors() == []


@pytest.mark.parametrize(
    ("predictions", "problem"),
    [
        ([], "sentence 1 of"),
        ([[("a", "NN"), ("b", "NN")]], "sentence 2 of"),
        ([[("a", "NN")], [("c", "NN")]], "sentence 1 of"),
        ([[("a", "NN"), ("b", "NN")], [("C", "NN")]], "sentence 2 of"),
        ([[("a", "NN"), ("b", "NN")], []], "sentence 2 of"),
        ([[("a", "NN"), ("b", "NN")], [("c", "NN")], []], "more predictions than gold sentences"),
    ],
)
def test_predictions_with_other_tokens_are_an_error(predictions: list[TaggedSentence], problem: str) -> None:
    gold = [[("a", "NN"), ("b", "NN")], [("c", "NN")]]
    with pytest.raises(DataError, match=problem):
        evaluate(gold, predictions, Lexicon({}), TAGSET)


def test_gold_sentences_may_be_any_sequences_of_pairs() -> None:
    gold: list[TaggedSentence] = [(["a", "NN"], ["b", "NN"])]  # type: ignore[list-item]  # as from JSON
    result = evaluate(gold, [[("a", "NN"), ("b", "NN")]], Lexicon({}), TAGSET)
    assert result.tokens == Rate(2, 2)
    assert result.sentences == Rate(1, 1)
