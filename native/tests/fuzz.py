"""Tags random texts in random ways, for a number of seconds; meant for a build with sanitizers.

python fuzz.py [SECONDS] [SEED]
"""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import numpy as np
from conftest import WORDS, Example

MODELS: list[dict[str, Any]] = [
    {"kind": "window", "hidden": [32]},
    {"kind": "window", "left": 0, "right": 3, "hidden": [40, 20], "activation": "silu"},
    {"kind": "logistic"},
    {"kind": "lstm", "hidden": 16},
    {"kind": "gru", "hidden": 8, "layers": 2, "bidirectional": False},
]
WRONG: list[Any] = [None, 3, b"bytes", ("a", "b"), ["a"], object()]


class Text(str):
    pass


def word(random: np.random.Generator) -> Any:
    kind = random.integers(20)
    if kind < 8:
        return WORDS[random.integers(len(WORDS))]
    if kind == 8:
        return Text(WORDS[random.integers(len(WORDS))])
    length = int(random.integers(1, 12)) if kind < 19 else int(random.integers(0, 5000))
    highest = [128, 128, 256, 0x3000, 0x110000][random.integers(5)]
    return "".join(map(chr, random.integers(0, highest, length).tolist()))


def text(random: np.random.Generator) -> list[Any]:
    sentences: list[Any] = []
    for _ in range(random.integers(0, 60)):
        sentence = [word(random) for _ in range(random.integers(0, 40))]
        sentences.append(tuple(sentence) if random.integers(2) else sentence)
    return sentences


def once(random: np.random.Generator, kernel: Any) -> None:
    sentences = text(random)
    if random.integers(5) == 0 and sentences:
        sentences[random.integers(len(sentences))] = ["a", WRONG[random.integers(len(WRONG))]]
        try:
            kernel.tag(sentences)
        except TypeError:
            return
        raise AssertionError("a wrong token was tagged")
    tagged = kernel.tag(sentences)
    assert [[token for token, _ in sentence] for sentence in tagged] == [
        list(sentence) for sentence in sentences
    ]
    words = [token for sentence in sentences for token in sentence]
    lengths = np.array([len(sentence) for sentence in sentences], np.int64)
    kernel.tags(words, lengths)
    assert np.isfinite(kernel.scores(words, lengths)).all()


def run(kernels: list[Any], seed: int, end: float) -> None:
    random = np.random.default_rng(seed)
    while time.monotonic() < end:
        once(random, kernels[random.integers(len(kernels))])


def main(seconds: float = 10, seed: int = 0) -> None:
    kernels = [
        Example(**model).kernel(native=bool(native), largest=largest)
        for model in MODELS
        for native in (False, True)
        for largest in (0, 2**20)
    ]
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=run, args=(kernels, seed + number, end)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"seed {seed}: {sum(map(len, kernels))} words in the tables, nothing wrong")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
