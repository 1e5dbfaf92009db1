from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nltk.data
import pytest
from nltk.tag.api import TaggerI

from postagger import ConfigError, Corpus, DataError, PostaggerError, load_corpus
from postagger.baselines import BASELINES, SEEDED, Baseline, is_available, train_baseline
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.evaluation import Rate
from postagger.tagger import SentenceTagger

needs_crfsuite = pytest.mark.skipif(not is_available("crfsuite"), reason="python-crfsuite is not installed")
NAMES = [pytest.param(name, marks=needs_crfsuite if name == "crfsuite" else ()) for name in BASELINES]


@pytest.fixture(scope="module")
def sample() -> Corpus:
    return load_corpus("sample")


@pytest.fixture(scope="module", params=NAMES)
def baseline(request: pytest.FixtureRequest, tiny_corpus: Corpus) -> Baseline:
    return train_baseline(request.param, tiny_corpus)


@pytest.fixture(scope="module")
def sentences(tiny_sentences: list[TaggedSentence]) -> list[list[str]]:
    """The words of known, new and unusual sentences."""
    known = [[word for word, _ in sentence] for sentence in tiny_sentences]
    return [*known, [], *(words[::-1] for words in known), ["The"], ["zebra", "🦓", ""], []]


# -- tagging ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tokens", [["The", "dog"], ["🦓", "", "zebra"], [" ", "\n", "a\r", "\x00"], ["\ud800"]]
)
def test_tokens_are_echoed_as_given_and_have_real_tags(tokens: list[str], baseline: Baseline) -> None:
    prediction = baseline.tag(tokens)
    assert [token for token, _ in prediction] == tokens
    assert all(type(pair) is tuple and pair[1] in baseline.tagset for pair in prediction)


def test_many_sentences_are_tagged_as_each_by_itself(baseline: Baseline, sentences: list[list[str]]) -> None:
    predictions = list(baseline.tag_sents(sentences))
    assert [[token for token, _ in prediction] for prediction in predictions] == sentences
    assert predictions == [baseline.tag(tuple(words)) for words in sentences]
    assert list(baseline.tag_sents(sentences[::-1]))[::-1] == predictions


def test_empty_sentences_have_empty_predictions_in_their_place(baseline: Baseline) -> None:
    dog = baseline.tag(["dog"])
    assert baseline.tag([]) == []
    assert list(baseline.tag_sents([])) == []
    assert list(baseline.tag_sents([[], ["dog"], [], []])) == [[], dog, [], []]


def test_sentences_are_consumed_lazily(baseline: Baseline) -> None:
    read = []

    def stream() -> Iterator[list[str]]:
        for word in ("The", "dog", "saw"):
            read.append(word)
            yield [word]

    predictions = baseline.tag_sents(stream())
    assert read == []
    assert next(predictions)[0][0] == "The"
    assert read == ["The"]
    assert len(list(predictions)) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [("The dog", "is one string"), (["The", None], "contains None: every token must be a string")],
)
def test_a_value_that_is_not_a_sentence_is_rejected(
    wrong: list[str], message: str, baseline: Baseline
) -> None:
    with pytest.raises(DataError, match=f"sentence 2 .*{message}"):
        list(baseline.tag_sents([["The"], wrong]))


def test_unknown_words_change_nothing(baseline: Baseline, sentences: list[list[str]]) -> None:
    before = list(baseline.tag_sents(sentences))
    list(baseline.tag_sents([f"word{number}", "zebra"] for number in range(50)))
    assert list(baseline.tag_sents(sentences)) == before


# -- the interface of a tagger ----------------------------------------------------------------------


def test_a_baseline_evaluates_itself_as_a_tagger_does(baseline: Baseline, tiny_corpus: Corpus) -> None:
    evaluation = baseline.evaluate_on(tiny_corpus)
    assert evaluation.tokens.total == sum(map(len, tiny_corpus.test))
    assert evaluation.unknown.total > 0
    assert baseline.accuracy(iter(tiny_corpus.test)) == evaluation.tokens.value
    assert (
        baseline.evaluate_on(iter(tiny_corpus.dev)).tokens == baseline.evaluate_on(tiny_corpus, "dev").tokens
    )
    assert Baseline.evaluate_on is SentenceTagger.evaluate_on
    with pytest.raises(DataError, match="the gold standard has no tagged tokens"):
        baseline.evaluate_on([[]])


def test_a_baseline_is_an_nltk_tagger(baseline: Baseline, tiny_corpus: Corpus) -> None:
    assert isinstance(baseline, TaggerI)
    assert "PRP$" in baseline.evaluate_per_tag(tiny_corpus.dev)


def test_a_baseline_says_what_it_was_trained_on(baseline: Baseline, tiny_corpus: Corpus) -> None:
    assert baseline.name in BASELINES
    assert set(baseline.tagset) == {tag for sentence in tiny_corpus.train for _, tag in sentence}
    assert baseline.lexicon.is_ambiguous("saw")
    assert baseline.parameter_count > 0


# -- training ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_only_those_in_seeded_depend_on_the_seed(name: str, sample: Corpus) -> None:
    corpus = Corpus("part", sample.train[:60], [], sample.test)
    words = [[word for word, _ in sentence] for sentence in sample.test]
    first, again, other = (train_baseline(name, corpus, seed) for seed in (1, 1, 2))
    predictions = list(first.tag_sents(words))
    assert list(again.tag_sents(words)) == predictions
    assert again.parameter_count == first.parameter_count
    assert (list(other.tag_sents(words)) != predictions) == (name in SEEDED)


