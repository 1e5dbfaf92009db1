"""Settings of how the weights are found."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from postagger.config.section import Proportion, Section


class TrainingConfig(Section):
    """How the weights are found: minibatch gradient descent on cross-entropy."""

    epochs: int = Field(10, ge=1, le=100_000, description="passes over the training sentences, at most")
    batch_size: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        16, description="sentences per update: 1 is SGD, 'all' is full-batch descent"
    )
    optimiser: Literal["sgd", "momentum", "adam", "adamw"] = Field("adamw", description="update rule")
    learning_rate: float = Field(2e-3, gt=0, le=1000, description="step size, at its peak")
    momentum: Proportion = Field(0.9, description="for the optimiser 'momentum' only")
    beta2: Proportion = Field(0.99, description="decay of the squared gradient's mean in 'adam' and 'adamw'")
    weight_decay: float = Field(0.01, ge=0, le=10, description="L2 penalty (decoupled in 'adamw')")
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "linear", description="how the learning rate falls to 0 over all epochs, or does not"
    )
    warmup: int = Field(50, ge=0, description="updates over which the learning rate first rises")
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
