"""Where a search looks: the one place that says which settings are tried, and within which bounds.

A *draw* is one value for each knob; `configure` lays it on a config. Most knobs are a setting as it is.
Two are not:

- The **learning rate** is drawn as a multiple of what suits the optimiser (`OPTIMISERS`), for a rate that
  suits Adam is a thousand times too small for plain gradient descent. So one knob has one range whatever
  the optimiser, and its importance is that of the rate, not of the optimiser's unit.
- The **optimiser** brings its weight decay along. In all but AdamW that is an L2 penalty on the loss, and
  AdamW's usual 0.01 would ruin them: the search would blame the optimiser for the penalty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from postagger.config import OPTIMISERS as REGISTERED
from postagger.config import Config, ModelConfig, TrainingConfig, WindowConfig, parse_config

Value = float | int | str
Draw = Mapping[str, Value]
"""Knob to value."""


class Usual(NamedTuple):
    """What suits an optimiser."""

    learning_rate: float
    weight_decay: float


OPTIMISERS = {
    "adamw": Usual(4e-3, 0.01),
    "adam": Usual(4e-3, 0.0),
    "momentum": Usual(0.5, 0.0),
    "sgd": Usual(5.0, 0.0),
}
"""Rates from a coarse sweep of window and LSTM taggers on the treebank: four epochs, batches of 16."""


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; whole ones if both are whole.

    Attributes:
        log: drawn evenly on a logarithmic scale.
        step: only multiples of it above `low`.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)


@dataclass(frozen=True)
class Choice:
    """One of some values, all as likely."""

    options: tuple[Value, ...]


@dataclass(frozen=True)
class Knob:
    """One thing to turn.

    Attributes:
        name: what draws, tables and pictures call it.
        setting: where it goes, as ``section.key``.
        values: what is tried.
    """

    name: str
    setting: str
    values: Range | Choice


OPTIMISER, LEARNING_RATE = "optimiser", "learning rate"
_HIDDEN, _LAYERS = "hidden units", "layers"
_NAMES = {"hidden": _HIDDEN, "layers": _LAYERS}
_DROPOUT = Range(0.0, 0.7, step=0.05)


def knobs(config: Config) -> tuple[Knob, ...]:
    """The search space of a config: what its model and its words have, and no more."""
    words = config.words
    features = bool(words.prefixes or words.suffixes or words.shape)
    space = [
        Knob(OPTIMISER, "training.optimiser", Choice(_optimisers(config))),
        Knob(LEARNING_RATE, "training.learning_rate", Range(0.03, 10.0, log=True)),
        Knob("batch size", "training.batch_size", Range(8, 128, log=True)),
        Knob("dropout of words", "words.dropout", _DROPOUT),
    ]
    if words.word_dim:
        space += [
            Knob("word dropout (alpha)", "words.word_dropout", Range(0.02, 2.0, log=True)),
            Knob("word embedding", "words.word_dim", Range(16, 256, log=True)),
        ]
    if features:
        space.append(Knob("affix and shape embeddings", "words.feature_dim", Range(8, 64, log=True)))
    if words.character_dim and (words.word_dim or features):
        space.append(Knob("characters", "words.character_dim", Choice((0, words.character_dim))))
    return (*space, *_model_knobs(config.model))


def _optimisers(config: Config) -> tuple[str, ...]:
    """What is tried: the optimisers of this package, and the config's own."""
    return tuple(dict.fromkeys([*OPTIMISERS, config.training.optimiser]))


def _usual(optimiser: str, batch_size: int | str) -> Usual:
    """What suits an optimiser; of one from outside, what it says itself."""
    if optimiser in OPTIMISERS:
        return OPTIMISERS[optimiser]
    known = REGISTERED.find(optimiser).defaults(batch_size)
    fields = TrainingConfig.model_fields
    return Usual(*(float(known.get(name, fields[name].default)) for name in Usual._fields))


def _model_knobs(model: ModelConfig) -> list[Knob]:
    """What a kind of model says of itself that a search may vary, and the dropout of its hidden units."""
    if isinstance(model, WindowConfig):
        found = [
            Knob(_HIDDEN, "model.hidden", Range(50, 800, log=True)),
            Knob(_LAYERS, "model.hidden", Range(1, 3)),
        ]
    else:
        found = [
            Knob(_NAMES.get(name, name), f"model.{name}", Range(low, high, log=name != "layers"))
            for name, (low, high) in model.searched.items()
        ]
    if "dropout" in type(model).model_fields:
        found.append(Knob("dropout of hidden units", "model.dropout", _DROPOUT))
    return found


def configure(config: Config, draw: Draw) -> Config:
    """The config with a draw laid on top; an empty one changes nothing."""
    if not draw:
        return config
    sections = config.model_dump()
    model, training = sections["model"], sections["training"]
    for knob in knobs(config):
        section, _, key = knob.setting.partition(".")
        sections[section][key] = _rounded(draw[knob.name])
    if isinstance(config.model, WindowConfig):
        model["hidden"] = [draw[_HIDDEN]] * int(draw[_LAYERS])
    usual = _usual(training["optimiser"], training["batch_size"])
    training["learning_rate"] = _rounded(usual.learning_rate * float(draw[LEARNING_RATE]))
    if training["optimiser"] != config.training.optimiser:
        training["weight_decay"] = usual.weight_decay
    return parse_config(sections, source="a draw")


def settings(config: Config, space: Iterable[Knob]) -> dict[str, Any]:
    """What a config has where the knobs of a space turn: ``section.key`` to value."""
    sections = config.model_dump()
    found = {}
    for name in (*(knob.setting for knob in space), "training.weight_decay"):
        section, _, key = name.partition(".")
        found[name] = sections[section][key]
    return found


def _rounded(value: Value) -> Value:
    """Three digits are as fine as it matters, and can be read."""
    return float(f"{value:.3g}") if isinstance(value, float) else value
