"""The base class of context models, and how a new kind of model is registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from postagger.batches import Batch, TypeTensors
from postagger.config import MODELS, ModelConfig, ModelKind
from postagger.errors import ConfigError
from postagger.features import WordEncoding
from postagger.random_numbers import own_random_numbers, redirected


class ContextModel(nn.Module):
    """Turns word vectors into one vector for each token, from which a head computes tag scores.

    A subclass is constructed with its settings and the size of a word vector. Its output for a sentence
    must not depend on the other sentences in the batch.

    Shape: word vectors ``(types, size)`` and a `Batch` to ``(tokens, output_size)``. The word vector of
    token n is row ``batch.index[n]``; row 0 is the padding word, used beyond the edges of a sentence.

    Attributes:
        output_size: the size of each token's output vector.
        window: how many words to the left and right of a token the model sees; None: the whole sentence.
        pads: whether short sentences cost as much as the longest one of a batch; then sentences of similar
            length are trained on together.
        has_hidden_layers: whether its output is that of a hidden layer, and not the word vectors themselves.
        torch_draws: whether layers of it draw from torch's random numbers in training, as `nn.Dropout` does;
            then they are given the training's own. `layers.dropout` draws these by itself.
        draws_by_token: whether all that it draws in training is for rows that are the tokens of the batch, in
            their order, as `layers.dropout` draws it; then several processes draw what one would.
        usual_epochs, fewest_updates: the length of a training with ``epochs = "auto"``: so many epochs, or as
            many as these updates need. After 250 updates (ten epochs of 400 sentences) even words of the
            training set are tagged badly; from 2,000 on, more no longer help (docs/explanation/accuracy.md).
    """

    output_size: int
    window: tuple[int, int] | None = None
    pads: bool = False
    has_hidden_layers: bool = True
    torch_draws: bool = True
    draws_by_token: bool = False
    usual_epochs: int = 10
    fewest_updates: int = 2000

    def tables(self) -> list[nn.Embedding]:
        """Large tables of which a batch needs few rows; they are only called, as modules."""
        return []

    def read_pretrained(self, dtype: str) -> None:
        """Takes over pretrained weights; called before a training that starts from no backbone.

        Args:
            dtype: that of the training's matrix products, ``training.dtype``.
        """

    def check(self, encoding: WordEncoding) -> None:
        """Checks that the encoding of a model file goes with the model.

        Raises:
            ValueError: it does not.
        """

    def stored_weights(self) -> dict[str, Tensor]:
        """The weights, in the data types in which they are saved."""
        return self.state_dict()

    def own_rates(self) -> dict[Tensor, float]:
        """The peak learning rates of parameters for which ``training.learning_rate`` is not meant."""
        return {}

    def inputs(self, vectors: Tensor, types: TypeTensors) -> Tensor:  # noqa: ARG002 (for subclasses)
        """What `forward` reads of word types, ``(types, numbers)``: the word vectors.

        A model with embeddings of its own appends them.
        """
        return vectors

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} has no forward method")


Model = TypeVar("Model", bound=type[nn.Module])


def register_model(kind: str, settings: type[ModelConfig]) -> Callable[[Model], Model]:
    """Returns a decorator that registers a context model for configs, commands and model files.

    Args:
        kind: the model's name in configs, as ``model.kind``.
        settings: the class of the model's config section.

    Raises:
        ConfigError: the kind is already taken, or `settings` is not a subclass of `ModelConfig`.
    """
    if not (isinstance(settings, type) and issubclass(settings, ModelConfig)):
        raise ConfigError(
            f"the settings of the model {kind!r} must be a subclass of ModelConfig, not {settings!r}"
        )

    def register(model: Model) -> Model:
        MODELS.add(kind, ModelKind(settings, model))
        return model

    return register


def build_context(settings: ModelConfig, size: int) -> ContextModel:
    """Builds a new context model of the kind that the settings name.

    Raises:
        ConfigError: the kind is not registered, or its class is not a working `ContextModel`.
    """
    model = MODELS.target(settings.kind)(settings, size)
    if not isinstance(model, ContextModel):
        raise ConfigError(f"the model kind {settings.kind!r} must build a ContextModel, but built {model!r}")
    _check(model, settings.kind, size)
    return model


@torch.no_grad()
def _check(model: ContextModel, kind: str, size: int) -> None:
    """Runs a model from outside the package on two short sentences, to find mistakes before training.

    Raises:
        ConfigError: it has no `output_size`, or its output has the wrong shape.
    """
    if type(model).__module__.startswith("postagger."):
        return
    expected: Any = getattr(model, "output_size", None)
    if not isinstance(expected, int):
        raise ConfigError(f"the model kind {kind!r} must set output_size to the size of its output vectors")
    batch = Batch(TypeTensors.blank(4), torch.tensor([1, 2, 3]), torch.tensor([1, 2]))
    training = model.training
    model.eval()
    with own_random_numbers(0), redirected():
        found = model(torch.zeros(4, size), batch)
    model.train(training)
    if not isinstance(found, Tensor) or found.shape != (3, expected):
        shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ConfigError(
            f"the model kind {kind!r} must return a tensor of shape (tokens, output_size), here "
            f"(3, {expected}); got {shape}"
        )
