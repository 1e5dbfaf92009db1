#!/usr/bin/env python3
"""When is feature engineering worth it? Accuracy against the number of training sentences, by features.

The lecture says that a neural network reduces the need for feature engineering, and asks when linguistic
features are a better idea than more data for a simple representation. Here a window tagger is trained on
1 to 100 per cent of the training sentences, with words represented by

- an embedding of the word alone;
- embeddings of the word and of its affixes and shape, features chosen by hand;
- an embedding of the word and a convolution over its characters, which has to learn such features itself.

The sentences are drawn at random and are the same for all systems and seeds; each sample contains the smaller
ones. The model is that of configs/window.toml. Accuracy is on dev, not on test.

Example:
    python scripts/experiments/data_size.py --corpus treebank --seeds 3
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from common import CONFIGS, fewer_epochs, parser, run, save, table
from frame import round_log_scale, stacked, write_key
from on_dev import BARS, compare_on_dev, draw_points, gap, per_cent

from postagger import Corpus, load_config, load_corpus
from postagger.comparison import ConfiguredSystem, Results
from postagger.comparison.style import drawing
from postagger.comparison.tables import listed
from postagger.plots import pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FRACTIONS = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Fractions of the training sentences that are used."""

PLAIN, AFFIXES, CHARACTERS = "word alone", "word, affixes and shape", "word and characters"
_ALONE = ["words.prefixes=0", "words.suffixes=0", "words.shape=false"]
FEATURES = {PLAIN: _ALONE, AFFIXES: [], CHARACTERS: [*_ALONE, "words.character_dim=16"]}
"""Name to overrides of configs/window.toml."""

BySize = dict[int, Results]
"""Number of training sentences to results."""


def parts(corpus: Corpus, fractions: Sequence[float] = FRACTIONS) -> list[Corpus]:
    """The corpus with each of the fractions of its training sentences; no two have the same size."""
    shuffled = random.Random(1).sample(corpus.train, len(corpus.train))
    sizes = dict.fromkeys(max(1, round(fraction * len(shuffled))) for fraction in fractions)
    return [replace(corpus, train=shuffled[:size]) for size in sizes]


def systems(more: Sequence[str] = ()) -> list[ConfiguredSystem]:
    """A system for each representation of words."""
    return [
        ConfiguredSystem(name, load_config(CONFIGS / "window.toml", [*overrides, *more]))
        for name, overrides in FEATURES.items()
    ]


def as_table(by_size: BySize) -> str:
    """Accuracies in per cent, mean ± standard deviation over seeds."""
    rows = []
    for size, results in by_size.items():
        for system in results.systems:
            rates = (system.accuracy, system.known, system.unknown)
            unknown = results.origin.unknown_tokens / results.origin.tokens
            rows.append([f"{size:,}", f"{100 * unknown:.1f}", system.name, *map(per_cent, rates)])
    head = ["sentences", "unknown (%)", "features", "all words", "known", "unknown"]
    return table(head, rows)


def verdict(by_size: BySize) -> str:
    """States at which sizes the features help, and how much data they replace."""
    gains = {size: gap(results, AFFIXES, PLAIN) for size, results in by_size.items()}
    ahead = [f"{size:,}" for size, gain in gains.items() if gain.ahead]
    most = max(gains, key=lambda size: gains[size].difference)
    learned = {size: gap(results, CHARACTERS, AFFIXES) for size, results in by_size.items()}
    behind = [f"{size:,}" for size, gain in learned.items() if gain.beyond_chance and gain.difference < 0]
    every = len(ahead) == len(gains)
    where = "all of them" if every else f"{listed(ahead)} sentences"
    return (
        f"The claim that features are worth it {'held' if every else 'did not hold'} at every size. Affixes "
        f"and shape are better than the word alone beyond chance at {where}; the gain is largest with "
        f"{most:,} sentences ({gains[most]}), and with all {max(gains):,} it is {gains[max(gains)]}. "
        f"{_data_replaced(by_size)} Characters are worse than affixes and shape beyond chance at "
        f"{listed(behind)} sentences."
    )


def _data_replaced(by_size: BySize) -> str:
    """States how few sentences with features give the accuracy of all sentences without features."""
    most = max(by_size)
    goal = by_size[most].system(PLAIN).accuracy.mean
    enough = [size for size, results in by_size.items() if results.system(AFFIXES).accuracy.mean >= goal]
    goal_text = f"the word alone on {most:,} ({100 * goal:.2f} %)"
    if not enough:
        return f"With them no number of sentences is enough to equal {goal_text}."
    return f"With them {min(enough):,} sentences are enough to equal {goal_text}."


def picture(by_size: BySize) -> Figure:
    """Accuracy on all and on unknown words, by the number of sentences. Call it inside `drawing`."""
    sizes = list(by_size)
    figure, panels = stacked(
        "The value of features, by the training set",
        f"{by_size[max(sizes)].origin.line} (on all training sentences); {BARS}",
        key=1,
    )
    titles = ("all words", "unknown words")
    for axes, title in zip(panels, titles, strict=True):
        for number, features in enumerate(FEATURES):
            every = [results.system(features) for results in by_size.values()]
            spreads = [system.accuracy if title == titles[0] else system.unknown for system in every]
            draw_points(axes, sizes, spreads, pen(number), label=features)
        round_log_scale(axes.xaxis, sizes)
        axes.set(title=title, xlabel="training sentences (log scale)", ylabel="accuracy (per cent)")
    write_key(figure, panels[0])
    return figure


def main() -> None:
    options = parser(
        "data_size",
        __doc__,
        time="about 14 min",
        quick="15 s",
        without="one seed, the sample instead of the treebank, three sizes instead of five, two epochs",
        seeds=3,
        corpus="treebank",
    ).parse_args()
    by_size = {}
    for part in parts(load_corpus(options.corpus), FRACTIONS[2:] if options.quick else FRACTIONS):
        size = len(part.train)
        by_size[size] = compare_on_dev(
            systems(fewer_epochs(options)), part, options, options.runs / str(size)
        )
    print(f"{by_size[max(by_size)].origin.line}\n\n{as_table(by_size)}\n\n{verdict(by_size)}")
    with drawing():
        save(picture(by_size), options.output)


if __name__ == "__main__":
    run(main)
