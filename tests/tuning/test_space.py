from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger import Config, load_config
from postagger.config import parse_config
from postagger.tuning.space import USUAL, Choice, Draw, Knob, Range, Value, configure, knobs, settings

MakeConfig = Callable[..., Config]

KINDS = ["logistic", "window", "rnn", "gru", "lstm"]
SHIPPED = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))


def values(knob: Knob) -> st.SearchStrategy[Value]:
    """Any value that can be drawn for a knob."""
    if isinstance(knob.values, Choice):
        return st.sampled_from(knob.values.options)
    low, high = knob.values.low, knob.values.high
    if isinstance(low, int) and isinstance(high, int):
        return st.integers(low, high)
    return st.floats(low, high)


def draws(config: Config) -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({knob.name: values(knob) for knob in knobs(config)})


def middle(config: Config, **changes: Value) -> dict[str, Value]:
    """A draw of the first of each choice and the lowest of each range, updated by `changes`."""
    lowest: dict[str, Value] = {
        knob.name: knob.values.options[0] if isinstance(knob.values, Choice) else knob.values.low
        for knob in knobs(config)
    }
    return lowest | {name.replace("_", " "): value for name, value in changes.items()}


def unlike(one: Config, other: Config) -> set[str]:
    """The settings in which two configs differ."""
    before, now = one.model_dump(), other.model_dump()
    return {
        f"{section}.{key}"
        for section in before
        for key in before[section]
        if before[section][key] != now[section][key]
    }


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_draw_is_a_valid_config_that_differs_in_the_knobs_alone(
    kind: str, data: st.DataObject, tiny_config: MakeConfig
) -> None:
    config = tiny_config(kind, words={"character_dim": 4})
    draw: Draw = data.draw(draws(config))
    drawn = configure(config, draw)
    assert parse_config(drawn.model_dump()) == drawn
    turned = {knob.setting for knob in knobs(config)} | {"training.weight_decay"}
    assert unlike(config, drawn) <= turned
    assert settings(drawn, knobs(config)).keys() == turned


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
@given(data=st.data())
def test_every_draw_from_a_shipped_config_is_valid(file: Path, data: st.DataObject) -> None:
    config = load_config(file)
    configure(config, data.draw(draws(config)))


def test_an_empty_draw_changes_nothing(tiny_config: MakeConfig) -> None:
    config = tiny_config("lstm")
    assert configure(config, {}) == config


@pytest.mark.parametrize("kind", KINDS)
def test_knobs_have_names_of_their_own(kind: str, tiny_config: MakeConfig) -> None:
    names = [knob.name for knob in knobs(tiny_config(kind))]
    assert len(set(names)) == len(names)
    assert ("hidden units" in names) == ("layers" in names) == (kind != "logistic")


@pytest.mark.parametrize(
    ("words", "there", "missing"),
    [
        ({}, {"word embedding", "affix and shape embeddings"}, {"characters"}),
        ({"character_dim": 8}, {"characters", "word embedding"}, set()),
        ({"word_dim": 0}, {"affix and shape embeddings"}, {"word embedding", "word dropout (alpha)"}),
        (
            {"prefixes": 0, "suffixes": 0, "shape": False, "character_dim": 8},
            {"characters"},
            {"affix and shape embeddings"},
        ),
        (
            {"prefixes": 0, "suffixes": 0, "shape": False, "word_dim": 0, "character_dim": 8},
            {"dropout of words"},
            {"characters", "word embedding", "affix and shape embeddings"},
        ),
    ],
)
def test_only_settings_that_the_words_use_are_searched(
    words: dict[str, Any], there: set[str], missing: set[str], tiny_config: MakeConfig
) -> None:
    names = {knob.name for knob in knobs(tiny_config("logistic", words=words))}
    assert there <= names
    assert not missing & names


def test_characters_are_on_as_given_or_off(tiny_config: MakeConfig) -> None:
    config = tiny_config("lstm", words={"character_dim": 8})
    (characters,) = (knob for knob in knobs(config) if knob.name == "characters")
    assert characters.values == Choice((0, 8))


@pytest.mark.parametrize("optimiser", USUAL)
def test_the_learning_rate_is_relative_to_the_optimiser(optimiser: str, tiny_config: MakeConfig) -> None:
    config = tiny_config("logistic", training={"optimiser": "sgd", "weight_decay": 0.5})
    training = configure(config, middle(config, optimiser=optimiser, learning_rate=2.0)).training
    usual = USUAL[optimiser]
    assert training.learning_rate == pytest.approx(2 * usual.learning_rate)
    # the given optimiser keeps the given weight decay; the others use their own
    assert training.weight_decay == (0.5 if optimiser == "sgd" else usual.weight_decay)


def test_layers_of_a_window_tagger_are_of_one_size(tiny_config: MakeConfig) -> None:
    config = tiny_config("window")
    model = configure(config, middle(config, hidden_units=70, layers=3)).model
    assert model.model_dump()["hidden"] == (70, 70, 70)


def test_layers_of_a_recurrent_tagger(tiny_config: MakeConfig) -> None:
    config = tiny_config("gru")
    model = configure(config, middle(config, hidden_units=70, layers=2)).model.model_dump()
    assert (model["hidden"], model["layers"]) == (70, 2)


def test_numbers_can_be_read(tiny_config: MakeConfig) -> None:
    config = tiny_config("logistic")
    draw = middle(config, dropout_of_words=0.30000000000000004, learning_rate=0.123456789)
    drawn = configure(config, draw)
    assert (drawn.words.dropout, drawn.training.learning_rate) == (0.3, 0.000494)


def test_a_range_of_whole_numbers() -> None:
    assert Range(1, 3).whole
    assert not Range(0.0, 3.0).whole
