#!/usr/bin/env python3
"""What is each part worth? Every part of a config switched off, and every part it lacks switched on.

The config as it is stands against itself with one setting changed at a time: features of words, character
encoders, dropout, depth, the output, the learning rate's schedule, averaged weights, smoothed labels.
Accuracy is on dev, not on test; a gap "beyond chance" is one in the sense of `postagger compare`.

Example:
    python scripts/experiments/ablation.py --config lstm --seeds 5
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from common import CONFIGS, parser, run, save, table
from on_dev import BARS, compare_on_dev, gap, per_cent

from postagger import Config, load_config, load_corpus
from postagger.comparison import ConfiguredSystem, Results
from postagger.comparison.pictures.elements import framed
from postagger.comparison.style import drawing, pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WHOLE = "as it is"

CHANGES = {
    "no word embedding": ["words.word_dim=0"],
    "no affixes": ["words.prefixes=0", "words.suffixes=0"],
    "longer affixes": ["words.prefixes=4", "words.suffixes=6"],
    "no shape": ["words.shape=false"],
    "no characters": ["words.character_dim=0"],
    "characters, convolution": ["words.character_dim=16"],
    "characters, LSTM": ["words.character_dim=16", "words.character_encoder=lstm"],
    "no word dropout": ["words.word_dropout=0"],
    "no dropout": ["words.dropout=0", "model.dropout=0"],
    "the same units dropped in a sentence": ["model.variational=true"],
    "one hidden layer more": ["model.hidden=[128, 128]"],
    "two layers": ["model.layers=2"],
    "CRF output": ["model.output=crf", "training.label_smoothing=0", "training.rdrop_weight=0"],
    "softmax output": ["model.output=softmax"],
    "smoothed labels (0.1)": ["training.label_smoothing=0.1", "model.output=softmax"],
    "two readings of a batch (R-Drop)": ["training.rdrop_weight=1.0", "model.output=softmax"],
    "one reading of a batch": ["training.rdrop_weight=0"],
    "averaged weights": ["training.averaging=0.998"],
    "constant rate": ["training.schedule=constant"],
    "constant rate, averaged weights": ["training.schedule=constant", "training.averaging=0.998"],
    "cosine schedule": ["training.schedule=cosine"],
    "products in bfloat16": ["training.dtype=bfloat16"],
}
"""Name to overrides; what a config can't take, or has already, is left out."""


def systems(file: Path, changes: Sequence[str] = tuple(CHANGES)) -> list[ConfiguredSystem]:
    """The config as it is, and with each change that is one."""
    whole = load_config(file)
    found = [ConfiguredSystem(WHOLE, whole)]
    for name in changes:
        overrides = CHANGES[name]
        if all(_exists(whole, override) for override in overrides):
            changed = load_config(file, overrides)
            if changed not in [system.config for system in found]:
                found.append(ConfiguredSystem(name, changed))
    return found


def _exists(config: Config, override: str) -> bool:
    """Whether the config's kind of model has such a setting, and of such a form."""
    section, _, key = override.partition("=")[0].partition(".")
    value = getattr(getattr(config, section), key, None)
    return value is not None and (key != "hidden" or isinstance(value, tuple))


def as_table(results: Results) -> str:
    """Accuracies in per cent, mean ± standard deviation over seeds, and the gap to the whole."""
    rows = []
    for system in results.systems:
        rates = (system.accuracy, system.known, system.unknown)
        told = "" if system.name == WHOLE else str(gap(results, system.name, WHOLE))
        rows.append([system.name, *map(per_cent, rates), f"{system.train_seconds.median:.0f}", told])
    head = ["change", "all words", "known", "unknown", "training (s)", "against the config as it is"]
    return table(head, rows)


def verdict(results: Results) -> str:
    """Which parts are worth something, and whether any change gains."""
    gaps = {
        system.name: gap(results, system.name, WHOLE) for system in results.systems if system.name != WHOLE
    }
    losses = [name for name, each in gaps.items() if each.beyond_chance and each.difference < 0]
    gains = [name for name, each in gaps.items() if each.ahead]
    told = f"Worse beyond chance: {', '.join(losses)}." if losses else "No change is worse beyond chance."
    more = f" Better beyond chance: {', '.join(gains)}." if gains else " No change is better beyond chance."
    return told + more


def picture(results: Results, config: str) -> Figure:
    """Accuracy with each change, the config as it is at the top; inside `drawing`."""
    names = [system.name for system in results.systems][::-1]
    figure = framed(
        1.6 + 0.28 * len(names), f"What each part of {config} is worth", f"{results.origin.line}; {BARS}"
    )
    axes = figure.subplots()
    spreads = [results.system(name).accuracy for name in names]
    look = pen(0)
    axes.errorbar(
        [100 * spread.mean for spread in spreads],
        range(len(names)),
        xerr=[100 * (spread.deviation or 0.0) for spread in spreads],
        color=look.color,
        marker=look.marker,
        linestyle="none",
        capsize=3,
    )
    axes.axvline(100 * results.system(WHOLE).accuracy.mean, color=look.color, linewidth=0.8, linestyle=":")
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="accuracy on dev (per cent)")
    return figure


def main() -> None:
    options = parser("ablation", __doc__, seeds=5)
    options.add_argument("--config", type=Path, default=CONFIGS / "window.toml", help="default: window.toml")
    options.add_argument(
        "--changes",
        nargs="+",
        choices=list(CHANGES),
        default=list(CHANGES),
        metavar="NAME",
        help="only these",
    )
    chosen = options.parse_args()
    name = chosen.config.stem
    results = compare_on_dev(
        systems(chosen.config, chosen.changes), load_corpus(chosen.corpus), chosen, chosen.runs / name
    )
    print(f"{results.origin.line}\n\n{as_table(results)}\n\n{verdict(results)}")
    with drawing():
        save(picture(results, name), chosen.output)


if __name__ == "__main__":
    run(main)
