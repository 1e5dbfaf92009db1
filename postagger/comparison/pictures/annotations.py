"""Labels beside what they name, placed so that they do not overlap."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.pictures.elements import settle
from postagger.comparison.style import Pen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

_LINE = 1.35
"""The height of a line of text, relative to the font size."""

_MARK = 8.0
"""Points: the size of a marked point."""

_NEAR = 8.0
_FAR = 120.0
"""Points: the range of distances between a point and its label."""

_ANGLES = (0, 180, 45, -45, 135, -135, 90, -90, 20, -20, 160, -160, 70, -70, 110, -110)
"""Degrees: the directions tried for a label, at each distance in turn."""


class End(NamedTuple):
    """The end of a series (or a point) in data coordinates, and its label."""

    x: float
    y: float
    text: str
    pen: Pen


def annotate_ends(axes: Axes, ends: Sequence[End]) -> None:
    """Labels each series right of the axes, as near to its end as possible, and freezes the layout."""
    texts = [axes.text(1.07, 0.5, end.text, va="center", transform=axes.transAxes) for end in ends]
    settle(axes.figure.figure)
    gap = _LINE * float(texts[0].get_fontsize()) * _pixels(axes) / axes.get_window_extent().height
    to_axes = axes.transData + axes.transAxes.inverted()
    points = [to_axes.transform((end.x, end.y)) for end in ends]
    places = keep_apart([float(y) for _, y in points], gap, 0, 1)
    beside: dict[str, Any] = {"transform": axes.transAxes, "clip_on": False}
    for end, text, (x, y), place in zip(ends, texts, points, places, strict=True):
        text.set_y(place)
        axes.plot([x, 1.03], [y, place], color=end.pen.color, lw=0.8, **beside)
        _mark(axes, 1.045, place, end.pen, size=6, **beside)


def keep_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places closest to the wanted ones (least squares) that are at least `gap` apart, in low..high.

    They are in the order of `wanted`. If low..high is too narrow for all, the gap shrinks.
    """
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    blocks: list[list[float]] = []  # neighbours that touch move together
    for rank, index in enumerate(order):
        blocks.append([wanted[index] - rank * gap])
        while len(blocks) > 1 and np.mean(blocks[-2]) >= np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    shifts = [float(np.mean(block)) for block in blocks for _ in block]
    highest = high - (len(wanted) - 1) * gap
    places = [0.0] * len(wanted)
    for rank, (index, shift) in enumerate(zip(order, shifts, strict=True)):
        places[index] = min(max(shift, low), highest) + rank * gap
    return places


def label_points(axes: Axes, ends: Sequence[End]) -> None:
    """Marks points, labels each one nearby without overlapping other labels or marks, and freezes the layout.

    A thin line connects a label to its point if there is no room beside it. If there is no room at all,
    labels overlap.
    """
    texts = []
    for end in ends:
        _mark(axes, end.x, end.y, end.pen, size=_MARK)
        texts.append(axes.text(end.x, end.y, end.text, ha="left", va="center"))
        texts[-1].set_in_layout(False)
    settle(axes.figure.figure)
    points = [_pair(axes.transData.transform((end.x, end.y))) for end in ends]
    to_data = axes.transData.inverted()
    taken = [_box(x, y, _MARK * _pixels(axes)) for x, y in points]
    crowd = sorted(range(len(ends)), key=lambda index: -points[index][1])
    for index in crowd:
        size, point = texts[index].get_window_extent(), points[index]
        others = taken[:index] + taken[index + 1 :]
        spots = list(_spots(axes, point, size))
        spot = next((spot for spot in spots if _is_free(axes, spot, others)), spots[0])
        taken += [spot.box, *spot.line]
        middle = (spot.box.x0, (spot.box.y0 + spot.box.y1) / 2)
        texts[index].set_position(_pair(to_data.transform(middle)))
        if spot.line:
            line = to_data.transform(np.array([point, spot.anchor]))
            axes.plot(line[:, 0], line[:, 1], color=ends[index].pen.color, lw=0.8, zorder=1)


class _Spot(NamedTuple):
    """A candidate place for a label, in pixels: its box, the end of its line, and boxes along the line."""

    box: Bbox
    anchor: tuple[float, float]
    line: list[Bbox]


def _spots(axes: Axes, point: tuple[float, float], size: Bbox) -> Iterator[_Spot]:
    """Candidate places around a point, the nearest first."""
    from matplotlib.transforms import Bbox

    pixels = _pixels(axes)
    for distance, angle in itertools.product(np.arange(_NEAR, _FAR, 6.0) * pixels, _ANGLES):
        across, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        x, y = point[0] + distance * across, point[1] + distance * up
        left = x - size.width * (1 - across) / 2
        bottom = y - size.height * (1 - up) / 2
        steps = np.arange(_MARK * pixels, distance, 4 * pixels)  # none if the label is beside its point
        line = [_box(point[0] + step * across, point[1] + step * up, 2 * pixels) for step in steps]
        yield _Spot(Bbox.from_bounds(left, bottom, size.width, size.height), (x, y), line)


def _is_free(axes: Axes, spot: _Spot, taken: Sequence[Bbox]) -> bool:
    frame, room = axes.get_window_extent(), spot.box.padded(3 * _pixels(axes))
    inside = all(frame.contains(x, y) for x, y in (room.p0, room.p1))
    return inside and not any(box.count_overlaps(taken) for box in (room, *spot.line))


def _box(x: float, y: float, width: float) -> Bbox:
    from matplotlib.transforms import Bbox

    return Bbox.from_bounds(x - width / 2, y - width / 2, width, width)


def _mark(axes: Axes, x: float, y: float, look: Pen, *, size: float, **more: Any) -> None:
    axes.plot([x], [y], color=look.color, marker=look.marker, mfc=look.face, ms=size, mew=1.5, **more)


def _pair(place: NDArray[np.float64]) -> tuple[float, float]:
    x, y = place
    return float(x), float(y)


def _pixels(axes: Axes) -> float:
    """Pixels in a typographic point."""
    return axes.figure.figure.dpi / 72
