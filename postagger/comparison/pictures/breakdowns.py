"""Accuracy on bins of tokens: by word frequency in training, by sentence length, by tag."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.pictures.annotations import End, annotate_ends
from postagger.comparison.pictures.elements import (
    MANY,
    SMALL,
    Picture,
    accuracy_scale,
    framed,
    heat_map,
    pens,
    settle,
    write_key,
)
from postagger.comparison.results import Bin, Results, Spread, SystemResult
from postagger.comparison.tables import most_accurate_first

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ENOUGH = 20
"""Bins with fewer tested tokens are left out, as one token would be more than 5 points."""

_EASY = 0.995
"""Tags are left out if every system reaches this accuracy on them."""

_TAGS = 30
"""Tags shown, at most."""

_LEAST_ERROR = 0.3
"""Per cent: cells with fewer errors are shaded as if they had this many."""

_DARK = 0.95
"""Quantile of the cells' errors: cells above it all have the darkest shade."""

_LABEL = 8
"""Characters in a line of a bin's label."""


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
        "Accuracy by how often training saw the word",
        "how often training saw the word; below, the tokens tested",
    )


def length_picture(results: Results) -> Picture | None:
    """Accuracy by the number of tokens in the sentence."""
    return _ordered(
        results,
        lambda system: system.by_length,
        "Accuracy by sentence length",
        "tokens in the sentence; below, the tokens tested",
    )


def tag_picture(results: Results) -> Picture | None:
    """Accuracy by gold tag, the most frequent on top; rare and easy tags are left out."""
    systems = most_accurate_first(results)
    columns = _columns(systems, lambda system: system.by_tag)
    enough = [column for column in columns if column.tokens >= _ENOUGH]
    hard = [column for column in enough if min(spread.mean for spread in column.accuracies) < _EASY]
    shown = hard[:_TAGS]
    if not shown:
        return None
    title = "Accuracy by tag, the most frequent tag first"
    if len(systems) <= MANY:
        figure = _tag_dots(results, systems, shown, title)
        note = "A thin line connects the marks of one tag."
    else:
        figure = _tag_table(results, systems, shown, title)
        note = "Per cent; the darker, the more errors (log scale). The most accurate system comes first."
    left_out = {
        f"with fewer than {_ENOUGH} tokens each": len(columns) - len(enough),
        f"that every system gets right in {100 * _EASY:.1f} per cent or more": len(enough) - len(hard),
        "that are less frequent": len(hard) - len(shown),
    }
    caption = (
        f"The percentage of each gold tag's tokens that were tagged correctly, the mean over seeds. {note}"
    )
    if any(left_out.values()):
        counts = _and(f"{number} {which}" for which, number in left_out.items() if number)
        caption += f" Tags left out: {counts}."
    return Picture(title, caption, figure)


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


def _ordered(
    results: Results, bins: Callable[[SystemResult], tuple[Bin, ...]], title: str, label: str
) -> Picture | None:
    """Ordered bins, drawn as lines, or as a table if there are many systems."""
    many = len(results.systems) > MANY
    systems = most_accurate_first(results) if many else results.systems
    columns = _columns(systems, bins)
    shown = [column for column in columns if column.tokens >= _ENOUGH]
    if not shown:
        return None
    caption = "The mean over seeds"
    if many:
        figure = _table(results, systems, shown, title, label)
        caption += ", in per cent; the darker, the more errors (log scale)."
    else:
        figure = _lines(results, systems, shown, title, label)
        several = any(len(system.seeds) > 1 for system in systems)
        caption += "; vertical lines reach from the lowest to the highest seed." if several else "."
    if few := [column for column in columns if column not in shown]:
        caption += f" Left out, with fewer than {_ENOUGH} tokens: {_and(column.label for column in few)}."
    return Picture(title, caption, figure)


