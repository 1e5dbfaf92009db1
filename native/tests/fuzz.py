"""Tags random texts in random ways with random kernels, for a number of seconds.

    python native/tests/fuzz.py SECONDS [SEED]

Tags are compared with those of kernels that ask for the rows of all words, and scores with those of NumPy. It
is meant for a build with sanitizers, too (native/sanitize).
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "runtime"))

from postagger_native import BEST_ISA
from random_networks import MODELS, WORDS, Both, parts

from postagger.features import WordVectors
from postagger.runtime import Predictor, numpy_predictor
from postagger.runtime.native import make_kernel

ISAS = ("portable", "avx2", "avx512")
WRONG: list[Any] = [None, 3, b"bytes", ("a", "b"), ["a"], object()]
WORD_PARTS: list[dict[str, Any]] = [
    {},
    {"word_dim": 0},
    {"prefixes": 10, "suffixes": 0},
    {"shape": False, "lowercase": False, "fold_digits": False},
    {"normalise": False, "suffixes": 10},
    {"vectors": "some.txt"},
]
VECTORS = WordVectors(("the", "...", "(", "0", "#a"), np.eye(5, 9, dtype=np.float32))
THREADS = 3

Random = np.random.Generator
Text = list[list[str]]


class Marked(str):
    """A token of a subclass."""


def word(random: Random) -> str:
    kind = random.integers(20)
    if kind < 8:
        return WORDS[random.integers(len(WORDS))]
    if kind == 8:
        return Marked(WORDS[random.integers(len(WORDS))])
    length = int(random.integers(1, 12)) if kind < 19 else int(random.integers(0, 3000))
    highest = [128, 128, 256, 0x3000, 0x110000][random.integers(5)]
    return "".join(map(chr, random.integers(0, highest, length).tolist()))


def some_text(random: Random) -> Text:
    return [
        [word(random) for _ in range(random.integers(0, 40))]
        for _ in range(random.integers(0, [3, 60][random.integers(2)]))
    ]


class Case:
    """Kernels for one network, and the same network in NumPy."""

    def __init__(self, random: Random) -> None:
        name = list(MODELS)[random.integers(len(MODELS))]
        words = WORD_PARTS[random.integers(len(WORD_PARTS))]
        both = Both(MODELS[name], words, vectors=VECTORS if "vectors" in words else None)
        checkpoint = both.checkpoint(*random.integers(1, 60, random.integers(3)).tolist())
        heads = list(checkpoint.tagsets)
        isa = ISAS[random.integers(ISAS.index(BEST_ISA) + 1)]
        largest = int([0, 2**20, 2**30][random.integers(3)])
        self.name = f"{name}, {len(heads)} heads, {isa}, largest={largest}"
        self.kernel = make_kernel(checkpoint, heads, isa=isa, largest=largest)
        self.asking = make_kernel(checkpoint, heads, isa=isa, largest=largest, encoder=None)
        self.close = make_kernel(checkpoint, heads, isa=isa, largest=largest, precision="int8")
        self.plain: Predictor = numpy_predictor(checkpoint, heads)
        self.sizes = [len(tagset) for tagset in checkpoint.tagsets.values()]

    def tag(self, random: Random) -> None:
        """Tags a text with one of the kernels, and checks what it answers."""
        text = some_text(random)
        kernel, close = [(self.kernel, 1e-4), (self.asking, 1e-4), (self.close, 0.5)][random.integers(3)]
        if random.integers(5) == 0:
            refuses(kernel, [*text, ["a", WRONG[random.integers(len(WRONG))]], *text])
        pairs = kernel.tag([tuple(sentence) if random.integers(2) else sentence for sentence in text])
        for answers, sentence in zip(pairs, text, strict=True):
            for (token, _), given in zip(answers, sentence, strict=True):
                assert token == given
                assert type(token) is type(given)
        words, lengths = parts(text)
        tags = kernel.tags(words, np.array(lengths, np.int64))
        scores = kernel.scores(words, np.array(lengths, np.int64))
        if words:
            self.check(tags, scores, self.plain.scores(words, lengths), close)

    def check(self, tags: Any, scores: Any, expected: Any, close: float) -> None:
        largest = np.abs(expected).max()
        assert np.abs(scores - expected).max() <= close * largest
        for own, part in zip(tags, np.split(expected, np.cumsum(self.sizes)[:-1], axis=1), strict=True):
            lost = part.max(axis=1) - part[np.arange(len(part)), own]
            assert lost.max() <= close * largest


def refuses(kernel: Any, sentences: list[Any]) -> None:
    try:
        kernel.tag(sentences)
    except TypeError:
        return
    raise AssertionError("a wrong token was tagged")


def run(case: Case, seed: list[int], end: float, failures: list[BaseException]) -> None:
    random = np.random.default_rng(seed)
    try:
        while time.monotonic() < end:
            case.tag(random)
    except BaseException as failure:
        failures.append(failure)
        raise


def main(seconds: float = 10, seed: int = 0) -> None:
    end = time.monotonic() + seconds
    failures: list[BaseException] = []
    for number in itertools.count(seed):
        if time.monotonic() > end:
            print(f"{number - seed} networks, nothing wrong")
            return
        case = Case(np.random.default_rng(number))
        until = min(end, time.monotonic() + 3)

        threads = [
            threading.Thread(target=run, args=(case, [number, thread], until, failures))
            for thread in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            sys.exit(f"seed {number}: {case.name}: {failures[0]!r}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
