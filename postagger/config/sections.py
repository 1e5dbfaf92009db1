"""Settings of words, model and training, and the whole config; a class a section."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from postagger.config.section import Rate, Section
from postagger.config.sources import (
    CorpusConfig,
    PretrainingConfig,
    TaskConfig,
    TransferConfig,
    UnlabelledConfig,
)

Activation = Literal["none", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu"]


class WordsConfig(Section):
    """How a word type becomes a vector: embeddings of the word and of its parts, concatenated."""

    word_dim: int = Field(100, ge=0, le=4096, description="size of the word embedding; 0 leaves it out")
    lowercase: bool = Field(True, description="look the word up in lower case (the shape keeps the case)")
    fold_digits: bool = Field(True, description="look the word up with every digit replaced by 0")
    min_count: int = Field(1, ge=1, description="words seen fewer times in training share the unknown vector")
    prefixes: int = Field(3, ge=0, le=10, description="prefixes of 1 to this many characters; 0: none")
    suffixes: int = Field(4, ge=0, le=10, description="suffixes of 1 to this many characters; 0: none")
    shape: bool = Field(True, description="the word's shape, as in Xxxx or dd-xxx")
    feature_dim: int = Field(32, ge=1, le=1024, description="size of each affix and shape embedding")
    feature_min_count: int = Field(2, ge=1, description="affixes and shapes of fewer word types are unknown")
    character_dim: int = Field(0, ge=0, le=1024, description="size of a character embedding; 0: none")
    character_encoder: Literal["convolution", "lstm"] = Field(
        "convolution", description="what reads the characters: filters, or an LSTM from both ends"
    )
    character_filters: int = Field(
        64, ge=1, le=4096, description="filters of the convolution, or units of the LSTM (an even number)"
    )
    character_window: int = Field(3, ge=1, le=15, description="characters that a filter sees; an odd number")
    vectors: str | None = Field(
        None, min_length=1, description="file of pretrained word vectors: GloVe, word2vec or fastText"
    )
    vectors_tuned: bool = Field(False, description="let training change the pretrained vectors")
    vectors_limit: int = Field(
        100_000, ge=1, description="the first so many words of the file are taken, and all that training has"
    )
    word_dropout: float = Field(
        0.25,
        ge=0,
        le=100,
        description="alpha: in training a word is unknown with probability alpha / (count + alpha)",
    )
    dropout: Rate = Field(0.4, description="share of the word vector's units dropped in training")

    @model_validator(mode="after")
    def _something_is_left(self) -> WordsConfig:
        parts = (self.word_dim, self.prefixes, self.suffixes, self.shape, self.character_dim, self.vectors)
        if not any(parts):
            raise ValueError("nothing is left to represent a word by: set words.word_dim, for one")
        if self.character_encoder == "lstm" and self.character_filters % 2:
            raise ValueError(
                f"words.character_filters must be even for an LSTM, not {self.character_filters}"
            )
        if self.character_window % 2 == 0:
            raise ValueError(f"words.character_window must be odd, not {self.character_window}")
        return self


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
    dropout: Rate = Field(0.4, description="share of the hidden units dropped in training")


class _RecurrentConfig(_ModelConfig):
    hidden: int = Field(128, ge=1, le=16384, description="units of the state, in each direction")
    layers: int = Field(1, ge=1, le=16, description="recurrent layers on top of each other")
    bidirectional: bool = Field(True, description="read the sentence from both ends")
    dropout: Rate = Field(0.4, description="share of each layer's output units dropped in training")
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


class TrainingConfig(Section):
    """How the weights are found: minibatch gradient descent on cross-entropy."""

    epochs: int = Field(10, ge=1, le=100_000, description="passes over the training sentences, at most")
    batch_size: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        16, description="sentences per update: 1 is SGD, 'all' is full-batch descent"
    )
    optimiser: Literal["sgd", "momentum", "adam", "adamw"] = Field("adamw", description="update rule")
    learning_rate: float = Field(2e-3, gt=0, le=1000, description="step size, at its peak")
    momentum: Rate = Field(0.9, description="for the optimiser 'momentum' only")
    beta2: Rate = Field(0.99, description="decay of the squared gradient's mean in 'adam' and 'adamw'")
    weight_decay: float = Field(0.01, ge=0, le=10, description="L2 penalty (decoupled in 'adamw')")
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "linear", description="how the learning rate falls to 0 over all epochs, or does not"
    )
    warmup: int = Field(50, ge=0, description="updates over which the learning rate first rises")
    clip_norm: float = Field(1.0, ge=0, description="largest gradient norm; 0: no clipping")
    label_smoothing: Rate = Field(0.0, description="share of the target spread evenly over all tags")
    consistency: float = Field(
        0.0,
        ge=0,
        le=100,
        description="R-Drop: two readings of each batch, and the weight of their divergence; 0: one reading",
    )
    averaging: Rate = Field(
        0.0,
        description="decay of the weights' moving average, an update at a time; 0: the weights as they are",
    )
    patience: int = Field(
        0, ge=0, description="stop after this many epochs without a better dev accuracy; 0: never"
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="of the products; weights, their gradients and the loss are in float32"
    )
    seed: int = Field(1, ge=0, lt=2**63, description="of weights, shuffling and dropout")
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:N")


class Config(Section):
    """A whole run."""

    corpus: CorpusConfig = CorpusConfig()
    words: WordsConfig = WordsConfig()
    model: ModelConfig = WindowConfig()
    training: TrainingConfig = TrainingConfig()
    tasks: list[TaskConfig] = Field([], description="further corpora that are learned at the same time")
    pretraining: PretrainingConfig = PretrainingConfig()
    transfer: TransferConfig = TransferConfig()
    unlabelled: UnlabelledConfig = UnlabelledConfig()

    def corpus_of(self, head: str | None) -> CorpusConfig:
        """The corpus whose tag set a head has, the first of several; the main one for None and others."""
        found = (each for each in (self.corpus, *self.tasks) if each.head_name == head)
        return next(found, self.corpus)

    @model_validator(mode="after")
    def _names_differ(self) -> Config:
        """Two corpora share a head only where one of them says so."""
        names = [self.corpus.head_name]
        for task in self.tasks:
            if task.head_name in names and task.head is None:
                raise ValueError(
                    f"two corpora are called {task.head_name!r}: give one of them another name with "
                    f'head = "...", or say head = "{task.head_name}" if they are to share their tags'
                )
            names.append(task.head_name)
        return self

    @model_validator(mode="after")
    def _one_beginning(self) -> Config:
        first = self.pretraining
        if self.transfer.model is not None and (first.corpora or first.text):
            raise ValueError(
                "the body can't come both from transfer.model (--from) and from [pretraining]: leave one out"
            )
        if self.transfer.keep_head and first.text and not first.corpora:
            raise ValueError("transfer.keep_head has no tags to go on with: pretraining.text guesses words")
        if self.transfer.keep_head and first.corpora and self.model.output == "crf":
            raise ValueError("transfer.keep_head can't go on with a CRF: [pretraining] learns without one")
        return self

    @model_validator(mode="after")
    def _parts_fit(self) -> Config:
        if self.model.output == "crf" and self.training.label_smoothing:
            raise ValueError("training.label_smoothing goes with model.output = 'softmax': set it to 0")
        if self.model.output == "crf" and self.training.consistency:
            raise ValueError("training.consistency goes with model.output = 'softmax': set it to 0")
        return self
