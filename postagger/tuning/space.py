"""The search space: which settings are searched, and within which bounds.

A *draw* is one value for each knob; `configure` applies it to a config. Most knobs are the setting itself.
Two are not:

- The **learning rate** is drawn as a multiple of the optimiser's usual rate (`USUAL`), because a rate
  that suits Adam is a thousand times too small for plain gradient descent. So the knob has the same range
  for every optimiser, and its importance does not depend on the optimiser's scale.
- The **optimiser** sets the weight decay too. In all but AdamW that is an L2 penalty on the loss, and
  AdamW's usual 0.01 would ruin their accuracy: the search would blame the optimiser for the penalty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from postagger.config import OPTIMISERS, Config, ModelConfig, TrainingConfig, WindowConfig, parse_config

Value = float | int | str
Draw = Mapping[str, Value]
"""A value for each knob, by its name."""


class Usual(NamedTuple):
    """The usual settings of an optimiser."""

    learning_rate: float
    weight_decay: float


USUAL = {
    "adamw": Usual(4e-3, 0.01),
    "adam": Usual(4e-3, 0.0),
    "momentum": Usual(0.5, 0.0),
    "sgd": Usual(5.0, 0.0),
}
"""Rates from a coarse sweep of window and LSTM taggers on the treebank: four epochs, batches of 16.

They scale the search and are no defaults: those follow the batch size too (`postagger.config.training`).
"""


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; integers if both are.

    Attributes:
        log: draw uniformly on a logarithmic scale.
        step: draw only `low` plus multiples of this.
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
    """One of several values, all equally likely."""

    options: tuple[Value, ...]


@dataclass(frozen=True)
class Knob:
    """One setting that the search varies.

    Attributes:
        name: its name in draws, tables and pictures.
        setting: the setting in a config, as ``section.key``.
        values: the values to draw from.
    """

    name: str
    setting: str
    values: Range | Choice


OPTIMISER, LEARNING_RATE = "optimiser", "learning rate"
_HIDDEN, _LAYERS = "hidden units", "layers"
_NAMES = {"hidden": _HIDDEN, "layers": _LAYERS}
_DROPOUT = Range(0.0, 0.7, step=0.05)


def knobs(config: Config) -> tuple[Knob, ...]:
    """The search space of a config: only settings that its model and words use."""
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
    return tuple(dict.fromkeys([*USUAL, config.training.optimiser]))


def _usual(optimiser: str, batch_size: int | str) -> Usual:
    """What suits an optimiser; of one from outside, what it says itself."""
    if optimiser in USUAL:
        return USUAL[optimiser]
    known = OPTIMISERS.find(optimiser).defaults(batch_size)
    fields = TrainingConfig.model_fields
    return Usual(*(float(known.get(name, fields[name].default)) for name in Usual._fields))


def _model_knobs(model: ModelConfig) -> list[Knob]:
    """The settings that the kind of model declares as searched, and the dropout of its hidden units."""
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
    """Applies a draw to a config; an empty draw changes nothing."""
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
    """The values that a config has for the settings of a space, by ``section.key``."""
    sections = config.model_dump()
    found = {}
    for name in (*(knob.setting for knob in space), "training.weight_decay"):
        section, _, key = name.partition(".")
        found[name] = sections[section][key]
    return found


def _rounded(value: Value) -> Value:
    """The value with three significant digits, which are precise enough and readable."""
    return float(f"{value:.3g}") if isinstance(value, float) else value
