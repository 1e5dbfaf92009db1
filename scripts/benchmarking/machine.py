"""What the arithmetic of a token costs at the rates that this machine reaches."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from postagger import Tagger
from postagger.config import GruConfig, LogisticConfig, LstmConfig, RnnConfig, WindowConfig
from postagger.inference.affine import Affine


@dataclass
class Rates:
    """What one thread of this machine can do.

    Attributes:
        flops: floating-point operations a second, in float32.
        half_flops: the same in bfloat16.
        bandwidth: bytes read a second.
    """

    flops: float
    half_flops: float
    bandwidth: float

    @classmethod
    def measure(cls) -> Rates:
        """A product of matrices and the reading of memory, the best of several times; both by torch."""
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            memory = torch.ones(2**26)
            bandwidth = memory.nbytes / _fastest(memory.sum)
            return cls(_flops(torch.float32), _flops(torch.bfloat16), bandwidth)
        finally:
            torch.set_num_threads(before)


def _flops(dtype: torch.dtype) -> float:
    x, layer = torch.randn(2048, 512).to(dtype), Affine(torch.randn(512, 512), dtype=dtype)
    return 2 * 2048 * 512 * 512 / _fastest(lambda: layer(x))


def _fastest(work: Callable[[], object], times: int = 20) -> float:
    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(times))


def needs(tagger: Tagger) -> tuple[float, float]:
    """Floating-point operations, and bytes of the words' table, for each token."""
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
            ways = 2 if model.bidirectional else 1
            gates = ways * {"rnn": 1, "gru": 3, "lstm": 4}[model.kind] * model.hidden
            return 2 * (gates * model.hidden + ways * model.hidden * tags), 4 * gates
        case model:
            raise ValueError(f"no count of the arithmetic of {model.kind!r}")
