"""Settings of how the weights are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, model_validator

from postagger.config.section import Proportion, Section
from postagger.errors import ConfigError
from postagger.registry import Registry


@dataclass(frozen=True)
class OptimiserKind:
    """An update rule.

    Attributes:
        target: called with the parameters and a `TrainingConfig`, it gives a ``torch.optim.Optimizer``; of
            those that come with the package the path.
        defaults: what suits it: ``learning_rate``, ``weight_decay`` and the like, where a config is silent.
            A function of the batch size.
    """

    target: Any
    defaults: Callable[[int | str], Mapping[str, Any]]


OPTIMISERS = Registry("training.optimiser", "postagger.optimisers", OptimiserKind)
"""Every update rule that a config can name."""

DEFAULTS_OF_OPTIMISERS = ("learning_rate", "weight_decay", "warmup", "momentum", "beta2")
"""Settings whose default depends on the optimiser."""


def _suits(peak: float, full: int, weight_decay: float) -> Callable[[int | str], Mapping[str, Any]]:
    """Defaults whose learning rate grows with the square root of the batch size.

    The rates were found on dev, with the window on the treebank and on the sample (docs/accuracy.md).

    Args:
        peak: the largest learning rate.
        full: from so many sentences per update on it is that.
    """

    def defaults(batch_size: int | str) -> Mapping[str, Any]:
        size = batch_size if isinstance(batch_size, int) and batch_size > 0 else full  # 'all', or a mistake
        rate = float(f"{peak * min(1.0, (size / full) ** 0.5):.3g}")
        return {"learning_rate": rate, "weight_decay": weight_decay}

    return defaults


for _name, _defaults in {
    "sgd": _suits(5.0, 16, 0.0),
    "momentum": _suits(1.0, 64, 0.0),
    "adam": _suits(4e-3, 16, 0.0),
    "adamw": _suits(2e-3, 1, 0.01),
}.items():
    OPTIMISERS.add(_name, OptimiserKind(f"postagger.training.optimisers:{_name}", _defaults))


class TrainingConfig(Section):
    """How the weights are found: minibatch gradient descent on cross-entropy."""

    epochs: int = Field(10, ge=1, le=100_000, description="passes over the training sentences, at most")
    batch_size: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        16, description="sentences per update: 1 is SGD, 'all' is full-batch descent"
    )
    optimiser: str = Field(
        "adamw", min_length=1, description="update rule: sgd, momentum, adam, adamw, or a registered one"
    )
    learning_rate: float = Field(
        2e-3,
        gt=0,
        le=1000,
        description="step size, at its peak; the default suits the optimiser and batch size",
    )
    momentum: Proportion = Field(0.9, description="for the optimiser 'momentum' only")
    beta2: Proportion = Field(0.99, description="decay of the squared gradient's mean in 'adam' and 'adamw'")
    weight_decay: float = Field(
        0.01, ge=0, le=10, description="L2 penalty (decoupled in 'adamw'); default: 0.01 for adamw, else 0"
    )
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "linear", description="how the learning rate falls to 0 over all epochs, or does not"
    )
    warmup: int = Field(
        50,
        ge=0,
        description="updates over which the learning rate first rises; at most a tenth of all updates",
    )
    clip_norm: float = Field(1.0, ge=0, description="largest gradient norm; 0: no clipping")
    label_smoothing: Proportion = Field(0.0, description="share of the target spread evenly over all tags")
    rdrop_weight: float = Field(
        0.0,
        ge=0,
        le=100,
        description="R-Drop: two forward passes per batch, and the weight of their divergence; 0: one reading",
    )
    averaging: Proportion = Field(
        0.0,
        description="decay of the weights' moving average, an update at a time; 0: the weights as they are",
    )
    patience: int = Field(
        0, ge=0, description="stop after this many epochs without a better dev accuracy; 0: never"
    )
    dtype: Literal["float32", "bfloat16"] = Field(
        "float32", description="of the products; weights, their gradients and the loss are in float32"
    )
    seed: int = Field(1, ge=0, lt=2**63, description="of weights, shuffling and dropout")
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:N")

    @model_validator(mode="before")
    @classmethod
    def _fill_in_what_suits_the_optimiser(cls, data: Any, info: ValidationInfo) -> Any:
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
