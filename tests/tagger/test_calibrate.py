"""The temperature of a tagger's probabilities: fitted in training, by `calibrate`, and kept in the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from postagger import Config, ConfigError, Corpus, DataError, Ensemble, Tagger
from postagger.evaluation import tempered

WORDS = [["The", "dog", "saw", "her", "."], ["xyzzy"]]


@pytest.fixture(scope="module", params=["softmax", "crf"])
def tagger(request: pytest.FixtureRequest, tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    training = {"epochs": 6, "learning_rate": 0.02}
    return Tagger.train(
        tiny_corpus, tiny_config("window", model={"output": request.param}, training=training)
    )


def test_training_fits_it_on_dev(tagger: Tagger, tiny_corpus: Corpus) -> None:
    assert tagger.temperature != 1.0
    assert tagger.calibrate(tiny_corpus).temperature == pytest.approx(tagger.temperature, rel=1e-4)


def test_probabilities_are_those_of_the_network_at_the_temperature(tagger: Tagger) -> None:
    plain = tagger.at_temperature(1.0).probabilities(WORDS)
    np.testing.assert_allclose(tagger.probabilities(WORDS), tempered(plain, tagger.temperature), atol=1e-6)
    assert list(tagger.tag_sents(WORDS)) == list(tagger.at_temperature(9.0).tag_sents(WORDS))


def test_calibrate_changes_the_probabilities_of_a_new_tagger_only(
    tagger: Tagger, tiny_corpus: Corpus
) -> None:
    before = tagger.temperature
    other = tagger.calibrate(tiny_corpus.train)
    assert other.temperature != before == tagger.temperature
    assert other.tag(WORDS[0]) == tagger.tag(WORDS[0])
    assert tagger.calibrate(tiny_corpus, "train").temperature == other.temperature


def test_it_is_kept_in_the_file(tagger: Tagger, tmp_path: Path) -> None:
    tagger.save(tmp_path / "model.safetensors")
    loaded = Tagger.load(tmp_path / "model.safetensors")
    assert loaded.temperature == tagger.temperature
    np.testing.assert_array_equal(loaded.probabilities(WORDS), tagger.probabilities(WORDS))


def test_without_dev_it_is_1(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> None:
    assert Tagger.train(tiny_corpus.train, tiny_config()).temperature == 1.0


def test_each_head_has_its_own(tiny_config: Callable[..., Config]) -> None:
    from postagger import load_corpus

    columns = load_corpus("sample", column=["xpos", "upos"])
    both = Tagger.train(columns, tiny_config("window"))
    xpos, upos = (both.with_head(name) for name in both.heads)
    assert len({1.0, xpos.temperature, upos.temperature}) == 3
    changed = upos.calibrate(columns, "train")
    assert changed.temperature != upos.temperature
    assert changed.with_head(xpos.head).temperature == xpos.temperature


def test_the_members_of_an_ensemble_have_one(tagger: Tagger, tiny_corpus: Corpus, tmp_path: Path) -> None:
    ensemble = Ensemble([tagger.at_temperature(0.5), tagger.at_temperature(3.0)])
    found = ensemble.calibrate(tiny_corpus)
    first, second = found.taggers
    assert first.temperature == second.temperature == pytest.approx(tagger.temperature, rel=1e-4)
    found.save(tmp_path / "models")
    assert Ensemble.load(tmp_path / "models").taggers[1].temperature == found.taggers[1].temperature


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan"), float("inf"), "1", None, True])
def test_a_temperature_is_a_number_above_0(tagger: Tagger, temperature: Any) -> None:
    with pytest.raises(ConfigError, match="a temperature is a number"):
        tagger.at_temperature(temperature)


@pytest.mark.parametrize(
    ("gold", "message"), [([], "nothing to calibrate"), ([[("a", "NO_SUCH_TAG")]], "nothing to calibrate")]
)
def test_what_it_cannot_be_fitted_to(tagger: Tagger, gold: list[list[tuple[str, str]]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        tagger.calibrate(gold)


def test_an_evaluation_knows_how_sure_the_tagger_was(tagger: Tagger, tiny_corpus: Corpus) -> None:
    found = tagger.evaluate_on(tiny_corpus, "train").calibration
    assert found is not None
    assert len(found) == sum(map(len, tiny_corpus.train))
    expected = [
        tagger.distributions([word for word, _ in sentence]) for sentence in tiny_corpus.train if sentence
    ]
    mean = np.mean([next(iter(each.values())) for row in expected for each in row])
    by_bins = sum(each.tokens * (each.confidence or 0) for each in found.reliability()) / len(found)
    assert by_bins == pytest.approx(mean, abs=0.02 if tagger.config.model.output == "crf" else 1e-5)