def _lines(
    results: Results, systems: Sequence[SystemResult], columns: Sequence[_Column], title: str, label: str
) -> Figure:
    figure = framed(4.6, title, results.origin.line)
    axes = figure.subplots()
    seeds = [100 * value for column in columns for spread in column.accuracies for value in spread.values]
    axes.set_ylabel(accuracy_scale(axes, seeds))
    axes.set_xlabel(label)
    axes.set_xticks(range(len(columns)), _labels(columns), fontsize=SMALL)
    axes.grid(visible=False, axis="x")
    ends = []
    for number, look in enumerate(pens(results, systems)):
        spreads = [column.accuracies[number] for column in columns]
        places = np.arange(len(columns)) + 0.08 * (number - (len(systems) - 1) / 2)
        means = [100 * spread.mean for spread in spreads]
        axes.plot(places, means, color=look.color, linestyle=look.linestyle, marker=look.marker, ms=6, lw=1.2)
        for place, spread in zip(places, spreads, strict=True):
            axes.vlines(place, 100 * min(spread.values), 100 * max(spread.values), color=look.color, lw=1.8)
        ends.append(End(places[-1], means[-1], systems[number].name, look))
    annotate_ends(axes, ends)
    return figure


def _table(
    results: Results, systems: Sequence[SystemResult], columns: Sequence[_Column], title: str, label: str
) -> Figure:
    figure = framed(1.5 + 0.3 * len(systems), title, results.origin.line)
    axes = figure.subplots()
    accuracies = np.array([[100 * spread.mean for spread in column.accuracies] for column in columns]).T
    _shaded(
        axes,
        accuracies,
        rows=[system.name for system in systems],
        columns=_labels(columns),
    )
    axes.set_xlabel(label)
    settle(figure)
    return figure


def _labels(columns: Sequence[_Column]) -> list[str]:
    """Each bin's label, in as many lines as the longest needs, and its tokens below."""
    labels = [textwrap.wrap(column.label, _LABEL, break_long_words=False) for column in columns]
    lines = max(map(len, labels))
    return [
        "\n".join([*label, *[""] * (lines - len(label)), f"{column.tokens:,}"])
        for label, column in zip(labels, columns, strict=True)
    ]


def _tag_dots(
    results: Results, systems: Sequence[SystemResult], columns: Sequence[_Column], title: str
) -> Figure:
    figure = framed(1.8 + 0.21 * len(columns), title, results.origin.line, key=1)
    axes = figure.subplots()
    for number, look in enumerate(pens(results, systems)):
        means = [100 * column.accuracies[number].mean for column in columns]
        axes.plot(
            means,
            range(len(columns)),
            linestyle="none",
            color=look.color,
            marker=look.marker,
            ms=7,
            mfc="none",
            mew=1.5,
            label=systems[number].name,
        )
    for row, column in enumerate(columns):
        means = [100 * spread.mean for spread in column.accuracies]
        axes.hlines(row, min(means), max(means), color="#888888", lw=1, zorder=1)
    axes.set_yticks(range(len(columns)), [_tag_label(column) for column in columns], fontsize=SMALL)
    axes.set_ylim(len(columns) - 0.4, -0.6)
    axes.set_ylabel("gold tag (tokens tested)")
    axes.set_xlabel("accuracy (per cent)")
    write_key(figure, axes)
    settle(figure)
    return figure


def _tag_table(
    results: Results, systems: Sequence[SystemResult], columns: Sequence[_Column], title: str
) -> Figure:
    """A table with tags as rows, because there are many of them."""
    figure = framed(2.4 + 0.23 * len(columns), title, results.origin.line)
    axes = figure.subplots()
    _shaded(
        axes,
        np.array([[100 * spread.mean for spread in column.accuracies] for column in columns]),
        rows=[_tag_label(column) for column in columns],
        columns=[system.name for system in systems],
    )
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", rotation=90)
    axes.set_ylabel("gold tag (tokens tested)")
    settle(figure)
    return figure


def _tag_label(column: _Column) -> str:
    return f"{column.label} ({column.tokens:,})"


def _shaded(
    axes: Axes, accuracies: NDArray[np.float64], *, rows: Sequence[str], columns: Sequence[str]
) -> None:
    """A table of accuracies in per cent; the darker, the more errors, on a log scale."""
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    errors = np.maximum(100 - accuracies, _LEAST_ERROR)
    heat_map(
        axes,
        errors,
        texts=[[f"{accuracy:.1f}" for accuracy in line] for line in accuracies],
        rows=rows,
        columns=columns,
        colours=colormaps["cividis_r"],
        norm=LogNorm(errors.min(), max(np.quantile(errors, _DARK), 2 * errors.min()), clip=True),
    )


def _and(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
