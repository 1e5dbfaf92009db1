"""Accuracy on bins of tokens: by word frequency in training, by sentence length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from postagger.comparison.pictures.elements import (
    MANY,
    Picture,
    accuracy_scale,
    focus,
    is_narrow,
    outside,
    pens,
    picture,
    write_key,
)
from postagger.comparison.results import Bin, Results, Spread, SystemResult
from postagger.comparison.style import SMALL, new_figure
from postagger.comparison.tables import listed, most_accurate_first

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ENOUGH = 20
"""Bins with fewer tested tokens are left out, as one token would be more than 5 points."""


class _Column(NamedTuple):
    """A bin of tokens, and each system's accuracy on it, in the order of the systems."""

    label: str
    tokens: int
    accuracies: list[Spread]


def frequency_picture(results: Results) -> Picture | None:
    """Accuracy by how often the word, as written, occurs in training."""
    return _ordered(
        results,
        lambda system: system.by_frequency,
        "Accuracy by how often training has the word",
        "times in training (tokens tested)",
    )


def length_picture(results: Results) -> Picture | None:
    """Accuracy by the number of tokens in the sentence."""
    return _ordered(
        results,
        lambda system: system.by_length,
        "Accuracy by sentence length",
        "tokens in the sentence (tokens tested)",
    )


def _ordered(
    results: Results, bins: Callable[[SystemResult], tuple[Bin, ...]], title: str, label: str
) -> Picture | None:
    """Ordered bins, drawn as lines; None for so many systems that only a table is readable."""
    systems = most_accurate_first(results)
    columns = _columns(systems, bins)
    shown = [column for column in columns if column.tokens >= _ENOUGH]
    if not shown or len(systems) > MANY:
        return None
    values = [
        [100 * value for column in shown for value in column.accuracies[number].values]
        for number in range(len(systems))
    ]
    low, high = focus([(min(each), max(each)) for each in values])
    caption = "Each mark is the mean over seeds"
    if any(len(system.seeds) > 1 for system in systems):
        caption += "; its vertical line reaches from the lowest seed to the highest"
    caption += ". What differs by less than such a line may differ by chance."
    if few := [column.label for column in columns if column not in shown]:
        caption += f" Not drawn, with fewer than {_ENOUGH} tokens: {listed(few)}."
    hidden = {
        system.name: [column.label for column in shown if 100 * column.accuracies[number].mean < low]
        for number, system in enumerate(systems)
    }
    caption += outside(
        [
            f"all of {name}" if len(labels) == len(shown) else f"{name} on {listed(labels)}"
            for name, labels in hidden.items()
            if labels
        ]
    )
    return picture(title, caption, lambda width: _lines(results, systems, shown, label, (low, high), width))


def _columns(
    systems: Sequence[SystemResult], bins: Callable[[SystemResult], tuple[Bin, ...]]
) -> list[_Column]:
    """The bins that hold tokens; they are the same for all systems."""
    columns = []
    for same in zip(*(bins(system) for system in systems), strict=True):
        accuracies = [bin.accuracy for bin in same if bin.accuracy is not None]
        if len(accuracies) == len(systems):
            columns.append(_Column(same[0].label, same[0].tokens, accuracies))
    return columns


def _lines(
    results: Results,
    systems: Sequence[SystemResult],
    columns: Sequence[_Column],
    label: str,
    limits: tuple[float, float],
    width: float,
) -> Figure:
    figure = new_figure(4.2, width)
    axes = figure.subplots()
    axes.set_ylabel(accuracy_scale(axes, *limits))
    axes.set_xlabel(label)
    labels = [_label(column, narrow=is_narrow(width)) for column in columns]
    axes.set_xticks(range(len(columns)), labels, fontsize=SMALL, rotation=90 if is_narrow(width) else 0)
    axes.grid(visible=False, axis="x")
    for number, (system, look) in enumerate(zip(systems, pens(results, systems), strict=True)):
        spreads = [column.accuracies[number] for column in columns]
        means = np.array([100 * spread.mean for spread in spreads])
        lows, highs = (np.array([100 * end(spread.values) for spread in spreads]) for end in (min, max))
        axes.errorbar(
            np.arange(len(columns)) + 0.08 * (number - (len(systems) - 1) / 2),
            means,
            yerr=np.maximum([means - lows, highs - means], 0),
            color=look.color,
            linestyle=look.linestyle,
            marker=look.marker,
            mfc=look.face,
            ms=6,
            lw=1.2,
            elinewidth=1.8,
            label=system.name,
        )
    write_key(figure, axes, width)
    return figure


def _label(column: _Column, *, narrow: bool) -> str:
    """A bin's label with its tokens: below it or, as a line that is turned, behind it."""
    return f"{column.label}{' ' if narrow else chr(10)}({column.tokens:,})"
