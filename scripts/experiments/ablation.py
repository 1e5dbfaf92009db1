#!/usr/bin/env python3
"""What is each part worth? Switches off every part of a config, and switches on every part it lacks.

The config is compared with itself with one setting changed at a time: word features, character encoders,
dropout, depth, the output layer, the learning rate's schedule, weight averaging, label smoothing. Accuracy is
on dev, not on test. "Beyond chance" means the same as in `postagger compare`.

Example:
    python scripts/experiments/ablation.py --config lstm --seeds 5
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from common import CONFIGS, fewer_epochs, parser, run, save, table
from frame import framed
from on_dev import BARS, compare_on_dev, gap, per_cent

from postagger import Config, load_config, load_corpus
from postagger.comparison import ConfiguredSystem, Results
from postagger.comparison.style import drawing
from postagger.plots import pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WHOLE = "unchanged"

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
    "variational dropout": ["model.variational=true"],
    "one more hidden layer": ["model.hidden=[128, 128]"],
    "two layers": ["model.layers=2"],
    "CRF output": ["model.output=crf", "training.label_smoothing=0", "training.rdrop_weight=0"],
    "softmax output": ["model.output=softmax"],
    "label smoothing (0.1)": ["training.label_smoothing=0.1", "model.output=softmax"],
    "R-Drop (two forward passes)": ["training.rdrop_weight=1.0", "model.output=softmax"],
    "no R-Drop": ["training.rdrop_weight=0"],
    "averaged weights": ["training.averaging=0.998"],
    "constant rate": ["training.schedule=constant"],
    "constant rate, averaged weights": ["training.schedule=constant", "training.averaging=0.998"],
    "cosine schedule": ["training.schedule=cosine"],
    "products in bfloat16": ["training.dtype=bfloat16"],
}
"""Name to overrides; a change that a config can't take, or that changes nothing, is skipped."""


def systems(
    file: Path, changes: Sequence[str] = tuple(CHANGES), more: Sequence[str] = ()
) -> list[ConfiguredSystem]:
    """The unchanged config, then the config with each change that applies to it.

    Args:
        more: overrides of all.
    """
    whole = load_config(file, more)
    found = [ConfiguredSystem(WHOLE, whole)]
    for name in changes:
        overrides = CHANGES[name]
        if all(_exists(whole, override) for override in overrides):
            changed = load_config(file, [*overrides, *more])
            if changed not in [system.config for system in found]:
                found.append(ConfiguredSystem(name, changed))
    return found


def _exists(config: Config, override: str) -> bool:
    """Whether the config's kind of model has this setting, in the form that the override gives it."""
    section, _, key = override.partition("=")[0].partition(".")
    value = getattr(getattr(config, section), key, None)
    return value is not None and (key != "hidden" or isinstance(value, tuple))


def as_table(results: Results) -> str:
    """Accuracies in per cent, mean ± standard deviation over seeds, and the gap to the unchanged config."""
    rows = []
    for system in results.systems:
        rates = (system.accuracy, system.known, system.unknown)
        change = "" if system.name == WHOLE else str(gap(results, system.name, WHOLE))
        rows.append([system.name, *map(per_cent, rates), f"{system.train_seconds.median:.0f}", change])
    head = ["change", "all words", "known", "unknown", "training (s)", "against the unchanged config"]
    return table(head, rows)


def verdict(results: Results) -> str:
    """States which changes are worse beyond chance, and which are better."""
    gaps = {
        system.name: gap(results, system.name, WHOLE) for system in results.systems if system.name != WHOLE
    }
    losses = [name for name, each in gaps.items() if each.beyond_chance and each.difference < 0]
    gains = [name for name, each in gaps.items() if each.ahead]
    worse = f"Worse beyond chance: {', '.join(losses)}." if losses else "No change is worse beyond chance."
    better = f"Better beyond chance: {', '.join(gains)}." if gains else "No change is better beyond chance."
    return f"{worse} {better}"


def picture(results: Results, config: str) -> Figure:
    """Accuracy with each change, the unchanged config at the top. Call it inside `drawing`."""
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
    options = parser(
        "ablation",
        __doc__,
        time="half an hour (lstm: 70 min)",
        quick="20 s",
        without="four changes instead of all, one seed, the sample instead of the treebank, two epochs",
        seeds=5,
        corpus="treebank",
        less={"changes": ["no word embedding", "no affixes", "no shape", "no dropout"]},
    )
    options.add_argument(
        "--config",
        type=Path,
        default=CONFIGS / "window.toml",
        help="a TOML file, or the name of a shipped config (default: window)",
    )
    options.add_argument(
        "--changes",
        nargs="+",
        choices=list(CHANGES),
        default=list(CHANGES),
        metavar="NAME",
        help=f"try only these: {'; '.join(CHANGES)}",
    )
    chosen = options.parse_args()
    name = chosen.config.stem
    results = compare_on_dev(
        systems(chosen.config, chosen.changes, fewer_epochs(chosen)),
        load_corpus(chosen.corpus),
        chosen,
        chosen.runs / name,
    )
    print(f"{results.origin.line}\n\n{as_table(results)}\n\n{verdict(results)}")
    with drawing():
        save(picture(results, name), chosen.output)


if __name__ == "__main__":
    run(main)
