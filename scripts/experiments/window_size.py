#!/usr/bin/env python3
"""How many neighbours does a window tagger need? Accuracy with 0 to 5 words on each side.

The lecture tags a word from a window of context around it, and asks what the limits of that are. This
experiment shows how much the context helps, and from which width on a wider window gains nothing.

The model is that of configs/window.toml. Accuracy is on dev, not on test.

Example:
    python scripts/experiments/window_size.py --corpus treebank --seeds 3
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from common import CONFIGS, fewer_epochs, parser, run, save, table
from frame import stacked
from on_dev import BARS, compare_on_dev, draw_points, gap, per_cent

from postagger import load_config, load_corpus
from postagger.comparison import ConfiguredSystem, Results
from postagger.comparison.results import Spread
from postagger.comparison.style import drawing
from postagger.plots import pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = range(6)
"""Numbers of words on each side."""


def name(size: int) -> str:
    return f"{size} word{'' if size == 1 else 's'} on each side"


def systems(overrides: Sequence[str] = ()) -> list[ConfiguredSystem]:
    return [
        ConfiguredSystem(
            name(size),
            load_config(CONFIGS / "window.toml", [f"model.left={size}", f"model.right={size}", *overrides]),
        )
        for size in SIZES
    ]


def as_table(results: Results) -> str:
    """Accuracies in per cent, mean ± standard deviation over seeds."""
    rows = []
    for size in SIZES:
        system = results.system(name(size))
        rates = (system.accuracy, system.known, system.unknown, system.ambiguous)
        rows.append([str(size), *map(per_cent, rates), f"{system.train_seconds.median:.0f}"])
    return table(["words on each side", "all words", "known", "unknown", "ambiguous", "training (s)"], rows)


def verdict(results: Results) -> str:
    """States whether context helps, and from which width on a wider window gains nothing."""
    best = max(SIZES, key=lambda size: results.system(name(size)).accuracy.mean)
    if best == 0:
        return "The claim did not hold here: no window is better than the word alone."
    alone, chosen = results.system(name(0)), results.system(name(best))
    gain = gap(results, chosen.name, alone.name)
    if not gain.ahead:
        return (
            "The claim did not hold here: no window is better than the word alone beyond chance "
            f"(the best, {chosen.name}: {gain})."
        )
    parts = [
        f"The claim held: context helps. Best is {chosen.name}: {per_cent(chosen.accuracy)} % against "
        f"{per_cent(alone.accuracy)} % with the word alone ({gain})"
    ]
    if chosen.unknown is not None and alone.unknown is not None:
        parts.append(f"on unknown words {per_cent(chosen.unknown)} % against {per_cent(alone.unknown)} %")
    enough = next(size for size in SIZES if size == best or not gap(results, name(best), name(size)).ahead)
    if enough == best:
        parts.append("every narrower window is worse beyond chance")
    else:
        parts.append(f"{name(enough)} is no worse beyond chance ({gap(results, name(enough), name(best))})")
    if best != SIZES[-1]:
        parts.append(f"{name(SIZES[-1])} gains nothing more ({gap(results, name(SIZES[-1]), name(best))})")
    return "; ".join(parts) + "."


def picture(results: Results) -> Figure:
    """Accuracy on all and on unknown words, by the size of the window. Call it inside `drawing`."""
    figure, axes_of = stacked("How many neighbours a window needs", f"{results.origin.line}; {BARS}")
    every = [results.system(name(size)) for size in SIZES]
    panels: tuple[tuple[str, list[Spread | None]], ...] = (
        ("all words", [system.accuracy for system in every]),
        ("unknown words", [system.unknown for system in every]),
    )
    for number, (axes, (title, spreads)) in enumerate(zip(axes_of, panels, strict=True)):
        draw_points(axes, SIZES, spreads, pen(number))
        axes.set(title=title, xlabel="words on each side", ylabel="accuracy (per cent)", xticks=SIZES)
    return figure


def main() -> None:
    options = parser(
        "window_size",
        __doc__,
        time="6 min",
        quick="20 s",
        without="one seed, the sample instead of the treebank, two epochs",
        seeds=3,
        corpus="treebank",
    ).parse_args()
    results = compare_on_dev(
        systems(fewer_epochs(options)), load_corpus(options.corpus), options, options.runs
    )
    print(f"{results.origin.line}\n\n{as_table(results)}\n\n{verdict(results)}")
    with drawing():
        save(picture(results), options.output)


if __name__ == "__main__":
    run(main)
