"""Several taggers as one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nltk.tag.api import TaggerI

from postagger import Config, ConfigError, Corpus, DataError, ModelFileError, Tagger
from postagger.corpora import TaggedSentence
from postagger.tagger import Ensemble

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def members(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> list[Tagger]:
    """Taggers with three models; the last one has the same tags in another order."""
    how = {"epochs": 15, "learning_rate": 0.02}
    corpus = Corpus("tiny", tiny_sentences, [], [])
    backbone = Tagger.train(
        Corpus("tiny", [[("z", tag) for tag in ("WP", "NN")]], [], []), tiny_config("gru", training=how)
    )
    return [
        Tagger.train(corpus, tiny_config(training=how)),
        Tagger.train(corpus, tiny_config("lstm", model={"output": "crf"}, training=how)),
        Tagger.train(
            corpus, tiny_config("gru", training=how, transfer={"keep_head": True}), backbone=backbone
        ),
    ]


@pytest.fixture(scope="module")
def ensemble(members: list[Tagger]) -> Ensemble:
    return Ensemble(members)


@pytest.fixture(scope="module")
def sentences(tiny_sentences: list[TaggedSentence]) -> list[list[str]]:
    return [[], *([word for word, _ in s] for s in tiny_sentences), [], ["zebra", '"', "🦓"], []]


def test_the_members_have_their_tags_in_other_orders(members: list[Tagger]) -> None:
    """Otherwise the tests below would show less."""
    first, _, last = members
    assert first.tagset.tags != last.tagset.tags
    assert set(first.tagset) == set(last.tagset)


def test_a_probability_is_the_mean_of_the_members(
    ensemble: Ensemble, members: list[Tagger], sentences: list[list[str]]
) -> None:
    for words in sentences:
        predictions = [member.distributions(words) for member in members]
        for token, row in enumerate(ensemble.distributions(words)):
            assert list(row.values()) == sorted(row.values(), reverse=True)
            assert row.keys() == set(ensemble.tagset)
            for tag, probability in row.items():
                mean = sum(prediction[token][tag] for prediction in predictions) / 3
                assert probability == pytest.approx(mean, abs=1e-6)


def test_the_most_probable_tag_is_predicted(ensemble: Ensemble, sentences: list[list[str]]) -> None:
    predictions = list(ensemble.tag_sents(sentences))
    for words, prediction in zip(sentences, predictions, strict=True):
        assert [word for word, _ in prediction] == words
        assert [tag for _, tag in prediction] == [next(iter(row)) for row in ensemble.distributions(words)]
    assert len({tag for prediction in predictions for _, tag in prediction}) > 3


def test_one_tagger_is_an_ensemble_of_itself(members: list[Tagger], sentences: list[list[str]]) -> None:
    window = members[0]
    alone = Ensemble([window])
    assert list(alone.tag_sents(sentences)) == list(window.tag_sents(sentences))
    words = [sentence for sentence in sentences if sentence]
    assert np.array_equal(alone.probabilities(words), window.probabilities(words))


@pytest.mark.parametrize("budget", [1, 7, 10**6])
def test_the_token_budget_changes_nothing(
    budget: int, ensemble: Ensemble, sentences: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [ensemble.tag(words) for words in sentences]
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", budget)
    assert list(ensemble.tag_sents(sentences)) == expected
    assert list(ensemble.tag_sents(sentences, workers=2)) == expected


def test_an_endless_stream_is_tagged(ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 10)
    read: Iterator[int] = itertools.count()
    predictions = ensemble.tag_sents(["The", "dog"] for _ in read)
    assert list(itertools.islice(predictions, 3)) == [ensemble.tag(["The", "dog"])] * 3
    assert next(read) < 12


def test_empty_sentences(ensemble: Ensemble) -> None:
    assert ensemble.tag([]) == []
    assert ensemble.distributions([]) == []
    assert list(ensemble.tag_sents([])) == []
    assert list(ensemble.tag_sents([[], []])) == [[], []]


def test_it_is_one_of_nltk_s_taggers(ensemble: Ensemble, tiny_sentences: list[TaggedSentence]) -> None:
    gold = [*tiny_sentences[:5], [("zebra", "NN")], []]
    expected = TaggerI.accuracy(ensemble, gold)
    assert 0 < expected <= 1
    assert ensemble.accuracy(sentence for sentence in gold) == expected
    assert ensemble.evaluate_on(Corpus("gold", [], [], gold)).tokens.value == expected
    assert ensemble.confusion(gold)["DT", "DT"] > 0


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("The dog", r"sentence 2 is one string, 'The dog'"),
        (["The", 7], "sentence 2 contains 7: every token"),
        (["The", None], "sentence 2 contains None: every token"),
    ],
)
def test_an_invalid_sentence_is_named(wrong: Any, problem: str, ensemble: Ensemble) -> None:
    with pytest.raises(DataError, match=problem):
        list(ensemble.tag_sents([["The"], wrong]))


def test_description(ensemble: Ensemble, members: list[Tagger]) -> None:
    assert ensemble.description == "ensemble of 3 (gru and lstm and window) trained on tiny"
    assert ensemble.parameter_count == sum(member.parameter_count for member in members)
    assert ensemble.lexicon is members[0].lexicon


def test_members_with_other_tags_are_an_error(
    members: list[Tagger], tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    other = Tagger.train(Corpus("other", [*tiny_sentences[:3], [("x", "XX")]], [], []), tiny_config())
    with pytest.raises(ConfigError, match="must have the same tags; these differ in ") as caught:
        Ensemble([members[0], other])
    assert "CD" in str(caught.value)
    with pytest.raises(ConfigError, match="needs at least one tagger"):
        Ensemble([])


def test_a_folder_of_models_is_loaded_in_the_order_of_their_names(
    ensemble: Ensemble, members: list[Tagger], sentences: list[list[str]], tmp_path: Path
) -> None:
    for name, member in zip("abc", members, strict=True):
        member.save(tmp_path / f"{name}.safetensors")
    (tmp_path / "notes.txt").write_text("no model")
    loaded = Ensemble.load(tmp_path, device="cpu")
    assert [member.config.model.kind for member in loaded.taggers] == ["window", "lstm", "gru"]
    assert list(loaded.tag_sents(sentences)) == list(ensemble.tag_sents(sentences))
    words = [sentence for sentence in sentences if sentence]
    torch.testing.assert_close(loaded.probabilities(words), ensemble.probabilities(words))


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=rf"^the folder {tmp_path} contains no model \(\*\.safetensors"):
        Ensemble.load(tmp_path)
