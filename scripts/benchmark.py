#!/usr/bin/env python3
"""How fast are the taggers? Compares ours with NLTK's, spaCy's and the floor, a dictionary look-up in Python.

All are trained on the same split and tag the same sentences, each in its own process. They take turns, so
that other load on the machine affects all of them alike; the figures are medians of several rounds. The floor
gives each word its most frequent tag: no tagger that returns lists of tuples can be much faster in Python.

It measures

- tokens per second with cold caches (the first call), with warm ones (the same sentences again), and with one
  word in ten replaced by a word that no tagger has seen before;
- the time until the first prediction in a fresh process: importing, loading and tagging one sentence;
- how much of the time the arithmetic must take, at the rates that this machine reaches in one thread;
- how time and memory grow with the text, from a thousand tokens on, if predictions are discarded;
- whether our tags are those of the network's own forward pass in float32;
- with --cores, the gain from several torch threads, and from as many workers;
- with --training, the time to train, and the time until the perceptron's accuracy on dev is reached.

Prints Markdown; -o also writes everything as JSON. spaCy's tagger is included if spaCy is installed; its
weights are untrained, which makes no difference to its speed.

Example:
    python scripts/benchmark.py --threads 1 --rounds 5
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import spinning  # noqa: F401
import torch
from benchmarking.contenders import Contender
from benchmarking.machine import Rates
from benchmarking.tables import cores_table, growth_table, needs_table, speed_table, table, training_table
from benchmarking.taggers import (
    CRF,
    FLOOR,
    HALF,
    OURS,
    PERCEPTRON,
    ROOT,
    SPACY,
    differing,
    make_tagger,
    model_file,
    train_ours,
)

from postagger import Corpus, PostaggerError, Tagger, __version__, load_config, load_corpus
from postagger.baselines import is_available, train_baseline
from postagger.cli.parser import count
from postagger.training import choose_device


def first_prediction(file: Path, rounds: int) -> dict[str, float]:
    """Seconds until a fresh process has tagged one sentence, and of a process that only imports torch."""
    load = f"Tagger.load({str(file)!r}, device='cpu')"
    code = f"from postagger import Tagger; {load}.tag(['Time', 'flies'])"
    programs = {
        "in all": code,
        "import torch": "import torch",
    }

    def seconds(program: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        return time.perf_counter() - start

    taken = [{name: seconds(program) for name, program in programs.items()} for _ in range(rounds)]
    return {name: statistics.median(each[name] for each in taken) for name in programs}


def training(corpus: Corpus) -> list[dict[str, Any]]:
    """Seconds to train each tagger, and to reach the perceptron's dev accuracy; both include scoring dev."""
    start = time.perf_counter()
    goal = train_baseline("perceptron", corpus).evaluate_on(corpus, "dev").tokens.value or 0.0
    rows = [{"tagger": PERCEPTRON, "accuracy": goal, "to_goal": None, "seconds": time.perf_counter() - start}]
    for name in (*OURS, *(name + HALF for name in OURS)):
        config = load_config(
            ROOT / "configs" / f"{name.removesuffix(HALF)}.toml",
            ["training.dtype=bfloat16"] if name.endswith(HALF) else [],
        )
        start = time.perf_counter()
        reached: list[float] = []

        def note(record: Any, start: float = start, reached: list[float] = reached) -> None:
            if record.dev_accuracy >= goal:
                reached.append(time.perf_counter() - start)

        tagger = Tagger.train(corpus, config, on_epoch=note)
        rows.append(
            {
                "tagger": name,
                "accuracy": tagger.record.dev_accuracy,
                "to_goal": min(reached, default=None),
                "seconds": time.perf_counter() - start,
            }
        )
    return rows


def main() -> None:
    options = _options()
    choose_device(options.device)
    corpus = load_corpus(options.corpus)
    train_ours(corpus)
    sentences = [[word for word, _ in s] for part in ("train", "dev", "test") for s in corpus.part(part)]
    names = [FLOOR, *([CRF] if is_available("crfsuite") else []), PERCEPTRON]
    names += [SPACY] if importlib.util.find_spec("spacy") else []
    names += [*OURS, *(name + HALF for name in OURS)]
    threads = options.threads or torch.get_num_threads()
    contenders = [Contender.start(name, corpus, sentences, threads, options.device) for name in names]
    for each in contenders:
        each.cold = each.ask("cold")
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for each in contenders:
            each.warm.append(each.ask("warm"))
        for each in contenders:
            each.unseen.append(each.ask("unseen", number))
        for each in contenders:
            if options.cores and each.is_ours:
                each.cores.append(each.ask("cores", options.cores))
    growing = [each for each in contenders if each.name in (FLOOR, *OURS)]
    for size in (10**power for power in range(3, options.largest + 1)):
        for each in growing:
            each.growth[size] = each.ask("stream", size)
    for each in contenders:
        each.stop()
    others = {
        each.name: differing(make_tagger(each.name, corpus, options.device), sentences)
        for each in contenders
        if each.is_ours
    }
    starts = {name: first_prediction(model_file(corpus, name), options.rounds) for name in OURS}
    rates = Rates.measure()
    trained = training(corpus) if options.training else []
    origin = (
        f"{corpus.name}, {sum(map(len, sentences)):,} tokens; {threads} thread(s), {options.device}; "
        f"{options.rounds} rounds; postagger {__version__}, Python {platform.python_version()}, "
        f"torch {torch.__version__}"
    )
    print(f"{origin}\n\n{speed_table(contenders)}\n\n{growth_table(growing)}\n")
    counts = "; ".join(f"{name} {number:,}" for name, number in others.items())
    print(f"Tokens whose tag differs from that of the network's own forward pass in float32: {counts}.\n")
    if options.cores:
        print(f"{cores_table([each for each in contenders if each.is_ours], options.cores)}\n")
    if options.device == "cpu":
        print(
            f"One thread of this machine: {rates.flops / 1e9:.0f} GFLOP/s in float32, "
            f"{rates.half_flops / 1e9:.0f} in bfloat16, {rates.bandwidth / 1e9:.0f} GB/s\n\n"
            f"{needs_table(contenders, corpus, rates)}\n"
        )
    print(
        table(
            ["seconds to the first prediction", *next(iter(starts.values())), "MB of the model file"],
            [
                [
                    name,
                    *(f"{seconds:.2f}" for seconds in start.values()),
                    f"{model_file(corpus, name).stat().st_size / 1e6:.1f}",
                ]
                for name, start in starts.items()
            ],
        )
    )
    if trained:
        print(f"\n{training_table(trained)}")
    if options.output:
        everything = {
            "origin": origin,
            "taggers": [
                {key: value for key, value in vars(each).items() if key not in ("process", "pipe")}
                for each in contenders
            ],
            "differing": others,
            "first_answer": starts,
            "rates": vars(rates),
            "training": trained,
        }
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(everything, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    add("--corpus", default="treebank", help="a corpus by name, or a file (default: treebank)")
    add("--threads", type=count, help="torch threads in each process (default: torch's own choice)")
    add("--rounds", type=count, default=5, help="number of rounds (default: 5)")
    add("--largest", type=count, default=7, help="stream up to 10 to this power tokens (default: 7)")
    add("--cores", type=count, help="measure ours with this number of threads and of workers too")
    add("--device", default="cpu", help="cpu (default) or cuda")
    add("--training", action="store_true", help="measure training too; this takes minutes")
    add("-o", "--output", type=Path, help="a JSON file for all measurements")
    return options.parse_args()


if __name__ == "__main__":
    try:
        main()
    except PostaggerError as error:
        sys.exit(f"benchmark.py: {error}")
