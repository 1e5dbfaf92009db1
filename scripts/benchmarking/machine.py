"""The arithmetic of tagging a token, and the rates that this machine reaches."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from postagger import Tagger
from postagger.config import GruConfig, LogisticConfig, LstmConfig, RnnConfig, WindowConfig
from postagger.models.layers.linear import product


@dataclass
class Rates:
    """The rates that one thread of this machine reaches.

    Attributes:
        flops: floating-point operations per second in float32.
        half_flops: floating-point operations per second in bfloat16.
        bandwidth: bytes read per second.
    """

    flops: float
    half_flops: float
    bandwidth: float

    @classmethod
    def measure(cls) -> Rates:
        """Times torch's matrix product and a sum over a large tensor; the fastest of several runs counts."""
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            memory = torch.ones(2**26)
            bandwidth = memory.nbytes / _fastest(memory.sum)
            return cls(_flops(torch.float32), _flops(torch.bfloat16), bandwidth)
        finally:
            torch.set_num_threads(before)


def _flops(dtype: torch.dtype) -> float:
    x, weight = torch.randn(2048, 512).to(dtype), torch.randn(512, 512).to(dtype)
    return 2 * 2048 * 512 * 512 / _fastest(lambda: product(x, weight))


def _fastest(work: Callable[[], object], times: int = 20) -> float:
    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(times))


def needs(tagger: Tagger) -> tuple[float, float]:
    """Floating-point operations per token, and bytes of the table of words that are read for it."""
    tags = len(tagger.tagset)
    match tagger.config.model:
        case LogisticConfig() as model:
            row = tags * (model.left + 1 + model.right)
            return row, 4 * row
        case WindowConfig() as model:
            row = model.hidden[0] * (model.left + 1 + model.right)
            layers = itertools.pairwise([*model.hidden, tags])
            return row + sum(2 * a * b for a, b in layers), 4 * row
        case RnnConfig() | GruConfig() | LstmConfig() as model:
            directions = 2 if model.bidirectional else 1
            gates = directions * {"rnn": 1, "gru": 3, "lstm": 4}[model.kind] * model.hidden
            return 2 * (gates * model.hidden + directions * model.hidden * tags), 4 * gates
        case model:
            raise ValueError(f"the arithmetic of a model of kind {model.kind!r} is not known")
