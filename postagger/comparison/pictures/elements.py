"""What all pictures are made of: a frame with title and origin, scales, heat maps."""

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
"""Points: the smallest type in any picture."""

MANY = 5
"""Up to so many systems share a frame; more of them get frames of their own, or rows of a table."""

INK = "#222222"
FAINT = "#bbbbbb"
_ORIGIN_INK = "#555555"
_EMPTY = "#f3f3f3"

_TITLE_CHARACTERS = 76
_ORIGIN_CHARACTERS = 112
"""What fits in a line of a page's width."""

_TITLE_INCHES = 0.25

_STRETCH = 4.0
"""From this ratio of the most to the fewest errors on, an axis of accuracy stretches its upper end."""


@dataclass(frozen=True)
class Picture:
    """A figure and what is to be said of it."""

    title: str
    caption: str
    figure: Figure


def pens(results: Results, drawn: Sequence[SystemResult]) -> list[Pen]:
    """A system keeps its pen from picture to picture, while there are pens enough for all."""
    everyone = results.systems if len(results.systems) <= len(PENS) else drawn
    names = [system.name for system in everyone]
    return [pen(names.index(system.name)) for system in drawn]


def framed(height: float, title: str, origin: str, *, key: int = 0) -> Figure:
    """An empty figure with its title above, and below where its numbers come from; inside `drawing`.

    Args:
        key: leave so many lines free under the title, for `write_key`.
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
    """Says under the title, which is one line, what the marks in some axes mean."""
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
    """Lays the figure out, once and for all: what is placed from now on moves nothing."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def accuracy_scale(axes: Axes, accuracies: Sequence[float]) -> str:
    """Fits the upright axis to accuracies in per cent; gives the words for its label.

    Where one has many times the errors of another, equal steps are equal ratios of errors.
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
    """A log scale for an upright axis of losses, if they differ much; gives the words for its label."""
    if min(losses) <= 0 or max(losses) < _STRETCH * min(losses):
        return "loss (nats per token)"
    round_log_scale(axes.yaxis, losses)
    return "loss (nats per token, log scale)"


def round_log_scale(axis: Axis, values: Sequence[float]) -> None:
    """A log scale whose ticks are round numbers, written plainly."""
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
    """A coloured table, its first row on top; a cell of NaN is pale and empty.

    Args:
        values: shape (rows, columns), what the colours show.
        texts: what is written in each cell.
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
    """Where an accuracy, in per cent, stands on a log scale of errors."""
    height: NDArray[np.float64] = -np.log10(np.maximum(100 - accuracy, 1e-9))
    return height


def _accuracy(height: NDArray[np.float64]) -> NDArray[np.float64]:
    accuracy: NDArray[np.float64] = 100 - 10**-height
    return accuracy


def _error_ticks(low: float, high: float) -> list[float]:
    """Round numbers in low..high, both below 100, that stand far enough apart on a log scale of errors."""
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
