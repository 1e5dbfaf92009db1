"""What all pictures are made of: a frame with title and origin, scales, labels that keep apart, heat maps."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

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

_TITLE_CHARACTERS = 76
_ORIGIN_CHARACTERS = 112
"""What fits in a line of a page's width."""

_TITLE_INCHES = 0.25

_STRETCH = 4.0
"""From this ratio of the most to the fewest errors on, an axis of accuracy stretches its upper end."""

_LINE = 1.35
"""The height of a line of small type, in heights of the type."""


@dataclass(frozen=True)
class Picture:
    """A figure and what is to be said of it."""

    title: str
    caption: str
    figure: Figure


class End(NamedTuple):
    """Where a series ends, in the data's coordinates, and what is written there."""

    x: float
    y: float
    text: str
    pen: Pen


def pens(results: Results, drawn: Sequence[SystemResult]) -> list[Pen]:
    """A system keeps its pen from picture to picture, while there are pens enough for all."""
    everyone = results.systems if len(results.systems) <= len(PENS) else drawn
    names = [system.name for system in everyone]
    return [pen(names.index(system.name)) for system in drawn]


def framed(height: float, title: str, origin: str, *, key: bool = False) -> Figure:
    """An empty figure with its title above, and below where its numbers come from; inside `drawing`.

    Args:
        key: leave a line free under the title, for `write_key`.
    """
    figure = new_figure(height)
    figure.suptitle(
        textwrap.fill(title, _TITLE_CHARACTERS) + ("\n " if key else ""),
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
    )
    figure.supxlabel(
        textwrap.fill(origin, _ORIGIN_CHARACTERS),
        x=0.01,
        ha="left",
        fontsize=SMALL,
        color=_ORIGIN_INK,
    )
    return figure


def write_key(figure: Figure, axes: Axes) -> None:
    """Says under the title, which is one line, what the marks in some axes mean."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0, 1 - _TITLE_INCHES / figure.get_figheight()),
        ncols=len(labels),
        fontsize=SMALL,
    )


def settle(figure: Figure) -> None:
    """Lays the figure out, once and for all: what is placed from now on moves nothing."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def keep_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as possible to the wanted ones (least squares), at least `gap` apart, in low..high.

    In the order of `wanted`. Where low..high is too small for all, the gap shrinks.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    blocks: list[list[float]] = []  # neighbours that touch move together
    for rank, index in enumerate(order):
        blocks.append([wanted[index] - rank * gap])
        while len(blocks) > 1 and np.mean(blocks[-2]) >= np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    shifts = [float(np.mean(block)) for block in blocks for _ in block]
    top = high - (len(wanted) - 1) * gap
    places = dict(zip(order, (min(max(shift, low), top) for shift in shifts), strict=True))
    return [places[index] + order.index(index) * gap for index in range(len(wanted))]


def label_ends(axes: Axes, ends: Sequence[End]) -> None:
    """Writes each series' name right of the axes, near its end and clear of the other names; then settles."""
    texts = [axes.text(1.07, 0.5, end.text, va="center", transform=axes.transAxes) for end in ends]
    settle(axes.figure.figure)
    height = axes.get_window_extent().height * 72 / axes.figure.figure.dpi  # points
    gap = _LINE * float(texts[0].get_fontsize()) / height
    into_axes = axes.transData + axes.transAxes.inverted()
    points = [into_axes.transform((end.x, end.y)) for end in ends]
    places = keep_apart([point[1] for point in points], gap, 0, 1)
    for end, text, point, place in zip(ends, texts, points, places, strict=True):
        text.set_y(place)
        axes.plot([point[0], 1.03], [point[1], place], color=end.pen.color, lw=0.8, **_beside(axes))
        axes.plot([1.045], [place], color=end.pen.color, marker=end.pen.marker, ms=6, **_beside(axes))


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
    """A coloured table, its first row on top; a cell of NaN is left white.

    Args:
        values: shape (rows, columns), what the colours show.
        texts: what is written in each cell.
    """
    axes.pcolormesh(values, cmap=colours, norm=norm, edgecolors="white", linewidth=1)
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


def _beside(axes: Axes) -> dict[str, Any]:
    """For what is drawn in the axes' own coordinates and may reach out of them."""
    return {"transform": axes.transAxes, "clip_on": False}


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
