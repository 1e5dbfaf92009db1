"""Settings of the models: their base class, the kinds of this package, and the registry of kinds.

No torch here, so that settings can be read, checked and shown without it. Each kind's network is a class in
`postagger.models`, named here by its path. A kind from outside the package registers its settings and its
class together (`postagger.models.register_model`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from postagger.config.section import Auto, FullName, Proportion, Section, Several
from postagger.errors import ConfigError
from postagger.registry import Registry

Activation = Literal["none", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"]


class ModelConfig(Section):
    """Settings that every kind of model has; a kind's own settings are a subclass of this."""

    kind: str = Field(min_length=1, description="kind of model: a registered one, or package.module:Class")
    output: Literal["softmax", "crf"] = Field(
        "softmax", description="predict tags independently, or with a linear-chain CRF over the sentence"
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
        settings: the class of its config section.
        target: its class, called with the settings and the size of a word vector; for kinds of this package,
            the path of the class, so that torch is imported only when a network is built.
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
    activation: Activation = Field("relu", description="activation function of the hidden layers")
    dropout: Proportion = Field(0.4, description="dropout probability of hidden units")

    @property
    def description(self) -> str:
        units = " and ".join(map(str, self.hidden))
        return f"{super().description}, {units} units ({self.activation})"


class _RecurrentConfig(ModelConfig):
    hidden: int = Field(128, ge=1, le=16384, description="size of the hidden state, in each direction")
    layers: int = Field(1, ge=1, le=16, description="number of stacked recurrent layers")
    bidirectional: bool = Field(True, description="process the sentence in both directions")
    dropout: Proportion = Field(0.4, description="dropout probability of each layer's outputs")
    variational: bool = Field(
        False, description="drop the same outputs of the last layer at every token of a sentence"
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
    activation: Literal["tanh", "relu"] = Field("tanh", description="activation function of the recurrence")


class GruConfig(_RecurrentConfig):
    """Gated recurrent units."""

    kind: Literal["gru"] = "gru"


class LstmConfig(_RecurrentConfig):
    """Long short-term memory."""

    kind: Literal["lstm"] = "lstm"


class PretrainedConfig(Section):
    """What training read of a pretrained encoder, so that a model file needs nothing else. Not set by hand.

    Attributes:
        architecture: the encoder's settings, for ``AutoModel.from_config`` of transformers.
        start, end: sub-words that the encoder expects before and after a text.
        longest: the most sub-words that it reads at once, `start` and `end` included.
    """

    architecture: dict[str, Any]
    start: Several[int]
    end: Several[int]
    longest: int = Field(ge=4)


class EncoderConfig(ModelConfig):
    """A pretrained transformer encoder (Devlin et al. 2019), fine-tuned; needs the extra `encoder`.

    The word's features from [words] are added to its sub-words.
    """

    kind: Literal["encoder"] = "encoder"
    encoder: FullName = Field(
        "sentence-transformers/all-mpnet-base-v2",
        description="the pretrained encoder: a folder with its weights and tokenizer, or its name on the "
        "Hugging Face hub",
    )
    layers: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        "all", description="use this many of its layers, the lower ones"
    )
    trained_layers: Annotated[int, Field(ge=0)] | Literal["all"] = Field(
        "all", description="fine-tune this many of the layers used, the upper ones"
    )
    trained_embeddings: bool = Field(
        True, description="fine-tune the embeddings of sub-words and positions too"
    )
    pooling: Literal["first", "last", "mean", "first_last"] = Field(
        "mean", description="a word's vector: that of its first or last sub-word, their mean, or both"
    )
    learning_rate: float = Field(
        1e-4,
        gt=0,
        le=1,
        description="peak learning rate of the top layer; training.learning_rate is for all that is new",
    )
    layer_decay: float = Field(
        0.9, gt=0, le=1, description="learning rate of each layer, relative to that of the one above"
    )
    longest: Annotated[int, Field(ge=16)] | Auto = Field(
        "auto",
        description="sub-words read at once; longer sentences are read in overlapping pieces; auto: as many "
        "as the encoder can, at most 512",
    )
    dropout: Proportion = Field(0.1, description="dropout probability of the encoder's output")
    stored: Literal["float32", "float16"] = Field(
        "float32", description="data type of the encoder's weights in a model file"
    )
    pretrained: PretrainedConfig | None = Field(
        None, description="filled in by training", json_schema_extra={"hidden": True}
    )

    searched: ClassVar[Mapping[str, tuple[float, float]]] = {"learning_rate": (2e-5, 3e-4)}

    @property
    def description(self) -> str:
        layers = "" if self.layers == "all" else f", lower {self.layers} layers"
        return f"{self.encoder.rstrip('/').rpartition('/')[2]}{layers}"


for _kind, _settings, _path in (
    ("logistic", LogisticConfig, "postagger.models.logistic:Logistic"),
    ("window", WindowConfig, "postagger.models.window:Window"),
    ("rnn", RnnConfig, "postagger.models.recurrent:Elman"),
    ("gru", GruConfig, "postagger.models.recurrent:Gru"),
    ("lstm", LstmConfig, "postagger.models.recurrent:Lstm"),
    ("encoder", EncoderConfig, "postagger.encoder.network:Encoder"),
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
    "bert": "encoder",
    "transformer": "encoder",
    "linear": "logistic",
}
"""Other common names of the kinds; recurrent kinds are bidirectional by default."""


def model_settings(data: Mapping[str, Any], *, importing: bool) -> type[ModelConfig]:
    """The settings class of a config's ``[model]`` section, by its kind.

    Args:
        data: the section as plain data.
        importing: whether an unregistered kind may be imported: True for configs, False for model files.

    Raises:
        ConfigError: the kind is missing or unknown, or would have to be imported.
    """
    kind = data.get("kind")
    if kind is None:
        raise ConfigError(f"model.kind is missing: set it to one of {', '.join(MODELS.names())}")
    if not isinstance(kind, str):
        raise ConfigError(f"model.kind must be a name, not {kind!r}")
    if importing:
        if kind.lower() in _OTHER_NAMES and kind not in MODELS.names():
            raise ConfigError(f"unknown model.kind {kind!r}: did you mean {_OTHER_NAMES[kind.lower()]!r}?")
        return MODELS.find(kind).settings
    found = MODELS.known(kind)
    if found is None:
        raise ConfigError(f"the model kind {kind!r} is not registered")
    return found.settings
