"""The estimator for scikit-learn, and the transformer: with scikit-learn's own tools."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from postagger import Config, ConfigError, DataError, ModelFileError, Tagger, load_config
from postagger.corpora import TaggedSentence

pytest.importorskip("sklearn", reason="needs the extra sklearn")

import joblib
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from postagger.serving.sklearn import TaggerEstimator, TagTransformer

pytestmark = pytest.mark.usefixtures("one_thread")

Lists = list[list[str]]


@pytest.fixture(scope="module")
def words(tiny_sentences: list[TaggedSentence]) -> Lists:
    return [[word for word, _ in sentence] for sentence in tiny_sentences]


@pytest.fixture(scope="module")
def tags(tiny_sentences: list[TaggedSentence]) -> Lists:
    return [[tag for _, tag in sentence] for sentence in tiny_sentences]


@pytest.fixture(scope="module")
def tiny(tiny_config: Callable[..., Config]) -> Config:
    return tiny_config(training={"epochs": 8, "learning_rate": 0.02})


@pytest.fixture(scope="module")
def fitted(words: Lists, tags: Lists, tiny: Config) -> TaggerEstimator:
    return TaggerEstimator(tiny).fit(words, tags)


# -- training and tagging -----------------------------------------------------------------------------------


def test_it_is_the_tagger_that_train_gives(
    fitted: TaggerEstimator, tiny_sentences: list[TaggedSentence], words: Lists, tags: Lists, tiny: Config
) -> None:
    tagger = Tagger.train(tiny_sentences, tiny)
    predicted = [[tag for _, tag in sentence] for sentence in tagger.tag_sents(words)]
    assert fitted.predict(words).tolist() == predicted
    assert fitted.score(words, tags) == tagger.accuracy(tiny_sentences)
    assert fitted.classes_.tolist() == list(tagger.tagset)


def test_results_are_arrays_with_an_entry_for_each_sentence(fitted: TaggerEstimator, words: Lists) -> None:
    some = [words[0], [], words[1]]
    for given in (some, iter(some), np.array(some, object)):
        found = fitted.predict(given)
        assert (found.dtype, found.shape) == (np.dtype(object), (3,))
        assert [len(each) for each in found] == [len(each) for each in some]
    rows = fitted.predict_proba(some)
    assert [each.shape for each in rows] == [(len(each), len(fitted.classes_)) for each in some]
    best = [fitted.classes_[each.argmax(axis=1)].tolist() for each in rows]
    assert best == found.tolist()
    np.testing.assert_allclose(rows[0].sum(axis=1), 1, rtol=1e-5)
    for method in (fitted.predict, fitted.predict_proba):
        assert method([]).shape == (0,)
        assert len(method([[]])) == 1


def test_scores_are_over_tokens_that_have_a_tag(fitted: TaggerEstimator, words: Lists) -> None:
    right = fitted.predict(words).tolist()
    assert fitted.score(words, right) == 1.0
    wrong = [["?"] * len(each) for each in right]
    two = [words[0], words[4]]  # of 7 and 8 words
    assert fitted.score(two, [right[0], wrong[4]]) == 7 / 15
    assert fitted.score(two, [right[0], wrong[4]], sample_weight=[8, 7]) == 0.5
    assert fitted.score(two, [right[0], ["_"] * 8]) == 1.0
    with pytest.raises(ValueError, match="nothing to score: no token has a tag"):
        fitted.score(two, [["_"] * 7, ["_"] * 8])


def test_a_seed_decides(words: Lists, tags: Lists, tiny: Config) -> None:
    def weights(random_state: Any) -> bytes:
        found = TaggerEstimator(tiny, random_state=random_state).fit(words, tags).predict_proba(words)
        return b"".join(each.tobytes() for each in found)

    assert weights(None) == weights(None) == weights(tiny.training.seed)
    assert weights(5) == weights(5) != weights(6)
    state = np.random.RandomState(3)
    drawn = weights(state)
    assert drawn != weights(state)
    assert drawn == weights(np.random.RandomState(3))


# -- parameters ---------------------------------------------------------------------------------------------


def test_settings_of_the_config_are_parameters(tiny: Config) -> None:
    estimator = TaggerEstimator("lstm", overrides={"training": {"epochs": 3}}, random_state=7)
    assert estimator.get_params(deep=False) == {
        "config": "lstm",
        "overrides": {"training": {"epochs": 3}},
        "random_state": 7,
    }
    assert estimator.get_params()["training__epochs"] == 3
    same = estimator.set_params(model__hidden=64, training__epochs=4, random_state=8)
    assert same is estimator
    assert estimator._settings() == load_config("lstm", {"training.epochs": 4, "model.hidden": 64})
    assert estimator.get_params()["model__hidden"] == 64
    copied = clone(estimator)
    assert copied.get_params() == estimator.get_params()
    copied.set_params(model__hidden=32)
    assert estimator.get_params()["model__hidden"] == 64
    assert TaggerEstimator(tiny, overrides={"model.hidden": [3]})._settings().model.hidden == (3,)  # type: ignore[attr-defined]
    plain = {"model": {"kind": "gru"}, "training": {"epochs": 2}}
    assert TaggerEstimator(plain)._settings().model.kind == "gru"
    assert "overrides" in repr(estimator)


def test_wrong_parameters(words: Lists, tags: Lists, tiny: Config) -> None:
    with pytest.raises(ConfigError, match="there is no parameter modle__hidden: expected section__key"):
        TaggerEstimator().set_params(modle__hidden=3)
    with pytest.raises(ValueError, match="Invalid parameter 'hidden'"):
        TaggerEstimator().set_params(hidden=3)
    with pytest.raises(ConfigError, match="hidden"):
        TaggerEstimator(tiny).set_params(model__hiden=[3]).fit(words, tags)
    with pytest.raises(ConfigError, match="windwo"):
        TaggerEstimator("windwo").fit(words, tags)


@pytest.mark.parametrize(
    ("sentences", "tags", "message"),
    [
        ([], [], "there are no sentences: X is empty"),
        ([["a"]], None, "y is missing"),
        ([["a"]], [["A"], ["B"]], "X has 1 sentences, but y has the tags of 2"),
        ([["a"], ["b", "c"]], [["A"], ["B"]], "sentence 2 has 2 words, but 1 tags"),
        ("the dog", [["A"]], "expected sentences, each a list of words; got 'the dog'"),
        (["the dog"], [["A"]], "sentence 1 is one string"),
        ([["a"]], ["A"], "y has a list of tags for each sentence: sentence 1 is one string"),
        ([[3]], [["A"]], "sentence 1 contains 3: every token must be a string"),
        (np.ones((2, 2)), [["A"], ["B"]], "every token must be a string"),
        ([["a"]], [[1]], "y has a list of tags for each sentence: sentence 1 contains 1"),
    ],
)
def test_wrong_sentences(sentences: Any, tags: Any, message: str, tiny: Config) -> None:
    for error in (ValueError, DataError):
        with pytest.raises(error, match=message):
            TaggerEstimator(tiny).fit(sentences, tags)


def test_it_has_to_be_fitted_first() -> None:
    for call in (TaggerEstimator().predict, TaggerEstimator().predict_proba):
        with pytest.raises(NotFittedError):
            call([["a"]])
    with pytest.raises(NotFittedError):
        TaggerEstimator().score([["a"]], [["A"]])


# -- scikit-learn's tools -----------------------------------------------------------------------------------


def test_cross_validation(words: Lists, tags: Lists, tiny: Config) -> None:
    estimator = TaggerEstimator(tiny)
    scores = cross_val_score(estimator, words, tags, cv=3)
    assert len(scores) == 3
    assert 0.2 < scores.mean() < 1
    whole = make_scorer(lambda y, found: np.mean([a == b for a, b in zip(y, found, strict=True)]))
    assert len(cross_val_score(estimator, words, tags, cv=2, scoring=whole)) == 2
    found = cross_val_predict(estimator, words, tags, cv=2)
    assert [len(each) for each in found] == [len(each) for each in words]
    sizes, _, held_out = learning_curve(estimator, words, tags, cv=2, train_sizes=[0.5, 1.0])
    assert (sizes.tolist(), held_out.shape) == ([5, 10], (2, 2))


def test_grid_search(words: Lists, tags: Lists, tiny: Config) -> None:
    grid = {"training__epochs": [1, 15], "model__hidden": [[8]]}
    search = GridSearchCV(TaggerEstimator(tiny), grid, cv=2).fit(words, tags)
    assert search.best_params_ == {"training__epochs": 15, "model__hidden": [8]}
    assert search.best_estimator_.tagger_.config.model.hidden == (8,)
    assert search.score(words, tags) > 0.7
    kinds = GridSearchCV(TaggerEstimator(tiny), {"overrides": [{"model.kind": "logistic"}]}, cv=2)
    with pytest.warns(UserWarning, match=r"model\.kind=logistic has its own defaults"):
        kinds.fit(words, tags)
    assert kinds.best_estimator_.tagger_.config.model.kind == "logistic"


def test_it_survives_a_file(fitted: TaggerEstimator, words: Lists, tmp_path: Path) -> None:
    joblib.dump(fitted, tmp_path / "estimator.joblib")
    for copied in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "estimator.joblib")):
        assert copied.predict(words).tolist() == fitted.predict(words).tolist()
        assert copied.get_params()["config"] == fitted.config
    fitted.tagger_.save(tmp_path / "model.safetensors")
    assert Tagger.load(tmp_path / "model.safetensors").tag(words[0]) == fitted.tagger_.tag(words[0])


class OfNumbers(TaggerEstimator):
    """The estimator for scikit-learn's own checks, which are for numbers.

    A row of numbers is a sentence of words, and a row's class the tag of all its words.
    """

    def __init__(self, random_state: int | None = None) -> None:
        super().__init__(random_state=random_state)

    def _settings(self) -> Config:
        small = {"word_dim": 8, "prefixes": 0, "suffixes": 1, "feature_dim": 4}
        quiet = {"dropout": 0.0, "word_dropout": 0.0, "case_noise": 0.0}
        model = {"kind": "window", "hidden": [8], "dropout": 0.0}
        training = {"epochs": 2, "warmup": 0, "device": "cpu"}
        return load_config("window", {"words": small | quiet, "model": model, "training": training})

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.string = True, False
        return tags

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        return {"random_state": self.random_state}

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        return super().fit(_as_words(X), _as_tags(X, y))

    def predict(self, X: Any) -> Any:  # noqa: N803
        tags = super().predict(_as_words(X))
        return tags if isinstance(X, list) else np.array([float(each[0]) for each in tags])

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        return np.array([rows[0] for rows in super().predict_proba(_as_words(X))])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803
        return super().score(_as_words(X), _as_tags(X, y), sample_weight)


def _as_words(rows: Any) -> Any:
    if isinstance(rows, list) and isinstance(rows[0][0], str):
        return rows
    return [[str(round(float(number), 1)) for number in row] for row in np.asarray(rows)]


def _as_tags(rows: Any, classes: Any) -> Any:
    return None if classes is None else [[str(each)] * np.asarray(rows).shape[1] for each in classes]


SPARSE = "sentences are not a matrix, so they can't be a sparse one"


def test_scikit_learn_s_own_checks() -> None:
    expected = {
        "check_estimator_sparse_tag": SPARSE,
        "check_estimator_sparse_array": SPARSE,
        "check_estimator_sparse_matrix": SPARSE,
    }
    found = check_estimator(OfNumbers(), expected_failed_checks=expected, on_fail=None, on_skip=None)
    by_status: dict[str, set[str]] = {}
    for each in found:
        by_status.setdefault(each["status"], set()).add(each["check_name"])
    assert by_status.get("failed", set()) == set()
    assert by_status["xfail"] == set(expected)
    assert len(by_status["passed"]) >= 25


# -- tags of texts as features ------------------------------------------------------------------------------


def test_tags_of_texts() -> None:
    texts = ["The dog barks. It's old!", "", "Birds\nfly"]
    assert TagTransformer().transform(texts) == ["DT NN VBZ . PRP VBZ JJ .", "", "NNS VB"]
    found = TagTransformer(head="upos", output="tokens").fit_transform(iter(texts))
    assert found[0] == "The/DET dog/NOUN barks/VERB ./PUNCT It/PRON 's/AUX old/ADJ !/PUNCT"
    assert clone(TagTransformer(head="upos")).get_params() == {
        "model": "en",
        "head": "upos",
        "output": "tags",
    }


def test_tags_tell_questions_from_answers() -> None:
    questions = ["Who saw it?", "What did she say?", "Where are you?", "Why did he go?", "Who knows?"]
    answers = ["The old man saw it.", "She said no.", "In a house.", "Because of rain.", "Nobody knows."]
    features = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False, ngram_range=(1, 2))
    model = make_pipeline(TagTransformer(), features, LogisticRegression())
    model.fit(questions + answers, [1] * 5 + [0] * 5)
    assert model.predict(["When did they leave?", "They left a week ago."]).tolist() == [1, 0]
    assert pickle.loads(pickle.dumps(model)).predict(["Who left?"]).tolist() == [1]


def test_wrong_texts() -> None:
    for wrong, message in (("a text", "a list of strings; got 'a text'"), ([["a"]], "got \\['a'\\] among")):
        with pytest.raises(ValueError, match=message):
            TagTransformer().transform(wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="unknown head 'x'"):
        TagTransformer(head="x").fit(["a"])
    with pytest.raises(ConfigError, match="output='words': expected 'tags' or 'tokens'"):
        TagTransformer(output="words").transform(["a"])  # type: ignore[arg-type]
    with pytest.raises(ModelFileError, match="cannot read the model"):
        TagTransformer("nothing.safetensors").fit(["a"])
