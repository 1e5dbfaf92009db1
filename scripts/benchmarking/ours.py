"""Our taggers, each with every implementation of its network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast, get_args

from benchmarking.files import ROOT, Files
from postagger import Corpus, Tagger, load_config
from postagger.checkpoint import Checkpoint, read_checkpoint
from postagger.runtime import NativePredictor, Predictor, numpy_predictor
from postagger.runtime.native import Isa
from postagger.runtime.native import is_installed as has_kernel

OURS = ("logistic", "window", "lstm")
INT8, NUMPY, TORCH = "int8", "numpy", "torch"


def instruction_sets() -> tuple[Isa, ...]:
    """The instruction sets of this processor that the kernel uses, the best last; none without a kernel."""
    if not has_kernel():
        return ()
    from postagger_native import BEST_ISA

    names: tuple[Isa, ...] = get_args(Isa)[1:]  # the first one lets the kernel choose
    return names[: names.index(cast(Isa, BEST_ISA)) + 1]


def implementations(kind: str) -> list[str]:
    """The implementations of a kind of model that can run here; the kernel's fastest is the first."""
    native = [*reversed(instruction_sets())]
    low = [INT8] if native and kind != "logistic" else []  # logistic regression is the same in 8 bits
    return [*native, *low, NUMPY, *([TORCH] if is_installed("torch") else [])]


def is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


class OurTagger(Tagger):
    """A tagger with a predictor of our choice, instead of the fastest one."""

    chosen: Predictor

    @property
    def _predictor(self) -> Predictor:
        return self.chosen


def our_tagger(file: Path, implementation: str, device: str = "cpu") -> OurTagger:
    """Loads a tagger that has not tagged anything yet.

    Args:
        implementation: one of the kernel's instruction sets, or ``int8``, ``numpy`` or ``torch``.
        device: where torch computes; the others run on the CPU.
    """
    checkpoint = read_checkpoint(file)
    tagger = OurTagger(checkpoint, device="cpu")
    tagger.chosen = _predictor(checkpoint, [tagger.head], implementation, device)
    return tagger


def _predictor(checkpoint: Checkpoint, heads: Sequence[str], implementation: str, device: str) -> Predictor:
    if implementation == NUMPY:
        return numpy_predictor(checkpoint, heads)
    if implementation == INT8:
        return NativePredictor(checkpoint, heads, low_precision=True)
    if implementation == TORCH:
        from postagger.inference.forward import ForwardPredictor
        from postagger.models import TrainedModel

        return ForwardPredictor(
            checkpoint, TrainedModel.from_checkpoint(checkpoint).to(device), heads, "float32"
        )
    return NativePredictor(checkpoint, heads, isa=cast(Isa, implementation))


def train_ours(corpus: Corpus, files: Files) -> None:
    """Trains our taggers with the shipped configs, unless an earlier run did."""
    for kind in OURS:
        file, config = files.model(kind), load_config(ROOT / "configs" / f"{kind}.toml")
        if not file.exists() or read_checkpoint(file).config != config:
            print(f"training {kind}", file=sys.stderr)
            Tagger.train(corpus, config).save(file)
