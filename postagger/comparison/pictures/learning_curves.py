"""Learning curves: loss and dev accuracy by epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.pictures.elements import (
    MANY,
    Picture,
    accuracy_scale,
    brief_name,
    frames,
    loss_scale,
    picture,
    write_key,
)
from postagger.comparison.results import Results
from postagger.comparison.style import new_figure
from postagger.comparison.tables import listed, most_accurate_first
from postagger.plots import FAINT, Pen, pens_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from postagger.training import EpochRecord

Scale = Callable[["Axes", float, float], str]
"""Scales the y axis from the lowest to the highest value, and returns its label."""

Epochs = Mapping[str, Sequence[Sequence["EpochRecord"]]]
"""By the name of a system: for each seed, its epochs."""


class _Curve(NamedTuple):
    """One system's values up to the last epoch that all seeds reached. Shape: (seeds, epochs)."""

    name: str
    values: NDArray[np.float64]
    pen: Pen

    @property
    def mean(self) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = self.values.mean(axis=0)
        return mean

    @property
    def epochs(self) -> range:
        return range(1, self.values.shape[1] + 1)


def loss_picture(results: Results) -> Picture | None:
    """Cross-entropy on the training sentences, with dropout."""
    return training_loss(_epochs(results))


def dev_picture(results: Results) -> Picture | None:
    """Accuracy on dev, which the epoch is selected on."""
    return dev_accuracy(_epochs(results))


def _epochs(results: Results) -> Epochs:
    return {system.name: system.curves for system in most_accurate_first(results)}


def training_loss(epochs: Epochs) -> Picture | None:
    """The loss by epoch; None without epochs. Call it inside `drawing`."""
    note = "The loss is measured during training, with dropout."
    return _learning_picture(epochs, _loss, "Training loss by epoch", loss_scale, note)


def dev_accuracy(epochs: Epochs) -> Picture | None:
    """The accuracy on dev by epoch; None if it was not measured. Call it inside `drawing`."""
    note = "The best epoch is chosen on dev, so these accuracies are optimistic."
    return _learning_picture(epochs, _dev_per_cent, "Accuracy on dev by epoch", accuracy_scale, note)


def _loss(record: EpochRecord) -> float | None:
    return record.loss


def _dev_per_cent(record: EpochRecord) -> float | None:
    return None if record.dev_accuracy is None else 100 * record.dev_accuracy


def _learning_picture(
    epochs: Epochs, value: Callable[[EpochRecord], float | None], title: str, scale: Scale, note: str
) -> Picture | None:
    curves = _curves(epochs, value)
    if not curves:
        return None
    together = len(curves) <= MANY
    several = any(len(curve.values) > 1 for curve in curves)
    caption = note
    if several:
        caption += " The line is the mean over seeds, the band reaches from the lowest seed to the highest."
    if not together:
        caption += " Each frame shows the other systems in grey."
    drawn = {curve.name for curve in curves}
    if others := [name for name in epochs if name not in drawn]:
        caption += f" Not trained in epochs: {listed(others)}."
    return picture(title, caption, partial(_overlaid if together else _side_by_side, curves, scale))


def _curves(epochs: Epochs, value: Callable[[EpochRecord], float | None]) -> list[_Curve]:
    curves = []
    for name, look in pens_of(epochs).items():
        seeds = [[value(record) for record in seed] for seed in epochs[name]]
        count = min(map(len, seeds), default=0)
        values = np.array([seed[:count] for seed in seeds], dtype=np.float64)  # None becomes NaN
        if values.size and not np.isnan(values).any():
            curves.append(_Curve(name, values, look))
    return curves


def _overlaid(curves: Sequence[_Curve], scale: Scale, width: float) -> Figure:
    figure = new_figure(3.9, width)
    axes = figure.subplots()
    axes.set_ylabel(scale(axes, *_ends(curves)))
    for curve in curves:
        _draw(axes, curve)
    axes.set_xlabel("epoch")
    _count_epochs(axes)
    if len(curves) > 1:
        write_key(figure, axes, width)
    return figure


def _side_by_side(curves: Sequence[_Curve], scale: Scale, width: float) -> Figure:
    figure, grid = frames(len(curves), width, 1.7)
    figure.supylabel(scale(grid[0], *_ends(curves)), fontsize="medium")
    for axes, curve in zip(grid, curves, strict=True):
        for other in curves:
            axes.plot(other.epochs, other.mean, color=FAINT, lw=0.8)
        _draw(axes, curve)
        axes.set_title(brief_name(curve.name))
    figure.supxlabel("epoch", fontsize="medium")
    _count_epochs(grid[0])
    return figure


def _count_epochs(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _draw(axes: Axes, curve: _Curve) -> None:
    low, high = curve.values.min(axis=0), curve.values.max(axis=0)
    if len(curve.values) > 1:
        axes.fill_between(curve.epochs, low, high, color=curve.pen.color, alpha=0.2, lw=0)
    axes.plot(
        curve.epochs,
        curve.mean,
        color=curve.pen.color,
        linestyle=curve.pen.linestyle,
        marker=curve.pen.marker,
        markevery=max(1, len(curve.epochs) // 10),
        mfc=curve.pen.face,
        ms=4.5,
        label=brief_name(curve.name),
    )


def _ends(curves: Sequence[_Curve]) -> tuple[float, float]:
    """The lowest and the highest value of all curves."""
    return min(float(each.values.min()) for each in curves), max(float(each.values.max()) for each in curves)
