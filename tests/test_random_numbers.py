"""The random numbers of a training are its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger import Config, Corpus, Tagger
from postagger.random_numbers import (
    generator,
    own_random_numbers,
    redirected,
    set_states,
    states,
    uniform_like,
)

MakeConfig = Callable[..., Config]


def _attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value, dropout_p=0.5)


DRAWS: dict[str, Callable[[], Tensor]] = {
    "rand": lambda: torch.rand(5),
    "randn": lambda: torch.randn(5),
    "randint": lambda: torch.randint(9, (5,)),
    "randint from": lambda: torch.randint(2, 9, (5,)),
    "randperm": lambda: torch.randperm(9),
    "rand_like": lambda: torch.rand_like(torch.ones(5)),
    "randn_like": lambda: torch.randn_like(torch.ones(5)),
    "bernoulli": lambda: torch.bernoulli(torch.full((9,), 0.5)),
    "multinomial": lambda: torch.multinomial(torch.ones(9), 4),
    "normal": lambda: torch.normal(torch.zeros(5), 1.0),
    "exponential": lambda: torch.empty(5).exponential_(),
    "dropout": lambda: F.dropout(torch.ones(20)),
    "alpha dropout": lambda: F.alpha_dropout(torch.ones(20), training=True),
    "gumbel": lambda: F.gumbel_softmax(torch.ones(5)),
    "attention": lambda: _attention(*torch.rand(3, 1, 2, 3, 4)),
    "linear": lambda: nn.Linear(3, 2).weight.detach(),
    "lstm": lambda: nn.LSTM(3, 2).get_parameter("weight_hh_l0").detach(),
    "orthogonal": lambda: nn.init.orthogonal_(torch.empty(3, 3)),
    "truncated normal": lambda: nn.init.trunc_normal_(torch.empty(5)),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_what_draws_from_torch_is_redirected(draw: Callable[[], Tensor]) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        expected = draw()
        before = torch.get_rng_state()
        with own_random_numbers(7), redirected():
            assert torch.equal(draw(), expected)
            assert not torch.equal(draw(), expected)
        assert torch.equal(torch.get_rng_state(), before)


def test_a_state_can_be_set_again() -> None:
    with own_random_numbers(1):
        before = states()
        drawn = uniform_like(torch.ones(4))
        set_states(before)
        assert torch.equal(uniform_like(torch.ones(4)), drawn)
    assert generator() is None  # outside, torch's own


TRAININGS: dict[str, dict[str, Any]] = {
    "logistic": {"kind": "logistic"},
    "window": {
        "model": {"hidden": [8, 8], "dropout": 0.4},
        "training": {"optimiser": "adamw", "averaging": 0.9},
    },
    "rnn": {"kind": "rnn", "model": {"layers": 2, "dropout": 0.4}},
    "gru": {"kind": "gru", "model": {"layers": 3, "dropout": 0.4, "variational": True}},
    "lstm": {"kind": "lstm", "model": {"layers": 2, "dropout": 0.4}, "training": {"rdrop_weight": 1.0}},
    "crf": {"model": {"output": "crf", "dropout": 0.4}},
    "characters": {"words": {"character_dim": 4, "character_encoder": "convolution"}},
    "characters read by an LSTM": {"words": {"character_dim": 4, "character_encoder": "lstm"}},
    "pretraining": {"pretraining": {"text": ["TEXT"], "epochs": 1}, "transfer": {"frozen": "words"}},
    "teachers": {"distillation": {"text": ["TEXT"], "seeds": 2}},
    "data sets": {"datasets": [{"train": "TEXT", "head": "other", "weight": 0.5}]},
}


@pytest.mark.parametrize("sections", TRAININGS.values(), ids=TRAININGS)
def test_no_training_draws_from_torchs_random_numbers(
    sections: dict[str, Any], tiny_file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    given = json.loads(json.dumps(sections).replace("TEXT", str(tiny_file)))
    given["words"] = {"dropout": 0.4, "word_dropout": 0.3, "case_noise": 0.3} | given.get("words", {})
    _trains_alike(tiny_corpus, tiny_config(given.pop("kind", "window"), **given))


def test_no_encoder_draws_from_torchs_random_numbers(tiny_corpus: Corpus, encoder_config: MakeConfig) -> None:
    _trains_alike(tiny_corpus, encoder_config(dropout=0.3))


def _trains_alike(corpus: Corpus, config: Config) -> None:
    """Trains twice, with other numbers in torch's generator, which it must leave as it is."""
    found = []
    with torch.random.fork_rng():
        for seed in (1, 2):
            torch.manual_seed(seed)
            before = torch.get_rng_state()
            found.append(Tagger.train(corpus, config).network.state_dict())
            assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(found[1][name], each) for name, each in found[0].items())


def test_what_other_threads_do_changes_no_training(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: object
) -> None:
    config = tiny_config("lstm", training={"epochs": 12}, words={"dropout": 0.5})
    alone = Tagger.train(tiny_corpus, config)
    alone.save(f"{tmp_path}/model")
    done = threading.Event()

    def disturb() -> None:
        while not done.is_set():
            torch.manual_seed(3)
            torch.rand(7)
            Tagger.load(f"{tmp_path}/model").network  # noqa: B018 (builds it)
            Tagger.train(tiny_corpus, tiny_config("window", training={"seed": 9}))

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        disturbed = Tagger.train(tiny_corpus, config)
    finally:
        done.set()
        thread.join()
    weights = disturbed.network.state_dict()
    assert all(torch.equal(weights[name], each) for name, each in alone.network.state_dict().items())
