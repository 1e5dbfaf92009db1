#!/usr/bin/env python3
"""Does it pay to tag the sentences by hand that the tagger is least sure of?

It plays an annotator: from a training set whose tags are hidden, a tagger chooses the sentences to tag next
(as `postagger suggest` does), is trained on all that are tagged, and chooses again. Beside it, sentences are
drawn at random. All start from the same random sentences and are scored on the same dev part.

Example:
    python scripts/experiments/active_learning.py --train en_ewt-ud-train.conllu --dev en_ewt-ud-dev.conllu
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
from collections.abc import Sequence

from common import Parser, fewer_epochs, parser, run, save, say, table
from frame import round_log_scale
from matplotlib.figure import Figure
from on_dev import draw_points

from postagger import Corpus, Tagger, load_config, load_files
from postagger.cli.parser import count
from postagger.comparison.results import Spread
from postagger.comparison.style import drawing, new_figure
from postagger.corpora import TaggedSentence
from postagger.plots import pen
from postagger.tagger import suggest

CHOICES = ("random", "errors", "rate")


def main() -> None:
    options = arguments().parse_args()
    corpus = load_files(train=options.train, dev=options.dev, column=options.column)
    curves: dict[str, list[list[tuple[int, float]]]] = {name: [] for name in CHOICES}
    for seed in range(1, options.seeds + 1):
        for name in CHOICES:
            curves[name].append(curve(corpus, name, seed, options))
    rows = []
    for name, found in curves.items():
        for place, sentences in enumerate(options.sizes):
            tokens, rates = zip(*(each[place] for each in found), strict=True)
            spread = statistics.stdev(rates) if len(rates) > 1 else 0.0
            cells = (
                f"{statistics.fmean(tokens):,.0f}",
                f"{100 * statistics.fmean(rates):.2f} ± {100 * spread:.2f}",
            )
            rows.append([name, f"{sentences:,}", *cells])
    print(table(["sentences chosen by", "sentences", "tokens", "accuracy on dev"], rows))
    with drawing():
        save(picture(curves, options.sizes), options.output)


def arguments() -> Parser:
    options = parser(
        "active_learning",
        __doc__,
        time="about 15 min",
        quick="10 s",
        without="one seed, 100 and 150 sentences instead of six sizes up to 2,000, two epochs",
        seeds=3,
        runs=False,
        less={"sizes": [100, 150]},
    )
    options.add_argument("--train", required=True, help="the file whose sentences are chosen")
    options.add_argument("--dev", required=True, help="the file to score on")
    options.add_argument("--column", default="xpos", help="column of the tags (default: xpos)")
    options.add_argument("--config", default="window", help="a config (default: window)")
    options.add_argument(
        "--sizes",
        type=count,
        nargs="+",
        default=[200, 300, 500, 800, 1300, 2000],
        help="numbers of tagged sentences (default: 200 300 500 800 1300 2000)",
    )
    return options


def curve(corpus: Corpus, name: str, seed: int, options: argparse.Namespace) -> list[tuple[int, float]]:
    """The number of tagged tokens and the dev accuracy at each size."""
    order = list(range(len(corpus.train)))
    random.Random(seed).shuffle(order)
    chosen, rest = order[: options.sizes[0]], order[options.sizes[0] :]
    found = []
    for size, larger in itertools.pairwise([*options.sizes, 0]):
        tagger = trained([corpus.train[place] for place in chosen], options, seed)
        tokens = sum(len(corpus.train[place]) for place in chosen)
        accuracy = tagger.evaluate_on(corpus, "dev").tokens.value or 0.0
        found.append((tokens, accuracy))
        say(f"{name}, seed {seed}: {size:,} sentences, {tokens:,} tokens, {100 * accuracy:.2f}")
        if larger:
            more = larger - size
            picked = rest[:more] if name == "random" else pick(tagger, corpus.train, rest, more, name)
            chosen += picked
            taken = set(picked)
            rest = [place for place in rest if place not in taken]
    return found


def pick(tagger: Tagger, train: Sequence[TaggedSentence], rest: list[int], n: int, by: str) -> list[int]:
    words = [[word for word, _ in train[place]] for place in rest]
    return [
        rest[each.number - 1] for each in suggest(tagger, words, n, by="rate" if by == "rate" else "errors")
    ]


def trained(sentences: list[TaggedSentence], options: argparse.Namespace, seed: int) -> Tagger:
    """A tagger trained on nine tenths of some sentences; the rest calibrates it, as a user's own would."""
    held_out = max(1, len(sentences) // 10)
    corpus = Corpus("chosen", sentences[held_out:], sentences[:held_out], [])
    config = load_config(options.config, [f"training.seed={seed}", *fewer_epochs(options)])
    return Tagger.train(corpus, config, score_test=False)


def picture(curves: dict[str, list[list[tuple[int, float]]]], sizes: Sequence[int]) -> Figure:
    """Accuracy by the number of sentences, with standard deviations over seeds. Call it inside `drawing`."""
    figure = new_figure(4, 6)
    axes = figure.subplots()
    for number, (name, found) in enumerate(curves.items()):
        spreads = [Spread(tuple(each[place][1] for each in found)) for place in range(len(sizes))]
        draw_points(axes, sizes, spreads, pen(number), label=name)
    axes.set(xlabel="sentences tagged by hand", ylabel="accuracy on dev (%)")
    round_log_scale(axes.xaxis, sizes)
    axes.legend(title="chosen by")
    return figure


if __name__ == "__main__":
    run(main)