@pytest.mark.parametrize("name", NAMES)
def test_training_has_no_side_effects(
    name: str,
    tiny_corpus: Corpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    random.seed(5)
    expected = [random.random() for _ in range(3)]
    random.seed(5)
    paths = list(nltk.data.path)
    train_baseline(name, tiny_corpus).tag(["The", "zebra"])
    assert [random.random() for _ in range(3)] == expected
    assert nltk.data.path == paths
    assert list(tmp_path.rglob("*")) == []
    assert capfd.readouterr() == ("", "")


@needs_crfsuite
@pytest.mark.skipif(os.name != "posix", reason="permissions of files")
def test_crfsuite_trains_where_everybody_may_write(
    tiny_corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NLTK refuses model files in such places, and /tmp is one."""
    tmp_path.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.umask(0)
    try:
        baseline = train_baseline("crfsuite", tiny_corpus)
    finally:
        os.umask(before)
    assert baseline.tag(["The"]) == [("The", "DT")]


@pytest.mark.parametrize("name", NAMES)
def test_odd_training_sentences_do_no_harm(name: str, tiny_corpus: Corpus) -> None:
    odd = [[], [(" ", "NN"), ("a\nb", "NN")], [("\ud800", "SYM")], []]
    baseline = train_baseline(name, Corpus("odd", [*odd, *tiny_corpus.train], [], []))
    prediction = baseline.tag(["a\nb", "\ud800", "zebra"])
    assert all(tag in baseline.tagset for _, tag in prediction)
    assert baseline.parameter_count > 0


@pytest.mark.parametrize("name", NAMES)
def test_partly_tagged_training_sentences_are_refused(name: str, tiny_corpus: Corpus) -> None:
    part = Corpus("part", [*tiny_corpus.train, [("The", "DT"), ("zebra", UNTAGGED)]], [], [])
    with pytest.raises(
        DataError, match=rf"{name}.* needs fully tagged sentences.*'part' holds tokens without"
    ):
        train_baseline(name, part)


def test_a_baseline_is_scored_on_tagged_tokens_only(tiny_corpus: Corpus) -> None:
    baseline = train_baseline("most_frequent", tiny_corpus)
    gold = [[("The", "DT"), ("zebra", UNTAGGED)], [("zebra", UNTAGGED)]]
    assert baseline.evaluate_on(gold).tokens == Rate(1, 1)
    assert baseline.accuracy(gold) == 1


@pytest.mark.parametrize("name", NAMES)
def test_one_tag_for_all_words_is_enough(name: str) -> None:
    baseline = train_baseline(name, Corpus("one", [[("a", "X"), ("a", "X")]], [], []))
    assert baseline.tag(["a", "b"]) == [("a", "X"), ("b", "X")]


@pytest.mark.parametrize("name", NAMES)
def test_a_baseline_learns(name: str, sample: Corpus) -> None:
    """200 sentences are enough to be far from chance."""
    corpus = Corpus("part", sample.train[:200], [], sample.test)
    share = train_baseline(name, corpus).evaluate_on(corpus).tokens.value
    assert share is not None
    assert share > 0.6


def test_the_most_frequent_tags_are_predicted() -> None:
    train = [[("a", "X"), ("a", "Y"), ("a", "Y"), ("b", "X"), ("c", "Z"), ("d", "X")]]
    baseline = train_baseline("most_frequent", Corpus("counted", train, [], []))
    assert [tag for _, tag in baseline.tag(["a", "b", "c", "zebra"])] == ["Y", "X", "Z", "X"]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("most_frequent", 1 + 1),  # b, and unknown words
        ("hmm", 1 + 1 + 2),  # X first; X Y; a with X, b with Y
        (
            "tnt",
            3 + 3 + 3 + 2 + 2 + 4,
        ),  # X, Y, end: one, two and three of them; two words; two suffixes; weights
        pytest.param("crfsuite", 2 + 1, marks=needs_crfsuite),  # a with X, b with Y; X Y
    ],
)
def test_parameters_are_counted(name: str, count: int) -> None:
    train = [[("a", "X"), ("b", "Y")]] * 2
    assert train_baseline(name, Corpus("counted", train, [], [])).parameter_count == count


# -- errors of the user ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hint"),
    [("perceptrn", "did you mean 'perceptron'"), ("xyz", "choose from most_frequent, hmm, tnt")],
)
def test_an_unknown_name_gets_a_suggestion(name: str, hint: str, tiny_corpus: Corpus) -> None:
    with pytest.raises(ConfigError, match=hint):
        train_baseline(name, tiny_corpus)
    with pytest.raises(ConfigError, match=hint):
        is_available(name)


@pytest.mark.parametrize("train", [[], [[], []]])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_learn_is_an_error(name: str, train: list[TaggedSentence]) -> None:
    with pytest.raises(DataError, match="the training set of 'empty' contains no sentence"):
        train_baseline(name, Corpus("empty", train, [], []))


def test_without_crfsuite_the_error_says_what_to_install(
    tiny_corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycrfsuite", None)
    assert not is_available("crfsuite")
    assert all(is_available(name) for name in BASELINES if name != "crfsuite")
    with pytest.raises(PostaggerError, match=r"needs python-crfsuite: pip install 'postagkit\[compare\]'"):
        train_baseline("crfsuite", tiny_corpus)
