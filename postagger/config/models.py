"""Settings of the models: the base class of all kinds, those that come with the package, and their registry.

No torch here: what a model is built from can be read, checked and shown without it. Each kind's network is a
class in `postagger.models`, named here by its path. A kind from outside the package registers its settings
and its class together (`postagger.models.register_model`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from postagger.config.section import Proportion, Section, Several
from postagger.errors import ConfigError
from postagger.registry import Registry

Activation = Literal["none", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"]


class ModelConfig(Section):
    """Settings that every kind of model has; a kind's own settings are a subclass of this."""

    kind: str = Field(min_length=1, description="which model: a registered kind, or package.module:Class")
    output: Literal["softmax", "crf"] = Field(
        "softmax", description="each tag by itself, or a linear-chain CRF over the sentence's tags"
    )

    searched: ClassVar[Mapping[str, tuple[float, float]]] = {}
    """Settings that ``postagger tune`` varies, each with its lowest and highest value, on a log scale."""

    @property
    def description(self) -> str:
        """The model in a few words, for reports."""
        return self.kind


@dataclass(frozen=True)
class ModelKind:
    """A kind of model.

    Attributes:
        settings: its section of a config.
        target: its class, called with the settings and the size of a word vector; of kinds that come with
            the package the path, so that torch is imported when a network is built and not before.
    """

    settings: type[ModelConfig]
    target: Any


MODELS = Registry("model.kind", "postagger.models", ModelKind)
"""Every kind of model that a config can name."""


class _WindowedConfig(ModelConfig):
    left: int = Field(2, ge=0, le=50, description="words seen to the left")
    right: int = Field(2, ge=0, le=50, description="words seen to the right")

    @property
    def description(self) -> str:
        return f"{self.kind}, {self.left} + 1 + {self.right} words"


class LogisticConfig(_WindowedConfig):
    """Multinomial logistic regression over the word vectors in a window."""

    kind: Literal["logistic"] = "logistic"


class WindowConfig(_WindowedConfig):
    """Time-delay feedforward network: hidden layers over the word vectors in a window."""

    kind: Literal["window"] = "window"
    hidden: Several[Annotated[int, Field(ge=1, le=16384)]] = Field(
        (128,), min_length=1, description="units of each hidden layer"
    )
    activation: Activation = Field("relu", description="the hidden layers' non-linearity")
    dropout: Proportion = Field(0.4, description="share of the hidden units dropped in training")

    @property
    def description(self) -> str:
        units = " and ".join(map(str, self.hidden))
        return f"{super().description}, {units} units ({self.activation})"


class _RecurrentConfig(ModelConfig):
    hidden: int = Field(128, ge=1, le=16384, description="units of the state, in each direction")
    layers: int = Field(1, ge=1, le=16, description="recurrent layers on top of each other")
    bidirectional: bool = Field(True, description="read the sentence from both ends")
    dropout: Proportion = Field(0.4, description="share of each layer's output units dropped in training")
    variational: bool = Field(
        False, description="drop the same of the last layer's units at every token of a sentence"
    )

    searched: ClassVar[Mapping[str, tuple[float, float]]] = {"hidden": (32, 256), "layers": (1, 2)}

    @property
    def description(self) -> str:
        layers = f"{self.layers} layers of " if self.layers > 1 else ""
        directions = "in each direction" if self.bidirectional else "from left to right"
        return f"{self.kind}, {layers}{self.hidden} units {directions}"


class RnnConfig(_RecurrentConfig):
    """Elman's simple recurrent network."""

    kind: Literal["rnn"] = "rnn"
    activation: Literal["tanh", "relu"] = Field("tanh", description="the recurrence's non-linearity")


class GruConfig(_RecurrentConfig):
    """Gated recurrent units."""

    kind: Literal["gru"] = "gru"


class LstmConfig(_RecurrentConfig):
    """Long short-term memory."""

    kind: Literal["lstm"] = "lstm"


for _kind, _settings, _path in (
    ("logistic", LogisticConfig, "postagger.models.logistic:Logistic"),
    ("window", WindowConfig, "postagger.models.window:Window"),
    ("rnn", RnnConfig, "postagger.models.recurrent:Elman"),
    ("gru", GruConfig, "postagger.models.recurrent:Gru"),
    ("lstm", LstmConfig, "postagger.models.recurrent:Lstm"),
):
    MODELS.add(_kind, ModelKind(_settings, _path))


_OTHER_NAMES = {
    "bilstm": "lstm",
    "bi-lstm": "lstm",
    "blstm": "lstm",
    "bigru": "gru",
    "birnn": "rnn",
    "elman": "rnn",
    "simple_rnn": "rnn",
    "feedforward": "window",
    "ffnn": "window",
    "mlp": "window",
    "tdnn": "window",
    "maxent": "logistic",
    "linear": "logistic",
}
"""Kinds as people call them, and as they are called here; recurrent ones read both ways as they are."""


def model_settings(data: Mapping[str, Any], *, importing: bool) -> type[ModelConfig]:
    """The section that a config's ``[model]`` is, going by its kind.

    Args:
        data: the section as plain data.
        importing: whether a kind that is not registered yet may be imported: for configs, not for model files.

    Raises:
        ConfigError: the kind is missing or unknown, or would have to be imported.
    """
    kind = data.get("kind")
    if kind is None:
        raise ConfigError(f"model.kind is missing: one of {', '.join(MODELS.names())}")
    if not isinstance(kind, str):
        raise ConfigError(f"model.kind is a name, not {kind!r}")
    if importing:
        if kind.lower() in _OTHER_NAMES and kind not in MODELS.names():
            raise ConfigError(f"unknown model.kind {kind!r}: did you mean {_OTHER_NAMES[kind.lower()]!r}?")
        return MODELS.find(kind).settings
    found = MODELS.known(kind)
    if found is None:
        raise ConfigError(f"the model kind {kind!r} is not registered")
    return found.settings
