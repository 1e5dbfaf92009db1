"""Speed of a kernel against a dictionary look-up, by turns in one process, on one thread.

    python native/benchmark.py MODEL

MODEL is a model file with a network of any kind that the kernel has; the text is NLTK's treebank. Times are of the
thread's processor, with the garbage collector on; the median of all turns.
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

# In the place of this folder, whose `postagger_native` has no compiled part.
sys.path[0] = str(Path(__file__).parent / "tests")

from taggers import kernel_of

from postagger import Tagger, load_corpus
from postagger.inference import ReferencePredictor
from postagger_native import BEST_ISA

ISAS = ("portable", "avx2", "avx512")
TURNS = 15


def seconds(function: Callable[[], Any]) -> float:
    start = time.thread_time()
    result = function()
    elapsed = time.thread_time() - start
    del result
    return elapsed


def main(path: str) -> None:
    tagger = Tagger.load(path)
    corpus = load_corpus("treebank")
    texts = [
        [word for word, _ in sentence]
        for part in (corpus.train, corpus.dev, corpus.test)
        for sentence in part
    ]
    del corpus
    words = [word for sentence in texts for word in sentence]
    lengths = np.array([len(sentence) for sentence in texts])
    expected = ReferencePredictor(tagger.network, tagger.encoding).tags(texts)
    known = {word: tagger.tagset.tags[tag] for word, tag in zip(words, expected, strict=True)}
    # One word in ten gets an ending that nobody has seen, another one in each turn.
    some = [[[f"{w}{turn}q" if (i + j) % 10 == 0 else w for j, w in enumerate(s)] for i, s in enumerate(texts)]
            for turn in range(5)]  # fmt: skip
    one = [next(sentence for sentence in texts if len(sentence) == 24)]
    gc.collect()

    def floor() -> list[list[tuple[str, str]]]:
        return [[(word, known[word]) for word in sentence] for sentence in texts]

    print(f"{len(words)} tokens; ns a token, and the floor's of the same turns")
    for isa in ISAS[: ISAS.index(BEST_ISA) + 1]:
        kernel = kernel_of(tagger, isa=isa)
        cold = seconds(lambda: kernel.tag(texts))  # noqa: B023
        turns = [(seconds(floor), seconds(lambda: kernel.tag(texts))) for _ in range(TURNS)]  # noqa: B023
        below, warm = (statistics.median(times) for times in zip(*turns, strict=True))
        different = int((kernel.tags(words, lengths)[0] != expected).sum())
        unseen = statistics.median(seconds(lambda text=text: kernel.tag(text)) for text in some)  # noqa: B023
        single = seconds(lambda: [kernel.tag(one) for _ in range(2000)]) / 2000  # noqa: B023
        floor_ns, *rest = (1e9 * value / len(words) for value in (below, warm, cold, unseen))
        print(
            f"{isa:9} floor {floor_ns:.0f}  warm {rest[0]:.0f} ({below / warm:.2f} x)  cold {rest[1]:.0f}  "
            f"10 % unseen {rest[2]:.0f}  sentence of 24 {single * 1e6:.1f} us  {different} tags differ"
        )


if __name__ == "__main__":
    main(sys.argv[1])
