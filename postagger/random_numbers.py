"""The random numbers of a training: its own, so that nothing else in the process changes them.

Torch draws from one generator for all threads. A training draws from generators of its own (`generator`).
What draws from torch's in its thread, such as the initial weights of torch's layers, is redirected to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_NONE: Mapping[str, torch.Generator] = {}
_generators: ContextVar[Mapping[str, torch.Generator]] = ContextVar("generators", default=_NONE)
"""The generators of the training in this thread, by the type of their device."""


def generator(device: torch.device | str = "cpu") -> torch.Generator | None:
    """The generator to draw from on a device; None, for torch's own, outside of `own_random_numbers`."""
    return _generators.get().get(device if isinstance(device, str) else device.type)


def uniform_like(x: Tensor) -> Tensor:
    """Numbers between 0 and 1, in the shape, data type and place of `x`."""
    return torch.empty_like(x).uniform_(generator=generator(x.device))


@contextmanager
def own_random_numbers(seed: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """A context with new generators, seeded, for the CPU and a device; torch's are not touched."""
    devices = {torch.device(each).type: torch.device(each) for each in ("cpu", device)}
    found = {kind: torch.Generator(each).manual_seed(seed) for kind, each in devices.items()}
    token = _generators.set(found)
    try:
        yield
    finally:
        _generators.reset(token)


def states() -> dict[str, Tensor]:
    """The states of the generators, by the type of their device."""
    return {kind: each.get_state() for kind, each in _generators.get().items()}


def set_states(found: Mapping[str, Tensor]) -> None:
    """Sets the generators to states from `states`."""
    for kind, state in found.items():
        _generators.get()[kind].set_state(state.cpu())


def redirected() -> AbstractContextManager[Any]:
    """A context in which operations of this thread that draw from torch's generators draw from those of
    `own_random_numbers`; without these, nothing changes.

    It adds about ten microseconds to every operation.
    """
    found = _generators.get()
    return _Redirected(found) if found else nullcontext()


class _Redirected(TorchDispatchMode):
    """Gives each operation that can have a generator the one of its device."""

    def __init__(self, generators: Mapping[str, torch.Generator]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._generators = generators

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if kwargs.get("generator") is not None or not (rule := _rule(func)):
            return func(*args, **kwargs)
        tensor = next((each for each in args if isinstance(each, Tensor)), None)
        device = kwargs.get("device") if tensor is None else tensor.device
        own = self._generators.get("cpu" if device is None else torch.device(device).type)
        return func(*args, **kwargs) if own is None else rule(args, kwargs, own)


def _rule(func: Any) -> Any:
    """How to call an operation with a generator; None if it draws no random numbers."""
    if func not in _rules:
        _rules[func] = _find_rule(func)
    return _rules[func]


_rules: dict[Any, Any] = {}


def _find_rule(func: Any) -> Any:
    packet = func.overloadpacket
    if packet is torch.ops.aten.native_dropout:
        return _dropout
    wanted = _arguments(func) | {"generator"}
    for overload in (func, *(getattr(packet, name) for name in packet.overloads())):
        if _arguments(overload) == wanted:
            return lambda args, kwargs, own: overload(*args, **kwargs, generator=own)
    if packet in (torch.ops.aten.rand_like, torch.ops.aten.randn_like):
        draw = Tensor.uniform_ if packet is torch.ops.aten.rand_like else Tensor.normal_
        return lambda args, kwargs, own: draw(torch.empty_like(*args, **kwargs), generator=own)
    return None


def _arguments(func: Any) -> set[str]:
    return {argument.name for argument in func._schema.arguments}


def _dropout(args: tuple[Any, ...], kwargs: dict[str, Any], own: torch.Generator) -> tuple[Tensor, Tensor]:  # noqa: ARG001
    """Dropout on a GPU, ``native_dropout(input, p, train)``."""
    values, probability, training = args
    if training is False:
        return values.clone(), torch.ones_like(values, dtype=torch.bool)
    kept = torch.empty_like(values).bernoulli_(1 - probability, generator=own)
    return values * kept / (1 - probability), kept.bool()
