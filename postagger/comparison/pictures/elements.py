"""Shared elements of pictures: what a picture is, its key, and its scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.results import Results, SystemResult
from postagger.comparison.style import PAGE_WIDTH, PHONE_WIDTH, new_figure
from postagger.comparison.tables import listed
from postagger.evaluation.report import percent
from postagger.plots import Pen, log_ticks, pens_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

MANY = 7
"""The most systems that share a frame; more get a frame each, or only rows of a table."""

_STRETCH = 4.0
"""If the ratio of the most to the fewest errors reaches this, an accuracy axis is logarithmic in errors."""

_TICK_PIXELS = 24
"""The least distance between two numbers on a vertical axis."""

_ACROSS_PIXELS = 75
"""The same on a horizontal one."""

_MARK_POINTS, _LETTER_POINTS = 52.0, 5.7
"""The width of a mark in the key, and of a letter."""

_LETTERS = 20
"""The most letters of a name in a picture."""

_SQUEEZED = 0.5
"""Systems are left outside an axis if the others then take less than this part of it."""


@dataclass(frozen=True)
class Picture:
    """A picture with its title and caption.

    Attributes:
        figure: for a page.
        narrow: the same for a phone.
    """

    title: str
    caption: str
    figure: Figure
    narrow: Figure


def picture(title: str, caption: str, draw: Callable[[float], Figure]) -> Picture:
    """A picture in both widths.

    Args:
        draw: draws it in a width in inches.
    """
    return Picture(title, caption, draw(PAGE_WIDTH), draw(PHONE_WIDTH))


def pens(results: Results, drawn: Sequence[SystemResult]) -> list[Pen]:
    """The pen of each system, the same in every picture and every report."""
    each = pens_of(system.name for system in results.systems)
    return [each[system.name] for system in drawn]


def brief_name(name: str) -> str:
    """A name that has room in a picture."""
    line = " ".join(name.split())
    return line if len(line) <= _LETTERS else f"{line[: _LETTERS - 1]}\N{HORIZONTAL ELLIPSIS}"


def is_narrow(width: float) -> bool:
    """Whether a width in inches is that of a phone."""
    return width < PAGE_WIDTH


def frames(count: int, width: float, height: float, columns: int = 4) -> tuple[Figure, list[Axes]]:
    """A figure with a small frame for each of some things, all with the same axes.

    Args:
        height: of one frame, in inches.
        columns: how many there are in a row of the wide figure, at most.
    """
    columns = min(count, 2 if is_narrow(width) else columns)
    rows = -(-count // columns)
    share = columns / (2 if is_narrow(width) else 4)
    figure = new_figure(0.6 + height * rows, max(PHONE_WIDTH, width * min(1.0, share + 0.1)))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    for axes in grid.flat[max(0, count - columns) : count]:
        axes.tick_params(labelbottom=True)
    return figure, list(grid.flat[:count])


def write_key(figure: Figure, axes: Axes, width: float) -> None:
    """Adds the names of the series above the axes."""
    handles, labels = axes.get_legend_handles_labels()
    fitting = (count for count in range(len(labels), 1, -1) if _key_width(labels, count) < 72 * width)
    figure.legend(handles, labels, loc="outside upper left", ncols=next(fitting, 1), handlelength=3)


def _key_width(labels: Sequence[str], columns: int) -> float:
    """About how wide a key of so many columns is, in points."""
    remaining = iter(map(len, labels))
    rows, more = divmod(len(labels), columns)  # the first columns have one more
    heights = [rows + (column < more) for column in range(columns)]
    return sum(_MARK_POINTS + _LETTER_POINTS * max(islice(remaining, height)) for height in heights)


def focus(ranges: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The ends of an axis for the values of several systems, given as the lowest and highest of each.

    Up to half of the systems may begin below the lower end: those that would squeeze the others.
    """
    high = max(top for _, top in ranges)
    lows = sorted(low for low, _ in ranges)
    chosen = 0
    for place in range(1, len(lows) // 2 + 1 if len(lows) > 2 else 1):
        if high - lows[place] < _SQUEEZED * (high - lows[chosen]):
            chosen = place
    return lows[chosen], high


def below(low: float, points: Sequence[tuple[str, float]], where: str = "below") -> str:
    """A sentence on what is outside an axis that begins at `low`; empty if nothing is.

    Args:
        points: accuracies in per cent, each with what it is of.
    """
    return outside([f"{name} ({percent(value / 100)} %)" for name, value in points if value < low], where)


def outside(names: Sequence[str], where: str = "below") -> str:
    """A sentence on what is outside an axis; empty if nothing is."""
    return f" Outside the axis, {where} it: {listed(names)}." if names else ""


def accuracy_scale(axes: Axes, low: float, high: float) -> str:
    """Scales the y axis for accuracies in per cent, and returns its label.

    If one system has many times the errors of another, the axis is logarithmic in errors.
    """
    if 100 - low < _STRETCH * (100 - high) or high >= 100:
        pad = 0.06 * max(high - low, 1)
        axes.set_ylim(low - pad, high + pad)
        return "accuracy (per cent)"
    axes.set_yscale("function", functions=(_height, _accuracy))
    bottom, top = _height(np.array([low, high]))
    pad = 0.06 * (top - bottom)
    low, high = _accuracy(np.array([bottom - pad, top + pad]))
    errors = log_ticks(100 - high, 100 - low, _TICK_PIXELS / axes.get_window_extent().height, fewest=5)
    axes.set_yticks([100 - error for error in errors])
    axes.set_ylim(low, high)
    return "accuracy (per cent, stretched near 100)"


def loss_scale(axes: Axes, low: float, high: float) -> str:
    """Gives the y axis a log scale if the losses differ much, and returns its label."""
    if low <= 0 or high < _STRETCH * low:
        return "loss (nats per token)"
    round_log_scale(axes.yaxis, low, high)
    return "loss (nats per token, log scale)"


def round_log_scale(axis: Axis, low: float, high: float) -> None:
    """Sets a log scale with ticks at round numbers, written without exponents."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    across = axis is axis.axes.xaxis
    (axis.axes.set_xscale if across else axis.axes.set_yscale)("log")
    extent = axis.axes.get_window_extent()
    apart = _ACROSS_PIXELS / extent.width if across else _TICK_PIXELS / extent.height
    axis.set_ticks(log_ticks(low, high, apart))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def _height(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    """The height of an accuracy in per cent on a log scale of errors."""
    height: NDArray[np.float64] = -np.log10(np.maximum(100 - accuracy, 1e-9))
    return height


def _accuracy(height: NDArray[np.float64]) -> NDArray[np.float64]:
    accuracy: NDArray[np.float64] = 100 - 10**-height
    return accuracy
