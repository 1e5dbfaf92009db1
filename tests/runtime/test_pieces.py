"""Long sentences are cut into overlapping pieces, and nobody sees it in the tags."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
from random_networks import MODELS, TAGS, WORDS, Both

from postagger import DataError, Tagger
from postagger.features import TagDictionary
from postagger.inference.forward import ForwardPredictor
from postagger.models import TrainedModel
from postagger.runtime import Predictor, fast_predictor, numpy_predictor, pieces

LONG = random.Random(3).choices(WORDS, k=333)
SENTENCES = [LONG[:20], [], LONG, LONG[50:150], ["old"]]
MASK = TagDictionary({"the": "VB", "trees": ["DT", "NN"]}).mask(TAGS)


def predictors(both: Both, *others: int) -> list[Predictor]:
    checkpoint = both.checkpoint(*others)
    heads = list(checkpoint.tagsets)
    trained = TrainedModel.from_checkpoint(checkpoint)
    fast = fast_predictor(checkpoint, heads)
    assert fast is not None
    return [fast, numpy_predictor(checkpoint, heads), ForwardPredictor(checkpoint, trained, heads, "float32")]


@pytest.mark.parametrize(
    "name", [name for name in MODELS if name.startswith(("window", "logistic")) and "wide" not in name]
)
def test_the_answers_of_a_window_stay_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in predictors(Both(MODELS[name]), 3):
        whole = [found.tags(SENTENCES), found.tags(SENTENCES, MASK), found.tags_by_head(SENTENCES)]
        pairs, probabilities = found.tag(SENTENCES), found.probabilities(SENTENCES)
        with monkeypatch.context() as patch:
            patch.setattr(pieces, "LONGEST", 25)
            cut = [found.tags(SENTENCES), found.tags(SENTENCES, MASK), found.tags_by_head(SENTENCES)]
            assert [each.tolist() for each in cut] == [each.tolist() for each in whole]
            assert found.tag(SENTENCES) == pairs
            np.testing.assert_allclose(found.probabilities(SENTENCES), probabilities, atol=1e-5)


@pytest.mark.parametrize("name", ["lstm, 2 layers, both ways", "gru, 1 layers, one way", "lstm, crf"])
def test_those_of_a_recurrent_network_hardly_change(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in predictors(Both(MODELS[name], scale=1.0)):
        whole, tags = found.probabilities([LONG]), found.tags([LONG])
        with monkeypatch.context() as patch:
            patch.setattr(pieces, "LONGEST", 120)
            patch.setattr(found, "_pieces", pieces.Pieces(margin=40))
            with pytest.warns(UserWarning, match="a sentence of 333 tokens is tagged in pieces"):
                np.testing.assert_allclose(found.probabilities([LONG]), whole, atol=1e-4)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert np.mean(found.tags([LONG]) == tags) > 0.99


def test_a_token_that_is_no_string_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LONGEST", 25)
    tagger = Tagger(Both(MODELS["window"]).checkpoint())
    with pytest.raises(DataError, match="sentence 1 contains 7"):
        tagger.tag([*LONG, 7])  # type: ignore[list-item]
