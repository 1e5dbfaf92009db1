"""How long training takes."""

from __future__ import annotations

import time
from typing import Any

from benchmarking.files import ROOT
from benchmarking.ours import OURS
from benchmarking.taggers import PERCEPTRON
from postagger import Corpus, Tagger, load_config

HALF = ", bfloat16"
"""Suffix of the names of our taggers that are trained with products in bfloat16."""


def training(corpus: Corpus) -> list[dict[str, Any]]:
    """Seconds to train each tagger, and to reach the perceptron's dev accuracy; both include scoring dev."""
    from postagger.baselines import train_baseline

    start = time.perf_counter()
    goal = train_baseline("perceptron", corpus).evaluate_on(corpus, "dev").tokens.value or 0.0
    rows = [{"tagger": PERCEPTRON, "accuracy": goal, "to_goal": None, "seconds": time.perf_counter() - start}]
    return rows + [_trained(corpus, name, goal) for name in (*OURS, *(each + HALF for each in OURS))]


def _trained(corpus: Corpus, name: str, goal: float) -> dict[str, Any]:
    overrides = ["training.dtype=bfloat16"] if name.endswith(HALF) else []
    config = load_config(ROOT / "configs" / f"{name.removesuffix(HALF)}.toml", overrides)
    start = time.perf_counter()
    reached: list[float] = []

    def note(record: Any) -> None:
        if record.dev_accuracy >= goal:
            reached.append(time.perf_counter() - start)

    tagger = Tagger.train(corpus, config, on_epoch=note)
    return {
        "tagger": name,
        "accuracy": tagger.record.dev_accuracy,
        "to_goal": min(reached, default=None),
        "seconds": time.perf_counter() - start,
    }
