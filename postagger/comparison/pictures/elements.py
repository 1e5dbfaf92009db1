"""Shared elements of pictures: a frame with title and origin, scales, heat maps."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.results import Results, SystemResult
from postagger.comparison.style import PENS, Pen, new_figure, pen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

SMALL = 9
"""Points: the smallest font size in any picture."""

MANY = 5
"""The most systems that share a frame; more get a frame each, or rows of a table."""

INK = "#222222"
FAINT = "#bbbbbb"
_ORIGIN_INK = "#555555"
_EMPTY = "#f3f3f3"

_TITLE_CHARACTERS = 76
_ORIGIN_CHARACTERS = 112
"""Characters that fit in a line across the page."""

_TITLE_INCHES = 0.25

_STRETCH = 4.0
"""If the ratio of the most to the fewest errors reaches this, an accuracy axis is logarithmic in errors."""


@dataclass(frozen=True)
class Picture:
    """A figure with its title and caption."""

    title: str
    caption: str
    figure: Figure


def pens(results: Results, drawn: Sequence[SystemResult]) -> list[Pen]:
    """A pen for each system, the same in every picture if there are enough pens for all."""
    everyone = results.systems if len(results.systems) <= len(PENS) else drawn
    names = [system.name for system in everyone]
    return [pen(names.index(system.name)) for system in drawn]


def framed(height: float, title: str, origin: str, *, key: int = 0) -> Figure:
    """An empty figure with its title above and the origin of its numbers below. Call it inside `drawing`.

    Args:
        key: number of lines to leave free under the title, for `write_key`.
    """
    figure = new_figure(height)
    figure.suptitle(
        textwrap.fill(title, _TITLE_CHARACTERS) + "\n " * key,
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
        parse_math=False,
    )
    figure.supxlabel(
        textwrap.fill(origin, _ORIGIN_CHARACTERS),
        x=0.01,
        ha="left",
        fontsize=SMALL,
        color=_ORIGIN_INK,
        parse_math=False,
    )
    return figure


def write_key(figure: Figure, axes: Axes, *, lines: int = 1) -> None:
    """Adds the legend of some axes under the title, which must be one line."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0, 1 - _TITLE_INCHES / figure.get_figheight()),
        ncols=math.ceil(len(labels) / lines),
        fontsize=SMALL,
    )


def settle(figure: Figure) -> None:
    """Computes the layout and freezes it: whatever is added later moves nothing."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def accuracy_scale(axes: Axes, accuracies: Sequence[float]) -> str:
    """Scales the y axis for accuracies in per cent, and returns its label.

    If one system has many times the errors of another, the axis is logarithmic in errors.
    """
    low, high = min(accuracies), max(accuracies)
    if 100 - low < _STRETCH * (100 - high) or high >= 100:
        pad = 0.06 * max(high - low, 1)
        axes.set_ylim(low - pad, high + pad)
        return "accuracy (per cent)"
    axes.set_yscale("function", functions=(_height, _accuracy))
    bottom, top = _height(np.array([low, high]))
    pad = 0.06 * (top - bottom)
    low, high = _accuracy(np.array([bottom - pad, top + pad]))
    axes.set_yticks(_error_ticks(low, high))
    axes.set_ylim(low, high)
    return "accuracy (per cent, log scale of errors)"


def loss_scale(axes: Axes, losses: Sequence[float]) -> str:
    """Gives the y axis a log scale if the losses differ much, and returns its label."""
    if min(losses) <= 0 or max(losses) < _STRETCH * min(losses):
        return "loss (nats per token)"
    round_log_scale(axes.yaxis, losses)
    return "loss (nats per token, log scale)"


def round_log_scale(axis: Axis, values: Sequence[float]) -> None:
    """Sets a log scale with ticks at round numbers, written without exponents."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    (axis.axes.set_xscale if axis is axis.axes.xaxis else axis.axes.set_yscale)("log")
    axis.set_major_locator(LogLocator(subs=(1,) if max(values) > 100 * min(values) else (1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def heat_map(
    axes: Axes,
    values: NDArray[np.float64],
    *,
    texts: Sequence[Sequence[str]],
    rows: Sequence[str],
    columns: Sequence[str],
    colours: Colormap,
    norm: Normalize,
) -> None:
    """Draws a coloured table, its first row on top; a cell of NaN is pale.

    Args:
        values: what the colours show. Shape: (rows, columns).
        texts: the text of each cell.
    """
    axes.pcolormesh(
        values, cmap=colours.with_extremes(bad=_EMPTY), norm=norm, edgecolors="white", linewidth=1
    )
    axes.invert_yaxis()
    axes.set_yticks([row + 0.5 for row in range(len(rows))], list(rows))
    axes.set_xticks([column + 0.5 for column in range(len(columns))], list(columns))
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            colour = colours(norm(values[row, column]))
            axes.text(
                column + 0.5,
                row + 0.5,
                text,
                ha="center",
                va="center",
                fontsize=SMALL,
                color=_legible(colour),
            )


def _height(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    """The height of an accuracy in per cent on a log scale of errors."""
    height: NDArray[np.float64] = -np.log10(np.maximum(100 - accuracy, 1e-9))
    return height


def _accuracy(height: NDArray[np.float64]) -> NDArray[np.float64]:
    accuracy: NDArray[np.float64] = 100 - 10**-height
    return accuracy


def _error_ticks(low: float, high: float) -> list[float]:
    """Round numbers in low..high (both below 100) that are far enough apart on a log scale of errors."""
    errors = [step * 10.0**power for power in range(-4, 2) for step in (1, 1.5, 2, 3, 4, 5, 6, 8)]
    gap = 0.07 * math.log10((100 - low) / (100 - high))
    ticks: list[float] = []
    for error in sorted(errors, reverse=True):
        tick = round(100 - error, 6)
        inside = low <= tick <= high
        if inside and (not ticks or math.log10((100 - ticks[-1]) / (100 - tick)) >= gap):
            ticks.append(tick)
    return ticks


def _legible(colour: tuple[float, float, float, float]) -> str:
    red, green, blue, _ = colour
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else INK
