"""What every context model is, and how one becomes known by its kind."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from postagger.batches import Batch
from postagger.config import MODELS, ModelConfig, ModelKind
from postagger.errors import ConfigError
from postagger.features import WordTypes


class ContextModel(nn.Module):
    """Word vectors to a vector for each token, which a head makes tag scores of.

    A subclass is called with its settings and the size of a word vector. What it makes of a sentence must
    not depend on the other sentences of the batch.

    Shape: word vectors ``(types, size)`` and a `Batch` to ``(tokens, output_size)``. Token n has the word
    vector in row ``batch.index[n]``; row 0 is the padding word, beyond the edges of a sentence.

    Attributes:
        output_size: numbers for each token.
        window: how many words it reads to the left and to the right of a token; None: the whole sentence.
    """

    output_size: int
    window: tuple[int, int] | None = None

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} has no forward method")


Model = TypeVar("Model", bound=type[nn.Module])


def register_model(kind: str, settings: type[ModelConfig]) -> Callable[[Model], Model]:
    """A decorator that makes a context model known by its kind: to configs, commands and model files.

    Args:
        kind: what a config calls it, as ``model.kind``.
        settings: its section of a config.

    Raises:
        ConfigError: the kind is taken, or the settings are no subclass of `ModelConfig`.
    """
    if not (isinstance(settings, type) and issubclass(settings, ModelConfig)):
        raise ConfigError(
            f"the settings of the model {kind!r} are a subclass of ModelConfig, not {settings!r}"
        )

    def register(model: Model) -> Model:
        MODELS.add(kind, ModelKind(settings, model))
        return model

    return register


def build_context(settings: ModelConfig, size: int) -> ContextModel:
    """A fresh context model of the kind that the settings name.

    Raises:
        ConfigError: the kind is not registered, or its class does not do what a `ContextModel` does.
    """
    target = MODELS.find(settings.kind).target
    if isinstance(target, str):
        module, _, name = target.partition(":")
        target = getattr(importlib.import_module(module), name)
    model = target(settings, size)
    if not isinstance(model, ContextModel):
        raise ConfigError(f"the model kind {settings.kind!r} gives {model!r}: it must be a ContextModel")
    _check(model, settings.kind, size)
    return model


@torch.no_grad()
def _check(model: ContextModel, kind: str, size: int) -> None:
    """Tries a model out on two short sentences, so that a mistake in it comes to light before training.

    Raises:
        ConfigError: it has no `output_size`, or gives tensors of another shape.
    """
    if type(model).__module__.startswith("postagger.models."):
        return
    expected: Any = getattr(model, "output_size", None)
    if not isinstance(expected, int):
        raise ConfigError(f"the model kind {kind!r} must set output_size to the size of its output")
    nothing = torch.zeros(4, 0, dtype=torch.long)
    batch = Batch(WordTypes(nothing, nothing), torch.tensor([1, 2, 3]), torch.tensor([1, 2]))
    training = model.training
    model.eval()
    with torch.random.fork_rng(devices=[]):
        found = model(torch.zeros(4, size), batch)
    model.train(training)
    if not isinstance(found, Tensor) or found.shape != (3, expected):
        shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ConfigError(
            f"the model kind {kind!r} gives {shape} for 3 tokens: expected a tensor (3, {expected}), that is "
            "(tokens, output_size)"
        )
