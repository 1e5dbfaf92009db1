"""Every kind of network with every option: NumPy against the forward pass of torch."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import MODELS, WORDS, Both, parts, scores_of, some_sentences

from postagger.config import Activation, ModelConfig
from postagger.config.models import LstmConfig
from postagger.runtime import build_network, recurrence, window
from postagger.runtime.activations import ACTIVATIONS


@pytest.mark.parametrize("name", MODELS)
def test_scores_tags_and_probabilities_are_those_of_the_forward_pass(name: str) -> None:
    both = Both(MODELS[name])
    found, expected = both.predictor(), both.reference()
    for seed in range(2):
        sentences = some_sentences(seed)
        scores = found.scores(*parts(sentences))
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, scores_of(expected, sentences), rtol=1e-4, atol=1e-4)
        assert found.tags(sentences).tolist() == expected.tags(sentences).tolist()
        probabilities = found.probabilities(sentences)
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, expected.probabilities(sentences).numpy(), atol=1e-5)


@pytest.mark.parametrize("name", ["window, crf", "logistic", "lstm, 2 layers, both ways", "lstm, crf"])
def test_blocks_and_groups_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is longer than a block, and has more sentences than a group."""
    both = Both(MODELS[name])
    sentences = [*some_sentences(3, 150), WORDS * 20]
    whole = both.predictor().scores(*parts(sentences))
    monkeypatch.setattr(window, "_BLOCK", 7)
    monkeypatch.setattr(recurrence, "_SENTENCES", 3)
    monkeypatch.setattr(recurrence, "_BLOCK", 7)
    found = both.predictor()
    np.testing.assert_allclose(found.scores(*parts(sentences)), whole, rtol=1e-4, atol=1e-4)
    assert found.tags(sentences).tolist() == both.reference().tags(sentences).tolist()


WINDOW, LSTM = Both(MODELS["window, lopsided"]), Both(MODELS["lstm, 2 layers, both ways"])
FOUND = {both: both.predictor() for both in (WINDOW, LSTM)}


@given(
    sentences=st.lists(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=6), max_size=6).filter(
        any
    )
)
@pytest.mark.parametrize("both", [WINDOW, LSTM], ids=["window", "lstm"])
def test_any_sentences_get_the_scores_of_the_forward_pass(both: Both, sentences: list[list[str]]) -> None:
    scores = FOUND[both].scores(*parts(sentences))
    np.testing.assert_allclose(scores, scores_of(both.reference(), sentences), rtol=1e-4, atol=1e-4)


def test_a_kind_from_elsewhere_is_not_built() -> None:
    class Own(ModelConfig):
        kind: str = "own"

    class Inherited(LstmConfig):
        """Its network may compute something else."""

    both = Both(MODELS["lstm, one unit"])
    outputs = both.weights["head.scores.weight"], both.weights["head.scores.bias"]
    for model in (Own(), Inherited()):
        config = both.config.model_copy(update={"model": model})
        assert build_network(config, both.weights, both.rows, outputs) is None


def test_there_is_a_function_for_every_activation() -> None:
    assert set(ACTIVATIONS) == set(get_args(Activation))
