"""Learning curves: loss and dev accuracy by epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.pictures.annotations import End, annotate_ends
from postagger.comparison.pictures.elements import (
    FAINT,
    MANY,
    Picture,
    accuracy_scale,
    framed,
    loss_scale,
    pens,
    settle,
)
from postagger.comparison.results import Results, SystemResult
from postagger.comparison.style import Pen, pen
from postagger.training import EpochRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 4
"""Small frames in a row of the figure."""

Scale = Callable[["Axes", Sequence[float]], str]
"""Scales the y axis for the values, and returns its label."""


class _Curve(NamedTuple):
    """One system's values up to the last epoch that all seeds reached. Shape: (seeds, epochs)."""

    system: SystemResult
    values: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = self.values.mean(axis=0)
        return mean

    @property
    def epochs(self) -> range:
        return range(1, self.values.shape[1] + 1)


def loss_picture(results: Results) -> Picture | None:
    """Cross-entropy on the training sentences, with dropout."""
    curves = _curves(results, lambda record: record.loss)
    note = "The loss is measured during training, with dropout. "
    return _learning_picture(results, curves, "Training loss by epoch", loss_scale, note)


def dev_picture(results: Results) -> Picture | None:
    """Accuracy on dev, which the epoch is selected on."""
    curves = _curves(results, _dev_per_cent)
    note = "The epoch is selected on dev; the systems are not compared on it. "
    return _learning_picture(results, curves, "Accuracy on dev by epoch", accuracy_scale, note)


def _dev_per_cent(record: EpochRecord) -> float | None:
    return None if record.dev_accuracy is None else 100 * record.dev_accuracy


def _curves(results: Results, value: Callable[[EpochRecord], float | None]) -> list[_Curve]:
    curves = []
    for system in results.systems:
        seeds = [[value(record) for record in seed] for seed in system.curves]
        epochs = min(map(len, seeds), default=0)
        values = np.array([seed[:epochs] for seed in seeds], dtype=np.float64)  # None becomes NaN
        if values.size and not np.isnan(values).any():
            curves.append(_Curve(system, values))
    return curves


def _learning_picture(
    results: Results, curves: Sequence[_Curve], title: str, scale: Scale, note: str
) -> Picture | None:
    if not curves:
        return None
    together = len(curves) <= MANY
    lay_out = _overlaid if together else _side_by_side
    figure = lay_out(results, curves, title, scale)
    drawn = {curve.system.name for curve in curves}
    others = [system.name for system in results.systems if system.name not in drawn]
    caption = note + "The line is the mean over seeds"
    if any(len(curve.values) > 1 for curve in curves):
        caption += ", the band reaches from the lowest to the highest seed"
    caption += "." if together else "; each frame shows the other systems in grey."
    if others:
        caption += f" Not shown, because they have no epochs: {', '.join(others)}."
    return Picture(title, caption, figure)


def _overlaid(results: Results, curves: Sequence[_Curve], title: str, scale: Scale) -> Figure:
    figure = framed(4.4, title, results.origin.line)
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    axes.set_ylabel(scale(axes, _all_values(curves)))
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    ends = []
    for curve, look in zip(curves, pens(results, [curve.system for curve in curves]), strict=True):
        _draw(axes, curve, look)
        ends.append(End(curve.epochs[-1], curve.mean[-1], curve.system.name, look))
    annotate_ends(axes, ends)
    return figure


def _side_by_side(results: Results, curves: Sequence[_Curve], title: str, scale: Scale) -> Figure:
    rows = -(-len(curves) // _COLUMNS)
    from matplotlib.ticker import MaxNLocator

    figure = framed(1.1 + 1.9 * rows, title, results.origin.line)
    frames = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    figure.supylabel(scale(frames[0, 0], _all_values(curves)), fontsize="medium")
    frames[0, 0].xaxis.set_major_locator(MaxNLocator(integer=True))
    for number, axes in enumerate(frames.flat):
        if number >= len(curves):
            axes.set_visible(False)
            continue
        for other in curves:
            axes.plot(other.epochs, other.mean, color=FAINT, lw=0.8)
        _draw(axes, curves[number], pen(0))
        axes.set_title(curves[number].system.name, fontsize="medium")
        if number + _COLUMNS >= len(curves):
            axes.set_xlabel("epoch")
            axes.tick_params(labelbottom=True)
    settle(figure)
    return figure


def _draw(axes: Axes, curve: _Curve, look: Pen) -> None:
    low, high = curve.values.min(axis=0), curve.values.max(axis=0)
    if len(curve.values) > 1:
        axes.fill_between(curve.epochs, low, high, color=look.color, alpha=0.2, lw=0)
    every = max(1, len(curve.epochs) // 10)
    axes.plot(
        curve.epochs,
        curve.mean,
        color=look.color,
        linestyle=look.linestyle,
        marker=look.marker,
        markevery=every,
        ms=4.5,
    )


def _all_values(curves: Sequence[_Curve]) -> list[float]:
    return [float(value) for curve in curves for value in curve.values.flat]
