#!/usr/bin/env python3
r"""How good is a tagger that is trained on a small treebank? Accuracy on dev by the number of sentences.

People have treebanks of a few hundred sentences. Here sentences are drawn from a larger one, and taggers are
trained on them with the shipped configs as they are, and beside them two linear taggers that learn quickly:
NLTK's averaged perceptron, and a CRF over rich features, trained as an averaged perceptron.

Each draw has other sentences. Epochs are chosen on a quarter as many sentences of the dev part, because small
treebanks have small dev parts, and taggers are scored on all of it. The test part is not used.

Example:
    python scripts/experiments/small_treebanks.py --train en_ewt-ud-train.conllu --dev en_ewt-ud-dev.conllu \
        --column upos --sizes 200 800 3200
"""

from __future__ import annotations

import random
from dataclasses import replace

from common import fewer_epochs, parser, run, table
from on_dev import add_files, compare_on, folder_of, load_chosen, per_cent
from rich_crf import RichCrf

from postagger import Corpus
from postagger.comparison import Results
from postagger.comparison.results import Spread
from postagger.comparison.systems import System, baseline_systems, config_systems

SIZES = (200, 400, 800, 1600, 3200)
CONFIGS = ("window", "lstm")


def draw(corpus: Corpus, sentences: int, number: int) -> Corpus:
    """So many of a corpus's training sentences, a quarter as many of its dev part, and that part as test.

    Args:
        number: each gives other sentences.
    """
    choose = random.Random(number)
    train = choose.sample(corpus.train, sentences)
    dev = choose.sample(corpus.dev, min(len(corpus.dev), max(1, sentences // 4)))
    return replace(corpus, train=train, dev=dev, test=corpus.dev)


def as_table(by_size: dict[int, list[Results]]) -> str:
    """Accuracies in per cent: the mean ± standard deviation over draws (each the mean over its seeds)."""
    names = [system.name for system in next(iter(by_size.values()))[0].systems]
    rows = [
        [f"{size:,}", *(per_cent(_over_draws(draws, name)) for name in names)]
        for size, draws in by_size.items()
    ]
    return table(["sentences", *names], rows)


def _over_draws(draws: list[Results], name: str) -> Spread:
    return Spread(tuple(results.system(name).accuracy.mean for results in draws))


def main() -> None:
    options = parser(
        "small_treebanks",
        __doc__,
        time="20 min a column",
        quick="10 s",
        without="one draw of one size instead of three of five, the window tagger without the LSTM, "
        "two epochs; without --train, the sample",
        seeds=1,
        corpus="treebank",
        picture=False,
        less={"sizes": (200,), "draws": 1, "configs": ("window",)},
    )
    add_files(options)
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of sentences")
    options.add_argument("--draws", type=int, default=3, help="draws of each size (default: %(default)s)")
    options.add_argument(
        "--configs", nargs="+", default=CONFIGS, help="configs to train (default: window lstm)"
    )
    given = options.parse_args()
    corpus = replace(load_chosen(given), documents=())
    systems: list[System] = [
        *config_systems(given.configs, fewer_epochs(given)),
        *baseline_systems(["perceptron"]),
        RichCrf(),
    ]
    by_size = {}
    for size in given.sizes:
        if size > len(corpus.train):
            continue
        by_size[size] = [
            compare_on(
                systems,
                draw(corpus, size, number),
                given,
                folder_of(corpus, given) / f"{size}-{number}",
            )
            for number in range(1, given.draws + 1)
        ]
    print(f"{corpus.name}, {given.column}, dev part; {given.draws} draws\n\n{as_table(by_size)}")


if __name__ == "__main__":
    run(main)
