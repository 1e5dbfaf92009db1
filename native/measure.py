"""Speed of a kernel against a dictionary look-up, by turns in one process, on one thread.

    python native/measure.py MODEL

MODEL is a model file of any kind that the kernel has; the text is NLTK's treebank. Times are of
the thread's processor, with the garbage collector on; the median of all turns.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# This folder's `postagger_native` has no compiled part: the installed package is wanted.
sys.path.remove(str(Path(__file__).parent))

from postagger_native import BEST_ISA

from postagger import load_corpus
from postagger.checkpoint import read_checkpoint
from postagger.runtime import numpy_predictor
from postagger.runtime.native import make_kernel

ISAS = ("portable", "avx2", "avx512")
TURNS = 15


def seconds(function: Callable[..., Any], *arguments: Any) -> float:
    start = time.thread_time()
    result = function(*arguments)
    elapsed = time.thread_time() - start
    del result
    return elapsed


def with_new_words(texts: list[list[str]], turn: int) -> list[list[str]]:
    """The same text, in which one word in ten has an ending that nobody has seen."""
    return [
        [f"{word}{turn}q" if (s + w) % 10 == 0 else word for w, word in enumerate(sentence)]
        for s, sentence in enumerate(texts)
    ]


def main(path: str) -> None:
    checkpoint = read_checkpoint(path)
    head, tagset = next(iter(checkpoint.tagsets.items()))
    corpus = load_corpus("treebank")
    texts = [
        [word for word, _ in sentence]
        for part in (corpus.train, corpus.dev, corpus.test)
        for sentence in part
    ]
    del corpus
    words = [word for sentence in texts for word in sentence]
    lengths = np.array([len(sentence) for sentence in texts])
    expected = numpy_predictor(checkpoint, [head]).tags(texts)
    known = {word: tagset.tags[tag] for word, tag in zip(words, expected, strict=True)}
    some = [with_new_words(texts, turn) for turn in range(5)]
    one = [next(sentence for sentence in texts if len(sentence) == 24)]
    gc.collect()

    def floor() -> list[list[tuple[str, str]]]:
        return [[(word, known[word]) for word in sentence] for sentence in texts]

    print(f"{len(words)} tokens; ns a token, and the floor's of the same turns")
    for isa in ISAS[: ISAS.index(BEST_ISA) + 1]:
        kernel = make_kernel(checkpoint, [head], isa=isa)
        cold = seconds(kernel.tag, texts)
        turns = [(seconds(floor), seconds(kernel.tag, texts)) for _ in range(TURNS)]
        below, warm = (statistics.median(times) for times in zip(*turns, strict=True))
        different = int((kernel.tags(words, lengths)[0] != expected).sum())
        unseen = statistics.median(seconds(kernel.tag, text) for text in some)
        single = statistics.median(seconds(kernel.tag, one) for _ in range(2000))
        floor_ns, *rest = (1e9 * value / len(words) for value in (below, warm, cold, unseen))
        print(
            f"{isa:9} floor {floor_ns:.0f}  warm {rest[0]:.0f} ({below / warm:.2f} x)  cold {rest[1]:.0f}  "
            f"10 % unseen {rest[2]:.0f}  sentence of 24 {single * 1e6:.1f} us  {different} tags differ"
        )


if __name__ == "__main__":
    main(sys.argv[1])
