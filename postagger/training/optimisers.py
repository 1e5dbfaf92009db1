"""Update rules, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from postagger.config import OPTIMISERS, OptimiserKind, TrainingConfig

BETA1 = 0.9

Parameters = Iterable[nn.Parameter]
Rule = TypeVar("Rule", bound=Callable[..., Optimizer])


def register_optimiser(name: str, **defaults: Any) -> Callable[[Rule], Rule]:
    """Returns a decorator that registers an update rule for ``training.optimiser``.

    The decorated function takes the parameters and the `TrainingConfig` and returns a torch `Optimizer`.

    Args:
        name: the optimiser's name in configs.
        defaults: settings to use if a config has none, as in ``learning_rate=0.1, weight_decay=0.0``.

    Raises:
        ConfigError: the name is already taken.
    """

    def defaults_for(_batch_size: int | str) -> Mapping[str, Any]:
        return defaults

    def register(rule: Rule) -> Rule:
        OPTIMISERS.add(name, OptimiserKind(rule, defaults_for))
        return rule

    return register


def make_optimiser(
    parameters: Parameters, config: TrainingConfig, own_rates: Mapping[Tensor, float] | None = None
) -> Optimizer:
    """Builds the optimiser that `config` names.

    Args:
        own_rates: the peak learning rates of some of the parameters; the others have the config's.

    Raises:
        ConfigError: there is no optimiser of that name.
    """
    optimiser: Optimizer = OPTIMISERS.target(config.optimiser)(_groups(parameters, own_rates or {}), config)
    return optimiser


def _groups(parameters: Parameters, own_rates: Mapping[Tensor, float]) -> Any:
    """The parameters, or one of torch's parameter groups for each learning rate, the config's first."""
    if not own_rates:
        return parameters
    groups: dict[float | None, list[nn.Parameter]] = {None: []}
    for parameter in parameters:
        groups.setdefault(own_rates.get(parameter), []).append(parameter)
    return [{"params": each} | ({} if rate is None else {"lr": rate}) for rate, each in groups.items()]


def sgd(parameters: Parameters, config: TrainingConfig) -> Optimizer:
    """Plain gradient descent."""
    return SGD(parameters, config.learning_rate, weight_decay=config.weight_decay)


def momentum(parameters: Parameters, config: TrainingConfig) -> Optimizer:
    """Gradient descent with momentum (Polyak 1964)."""
    rate, decay = config.learning_rate, config.weight_decay
    return SGD(parameters, rate, momentum=config.momentum, weight_decay=decay)


def adam(parameters: Parameters, config: TrainingConfig) -> Optimizer:
    """Adam (Kingma and Ba 2015), with an L2 penalty on the loss."""
    rate, decay = config.learning_rate, config.weight_decay
    return Adam(parameters, rate, betas=(BETA1, config.beta2), weight_decay=decay, fused=True)


def adamw(parameters: Parameters, config: TrainingConfig) -> Optimizer:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""
    rate, decay = config.learning_rate, config.weight_decay
    return AdamW(parameters, rate, betas=(BETA1, config.beta2), weight_decay=decay, fused=True)


def clip(gradients: list[Tensor], norm: float) -> Tensor | None:
    """Scales gradients in place, as `clip_grad_norm_` does, so that their common norm is at most `norm`.

    Args:
        norm: 0 for no limit.

    Returns:
        The norm that they had; None without a limit or gradients.
    """
    if not norm or not gradients:
        return None
    found: Tensor = get_total_norm(gradients)
    torch._foreach_mul_(gradients, (norm / (found + 1e-6)).clamp(max=1.0))
    return found


def make_average(networks: nn.Module, decay: float) -> AveragedModel | None:
    """Builds an exponential moving average of all weights (Polyak and Juditsky 1992); None if decay is 0."""
    return AveragedModel(networks, multi_avg_fn=get_ema_multi_avg_fn(decay)) if decay else None
