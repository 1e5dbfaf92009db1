"""The frame of an experiment's picture: its title, what was measured on, and the names of the series."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from postagger.comparison.pictures import elements
from postagger.comparison.style import SMALL, new_figure
from postagger.plots import QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

_TITLE_CHARACTERS = 9.5
_ORIGIN_CHARACTERS = 14
"""Characters that fit in an inch of a line."""

_WIDTH, _PANEL = 5.4, 2.7
"""The width of a picture, which can be read on a phone, and the height of a panel, in inches."""

_TITLE_INCHES = 0.25


def framed(height: float, title: str, origin: str, *, key: int = 0) -> Figure:
    """An empty figure with its title above and the origin of its numbers below. Call it inside `drawing`.

    Args:
        height: in inches.
        key: number of lines to leave free under the title, for `write_key`.
    """
    figure = new_figure(height, _WIDTH)
    figure.suptitle(
        textwrap.fill(title, int(_TITLE_CHARACTERS * _WIDTH)) + "\n " * key,
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
        parse_math=False,
    )
    figure.supxlabel(
        textwrap.fill(origin, int(_ORIGIN_CHARACTERS * _WIDTH)),
        x=0.01,
        ha="left",
        fontsize=SMALL,
        color=QUIET,
        parse_math=False,
    )
    return figure


def stacked(title: str, origin: str, panels: int = 2, *, key: int = 0) -> tuple[Figure, list[Axes]]:
    """A framed figure with panels below each other."""
    figure = framed(1.4 + 0.2 * key + panels * _PANEL, title, origin, key=key)
    return figure, list(figure.subplots(panels, 1, squeeze=False)[:, 0])


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


def accuracy_scale(axes: Axes, accuracies: Sequence[float]) -> str:
    """Scales the y axis for accuracies in per cent, and returns its label."""
    return elements.accuracy_scale(axes, min(accuracies), max(accuracies))


def powers_of_ten(axis: Axis) -> None:
    """Writes the powers of ten on a log scale, and nothing between them.

    Matplotlib's own are formulas, and text in our pictures is text: tags may contain dollar signs.
    """
    raised = str.maketrans(
        "-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
    )

    def written(value: float, _place: float) -> str:
        power = round(math.log10(value))
        return f"10{str(power).translate(raised)}" if math.isclose(value, 10.0**power) else ""

    axis.set_major_formatter(written)


def round_log_scale(axis: Axis, values: Sequence[float]) -> None:
    """Sets a log scale with round numbers for these values."""
    elements.round_log_scale(axis, min(values), max(values))
