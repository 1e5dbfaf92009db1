"""Settings of the models, a class a kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from postagger.config.section import Proportion, Section

Activation = Literal["none", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"]


class _ModelConfig(Section):
    output: Literal["softmax", "crf"] = Field(
        "softmax", description="each tag by itself, or a linear-chain CRF over the sentence's tags"
    )


class _WindowedConfig(_ModelConfig):
    left: int = Field(2, ge=0, le=50, description="words seen to the left")
    right: int = Field(2, ge=0, le=50, description="words seen to the right")


class LogisticConfig(_WindowedConfig):
    """Multinomial logistic regression over the word vectors in a window."""

    kind: Literal["logistic"] = "logistic"


class WindowConfig(_WindowedConfig):
    """Time-delay feedforward network: hidden layers over the word vectors in a window."""

    kind: Literal["window"] = "window"
    hidden: list[Annotated[int, Field(ge=1, le=16384)]] = Field(
        [128], min_length=1, description="units of each hidden layer"
    )
    activation: Activation = Field("relu", description="the hidden layers' non-linearity")
    dropout: Proportion = Field(0.4, description="share of the hidden units dropped in training")


class _RecurrentConfig(_ModelConfig):
    hidden: int = Field(128, ge=1, le=16384, description="units of the state, in each direction")
    layers: int = Field(1, ge=1, le=16, description="recurrent layers on top of each other")
    bidirectional: bool = Field(True, description="read the sentence from both ends")
    dropout: Proportion = Field(0.4, description="share of each layer's output units dropped in training")
    variational: bool = Field(
        False, description="drop the same of the last layer's units at every token of a sentence"
    )


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


ModelConfig = Annotated[
    LogisticConfig | WindowConfig | RnnConfig | GruConfig | LstmConfig, Field(discriminator="kind")
]
