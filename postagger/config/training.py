"""Settings of the optimisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from postagger.config.device import name_of_device
from postagger.config.section import Epochs, Proportion, Section
from postagger.errors import ConfigError
from postagger.registry import Registry


@dataclass(frozen=True)
class OptimiserKind:
    """An optimiser.

    Attributes:
        target: a function of the parameters and a `TrainingConfig` that returns a ``torch.optim.Optimizer``;
            for optimisers of this package, its path.
        defaults: a function of the batch size that returns defaults for settings such as ``learning_rate``
            and ``weight_decay``.
    """

    target: Any
    defaults: Callable[[int | str], Mapping[str, Any]]


OPTIMISERS = Registry("training.optimiser", "postagger.optimisers", OptimiserKind)
"""Every optimiser that a config can name."""

DEFAULTS_OF_OPTIMISERS = ("learning_rate", "weight_decay", "warmup", "momentum", "beta2")
"""Settings whose default depends on the optimiser."""


def _defaults_for(peak: float, full: int, weight_decay: float) -> Callable[[int | str], Mapping[str, Any]]:
    """Defaults whose learning rate grows with the square root of the batch size.

    The rates were tuned on dev, with the window model on the treebank and on the sample
    (docs/explanation/accuracy.md).

    Args:
        peak: the largest learning rate.
        full: the batch size from which on the learning rate is `peak`.
    """

    def defaults(batch_size: int | str) -> Mapping[str, Any]:
        size = batch_size if isinstance(batch_size, int) and batch_size > 0 else full  # 'all' or invalid
        rate = float(f"{peak * (min(size, full) / full) ** 0.5:.3g}")
        return {"learning_rate": rate, "weight_decay": weight_decay}

    return defaults


for _name, _defaults in {
    "sgd": _defaults_for(5.0, 16, 0.0),
    "momentum": _defaults_for(1.0, 64, 0.0),
    "adam": _defaults_for(4e-3, 16, 0.0),
    "adamw": _defaults_for(2e-3, 1, 0.01),
}.items():
    OPTIMISERS.add(_name, OptimiserKind(f"postagger.training.optimisers:{_name}", _defaults))


class TrainingConfig(Section):
    """Minibatch gradient descent on cross-entropy."""

    epochs: Epochs = Field(
        "auto",
        description="most passes over the training sentences; auto: 10, or as many as 2,000 updates need, so "
        "that a small treebank is trained for long enough (an encoder: 3 and 600); 100 with full "
        "batches",
    )
    batch_size: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        16, description="sentences per update: 1 is stochastic, 'all' is full-batch gradient descent"
    )
    optimiser: str = Field(
        "adamw", min_length=1, description="optimiser: sgd, momentum, adam, adamw, or a registered one"
    )
    learning_rate: float = Field(
        2e-3,
        gt=0,
        le=1000,
        description="peak learning rate; the default depends on the optimiser and batch size",
    )
    momentum: Proportion = Field(0.9, description="for the optimiser 'momentum' only")
    beta2: Proportion = Field(
        0.99, description="decay rate of the mean squared gradient in 'adam' and 'adamw'"
    )
    weight_decay: float = Field(
        0.01, ge=0, le=10, description="L2 penalty (decoupled in 'adamw'); default: 0.01 for adamw, else 0"
    )
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "linear", description="how the learning rate falls to 0 over all epochs; constant: it doesn't"
    )
    warmup: int = Field(
        50,
        ge=0,
        description="updates over which the learning rate rises at first; at most a tenth of all updates",
    )
    clip_norm: float = Field(
        1.0, ge=0, description="gradients with a larger norm are clipped to it; 0: no clipping"
    )
    label_smoothing: Proportion = Field(
        0.0, description="fraction of the target probability spread evenly over all tags"
    )
    rdrop_weight: float = Field(
        0.0,
        ge=0,
        le=100,
        description="R-Drop: weight of the divergence between two forward passes per batch; 0: one pass",
    )
    averaging: Proportion = Field(
        0.0,
        description="decay rate per update of a moving average of the weights; 0: no averaging",
    )
    patience: int = Field(
        0, ge=0, description="stop after this many epochs without a better dev accuracy; 0: never"
    )
    dtype: Literal["float32", "bfloat16"] = Field(
        "float32", description="data type of matrix products; weights, gradients and loss stay in float32"
    )
    seed: int = Field(1, ge=0, lt=2**63, description="random seed for initial weights, shuffling and dropout")
    device: Annotated[str, BeforeValidator(name_of_device)] = Field(
        "auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:N"
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in_defaults_of_the_optimiser(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, dict):
            return data
        name = data.get("optimiser", "adamw")
        if not isinstance(name, str):
            return data
        importing = (info.context or {}).get("importing", True)
        try:
            kind = OPTIMISERS.find(name) if importing else OPTIMISERS.known(name)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return data if kind is None else {**kind.defaults(data.get("batch_size", 16)), **data}
