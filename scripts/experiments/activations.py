#!/usr/bin/env python3
"""Why the non-linearity? The window tagger with none, sigmoid, tanh and ReLU between its layers.

The lecture: logistic regression cannot learn non-linear functions of its features, but a neural network can,
and the non-linearity makes the difference: without it, stacked layers are one affine layer. The experiment
trains

- on the treebank, with one hidden layer of 100 units and with three;
- on the treebank without a hidden layer, which is logistic regression;
- on the parity language, which no linear function of single words can tag: each word is of kind 0 or 1, and
  its tag says whether it is of the same kind as the word before (exclusive or: Minsky and Papert 1969).
  Guessing is right half of the time.

The models are those of configs/window.toml and configs/logistic.toml, except for their sizes. Accuracy is on
dev, not on test.

Example:
    python scripts/experiments/activations.py --corpus treebank --seeds 3
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from common import CONFIGS, fewer_epochs, parser, run, save, table
from frame import stacked, write_key
from on_dev import BARS, compare_on_dev, draw_points, gap, per_cent

from postagger import Config, Corpus, load_config, load_corpus
from postagger.comparison import ConfiguredSystem, Results
from postagger.comparison.style import drawing
from postagger.comparison.tables import listed
from postagger.config import Activation, parse_config
from postagger.corpora import TaggedSentence
from postagger.plots import QUIET, pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACTIVATIONS: tuple[Activation, ...] = ("none", "sigmoid", "tanh", "relu")
LAYERS = (1, 3)
LOGISTIC = "no hidden layer"
"""The name of logistic regression over the window."""

SOLVED = 0.9
"""The parity language counts as learned from this accuracy on."""

_WORDS = 10
"""Words of each kind in the parity language."""
_LENGTHS = (5, 15)
"""The fewest and the most words of a sentence."""


def parity_language(sentences: int, seed: int) -> list[TaggedSentence]:
    """Sentences with words of two kinds, tagged ``SAME`` or ``OTHER`` by comparison with the word before.

    The first word is compared with kind 0.
    """
    generator = random.Random(seed)
    found = []
    for _ in range(sentences):
        kinds = generator.choices((0, 1), k=generator.randint(*_LENGTHS))
        found.append(
            [
                (f"{'ab'[kind]}{generator.randrange(_WORDS)}", "OTHER" if kind != before else "SAME")
                for before, kind in zip([0, *kinds], kinds, strict=False)
            ]
        )
    return found


def parity_corpus(sentences: int = 500) -> Corpus:
    return Corpus("parity", parity_language(sentences, 1), parity_language(sentences // 2, 2), [])


def name(activation: str, layers: int) -> str:
    return f"{activation} ({_depth(layers)})"


def _depth(layers: int) -> str:
    return f"{layers} hidden layer{'' if layers == 1 else 's'}"


def corpus_systems(overrides: Sequence[str] = ()) -> list[ConfiguredSystem]:
    return [
        ConfiguredSystem(LOGISTIC, load_config(CONFIGS / "logistic.toml", overrides)),
        *(
            ConfiguredSystem(
                name(activation, layers),
                load_config(
                    CONFIGS / "window.toml",
                    [f"model.activation={activation}", f"model.hidden={[100] * layers}", *overrides],
                ),
            )
            for activation in ACTIVATIONS
            for layers in LAYERS
        ),
    ]


def parity_systems() -> list[ConfiguredSystem]:
    """Systems that see plain word embeddings and one word on each side, trained without dropout."""

    def config(model: dict[str, object]) -> Config:
        words = {
            "word_dim": 16, "fold_digits": False, "prefixes": 0, "suffixes": 0, "shape": False,
            "word_dropout": 0.0, "dropout": 0.0, "case_noise": 0.0,
        }  # fmt: skip
        training = {"epochs": 40, "learning_rate": 1e-2, "device": "cpu"}
        return parse_config({"words": words, "model": {**model, "left": 1, "right": 1}, "training": training})

    return [
        ConfiguredSystem(LOGISTIC, config({"kind": "logistic"})),
        *(
            ConfiguredSystem(
                name(activation, layers),
                config({"kind": "window", "hidden": [32] * layers, "activation": activation, "dropout": 0.0}),
            )
            for activation in ACTIVATIONS
            for layers in LAYERS
        ),
    ]


def as_table(treebank: Results, parity: Results) -> str:
    """Accuracies in per cent, mean ± standard deviation over seeds."""
    rows = []
    for system in treebank.systems:
        activation, _, depth = system.name.rpartition(" (")
        rows.append(
            [
                activation or "-",
                depth.removesuffix(")"),
                per_cent(system.accuracy),
                per_cent(system.unknown),
                f"{system.train_seconds.median:.0f}",
                per_cent(parity.system(system.name).accuracy),
            ]
        )
    corpus = treebank.origin.corpus
    head = ["non-linearity", "depth", corpus, "unknown words", "training (s)", "parity language"]
    return table(head, rows)


def verdict(treebank: Results, parity: Results) -> str:
    """States for each of the two corpora whether the non-linearity was needed."""
    non_linear = [name(activation, layers) for activation in ACTIVATIONS[1:] for layers in LAYERS]
    solved = [system.name for system in parity.systems if system.accuracy.mean >= SOLVED]
    others = [system.name for system in parity.systems if system.name not in solved]
    best = max(non_linear, key=lambda each: treebank.system(each).accuracy.mean)
    gains = {other: gap(treebank, best, other) for other in (LOGISTIC, name("none", 1))}
    ahead = [gain.ahead for gain in gains.values()]
    outcome = "held" if all(ahead) else "held in part" if any(ahead) else "did not hold"
    deeper = [
        f"{activation} {gap(treebank, name(activation, LAYERS[-1]), name(activation, LAYERS[0]))}"
        for activation in ACTIVATIONS
    ]
    return (
        f"In the parity language the claim {'held' if solved == non_linear else 'did not hold'}: "
        f"{listed(solved)} reached {100 * SOLVED:.0f} % or more; {listed(others)} did not. "
        f"On {treebank.origin.corpus} it {outcome}: "
        f"the best with a non-linearity is {best}, {per_cent(treebank.system(best).accuracy)} %, "
        f"{listed([f'{gain}, against {other}' for other, gain in gains.items()])}. "
        f"{LAYERS[-1]} hidden layers instead of {LAYERS[0]}: {'; '.join(deeper)}."
    )


def picture(treebank: Results, parity: Results) -> Figure:
    """Accuracy by non-linearity and depth, a panel for each corpus. Call it inside `drawing`."""
    origin = f"{treebank.origin.line}; parity: generated; {BARS}"
    figure, panels = stacked("What the non-linearity is for", origin, key=1)
    for axes, results in zip(panels, (treebank, parity), strict=True):
        logistic = 100 * results.system(LOGISTIC).accuracy.mean
        axes.axhline(logistic, color=QUIET, linestyle=":", label=LOGISTIC)
        for number, layers in enumerate(LAYERS):
            places = [place + 0.2 * (number - 0.5) for place in range(len(ACTIVATIONS))]
            spreads = [results.system(name(activation, layers)).accuracy for activation in ACTIVATIONS]
            draw_points(axes, places, spreads, pen(number), line=False, label=_depth(layers))
        axes.set(
            title=results.origin.corpus,
            xlabel="non-linearity",
            ylabel="accuracy (per cent)",
            xticks=range(len(ACTIVATIONS)),
            xticklabels=ACTIVATIONS,
        )
        axes.margins(x=0.15)
    write_key(figure, panels[0])
    return figure


def main() -> None:
    options = parser(
        "activations",
        __doc__,
        time="about 9 min",
        quick="30 s",
        without="one seed, the sample instead of the treebank, one epoch there, half of the parity sentences",
        seeds=3,
        corpus="treebank",
    ).parse_args()
    corpus = load_corpus(options.corpus)
    parity = compare_on_dev(
        parity_systems(), parity_corpus(250 if options.quick else 500), options, options.runs / "parity"
    )
    treebank = compare_on_dev(
        corpus_systems(fewer_epochs(options, 1)), corpus, options, options.runs / "corpus"
    )
    print(f"{treebank.origin.line}\n\n{as_table(treebank, parity)}\n\n{verdict(treebank, parity)}")
    with drawing():
        save(picture(treebank, parity), options.output)


if __name__ == "__main__":
    run(main)
