"""Compares the recurrent arithmetic with a trained model's predictors: tags, errors, times.

python compare.py LIBRARY MODEL [TOKENS PER BATCH]
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from kernel import ISAS, PRECISIONS, Kernel, addresses, load
from nltk.corpus import treebank

from postagger import Tagger
from postagger.inference import FastPredictor, ReferencePredictor

ROUNDS = 2


@torch.inference_mode()
def main(path: str, model: str, size: int = 1024) -> None:
    torch.set_num_threads(1)
    sentences = [[word for word, tag in s if tag != "-NONE-"] for s in treebank.tagged_sents()]
    tagger = Tagger.load(model)
    network, encoding, tagset = tagger.network, tagger.encoding, tagger.tagset
    batches = list(batched(sentences, size))
    fast = FastPredictor(network, encoding, tagset)
    reference = np.concatenate([ReferencePredictor(network, encoding).tags(b) for b in batches])
    table, gates = fast._table, fast._scorer.layers[0]
    scale = gates.scale(network.context.layer).repeat_interleave(network.context.layer.hidden_size)
    rows, inputs = None, []
    for batch in batches:
        table.look_up(list(itertools.chain(*batch)), np.array(list(map(len, batch))))
    for batch in batches:
        lengths = np.array(list(map(len, batch)))
        found = table.look_up(list(itertools.chain(*batch)), lengths)
        if rows is None:
            rows = (found.rows[: len(table)] / scale.repeat(gates.directions)).numpy()
        inputs.append((addresses(rows, found.tokens.numpy()), lengths, found))
    library = load(path)
    runs: dict[str, Callable[[Any], Any]] = {
        "torch": lambda x: fast._scorer.scores(x[2].rows, x[2].tokens, torch.from_numpy(x[1])).argmax(1)
    }
    for isa, precision in itertools.product(ISAS, PRECISIONS):
        kernel = Kernel(library, network.context.layer, network.head.scores, isa, precision)
        results = [kernel.tags(*x[:2]) for x in inputs]
        tags = np.concatenate([t[:, 0] for t, _ in results])
        print(
            f"{isa} {precision}: {(tags != reference).sum()} of {len(tags)} tags differ, "
            f"{sum(n for _, n in results)} of {len(sentences)} sentences tagged again"
        )
        runs[f"{isa} {precision}"] = lambda x, kernel=kernel: kernel.tags(*x[:2])
        runs[f"{isa} {precision} scores"] = lambda x, kernel=kernel: kernel.scores(*x[:2])
    times = measure(runs, inputs, len(reference))
    base = times["torch"]
    one = (addresses(rows, inputs[0][2].tokens.numpy()[:24]), np.array([24]), None)
    for name, best in times.items():
        line = f"{name:25} {best:8.0f} ns a token {base / best:6.2f} x torch"
        if name != "torch":
            single = min(timed(runs[name], [one] * 100) for _ in range(ROUNDS)) * 1e4
            line += f"{single:8.1f} µs for one sentence"
        print(line)


def measure(runs: dict[str, Callable[[Any], Any]], inputs: list[Any], tokens: int) -> dict[str, float]:
    """The shortest thread time of each run in ns a token; the runs take turns."""
    best = dict.fromkeys(runs, np.inf)
    for _ in range(ROUNDS):
        for name, run in runs.items():
            best[name] = min(best[name], timed(run, inputs) * 1e9 / tokens)
    return best


@torch.inference_mode()
def timed(run: Callable[[Any], Any], inputs: list[Any]) -> float:
    start = time.thread_time()
    for batch in inputs:
        run(batch)
    return time.thread_time() - start


def batched(sentences: list[list[str]], size: int) -> Any:
    batch: list[list[str]] = []
    for sentence in sentences:
        batch.append(sentence)
        if sum(map(len, batch)) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
