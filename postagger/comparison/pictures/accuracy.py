"""How accurate the systems are, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from postagger.comparison.pictures.elements import (
    Picture,
    accuracy_scale,
    below,
    brief_name,
    focus,
    is_narrow,
    pens,
    picture,
    round_log_scale,
)
from postagger.comparison.results import Results, SystemResult
from postagger.comparison.style import SMALL, new_figure
from postagger.comparison.tables import mean_and_deviation, most_accurate_first
from postagger.plots import FAINT, Pen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def accuracy_picture(results: Results) -> Picture:
    """Mean, seeds and interval of every system, the best on top."""
    systems, origin = most_accurate_first(results), results.origin
    limits = focus([_ends(system) for system in systems])
    several = origin.seeds > 1
    caption = (
        f"The large mark is the mean over {origin.seeds} seeds, each small one below the line is one seed"
        if several
        else "The mark is the accuracy with one seed"
    )
    caption += (
        f". The line is the 95 % interval: how far the mean depends on which {origin.unit}s"
        f"{' and seeds' if several else ''} it was measured with. "
        f"{'On the right, the mean and the standard deviation over seeds. ' if several else ''}"
        "Two systems whose intervals overlap may still differ: see Differences."
    )
    caption += below(
        limits[0], [(each.name, 100 * each.accuracy.mean) for each in systems], where="to the left of"
    )
    return picture(
        f"Accuracy on {origin.corpus}, {origin.tested}",
        caption,
        lambda width: _accuracies(systems, pens(results, systems), limits, width),
    )


def _ends(system: SystemResult) -> tuple[float, float]:
    """The lowest and the highest accuracy of a system, in per cent."""
    rates = (*system.interval, *system.accuracy.values)
    return 100 * min(rates), 100 * max(rates)


def _accuracies(
    systems: Sequence[SystemResult], looks: Sequence[Pen], limits: tuple[float, float], width: float
) -> Figure:
    figure = new_figure(0.7 + 0.34 * len(systems), width)
    axes = figure.subplots()
    low, high = limits
    margin = 0.05 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.locator_params(axis="x", nbins=4 if is_narrow(width) else 8)
    for row, (system, look) in enumerate(zip(systems, looks, strict=True)):
        _draw_row(axes, row, system, look, low)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("accuracy (per cent)")
    axes.set_yticks(range(len(systems)), [brief_name(system.name) for system in systems])
    axes.set_ylim(len(systems) - 0.4, -0.6)
    return figure


def _draw_row(axes: Axes, row: int, system: SystemResult, look: Pen, low: float) -> None:
    bottom, top = (100 * bound for bound in system.interval)
    text = mean_and_deviation(system.accuracy)
    axes.text(1.02, row, text, va="center", transform=axes.get_yaxis_transform(), fontsize=SMALL)
    if 100 * system.accuracy.mean < low:
        axes.text(
            0.01,
            row,
            "\N{LEFTWARDS ARROW}",
            va="center",
            color=look.color,
            transform=axes.get_yaxis_transform(),
        )
        return
    axes.plot([bottom, top], [row, row], "|-", color=look.color, lw=1.8, ms=8)
    axes.plot(
        [100 * system.accuracy.mean], [row], look.marker, color=look.color, mfc=look.face, ms=7, mew=1.5
    )
    if len(system.seeds) > 1:
        seeds = [100 * value for value in system.accuracy.values]
        axes.plot(seeds, [row + 0.3] * len(seeds), "o", color=look.color, mfc="none", ms=3.5)


def speed_picture(results: Results) -> Picture:
    """Accuracy against tokens per second."""
    systems = most_accurate_first(results)
    low, _ = focus([(100 * each.accuracy.mean,) * 2 for each in systems])
    caption = (
        "Mean accuracy over seeds against the median tagging speed, without the time for loading. Further up "
        "is more accurate, further to the right is faster. Vertical lines are standard deviations over seeds."
    )
    caption += below(low, [(each.name, 100 * each.accuracy.mean) for each in systems])
    return picture(
        "Accuracy against tagging speed", caption, lambda width: _speeds(results, systems, low, width)
    )


def _speeds(results: Results, systems: Sequence[SystemResult], low: float, width: float) -> Figure:
    from adjustText import adjust_text

    drawn = [system for system in systems if 100 * system.accuracy.mean >= low]
    accuracies = [100 * system.accuracy.mean for system in drawn]
    speeds = [system.tokens_per_second.median for system in drawn]
    figure = new_figure(4.2, width)
    axes = figure.subplots()
    deviations = [100 * (system.accuracy.deviation or 0.0) for system in drawn]
    ends = [
        accuracy + sign * d for accuracy, d in zip(accuracies, deviations, strict=True) for sign in (-1, 1)
    ]
    axes.set_ylabel(accuracy_scale(axes, min(ends), min(100.0, max(ends))))
    room = (max(speeds) / min(speeds)) ** 0.15 * 1.2
    round_log_scale(axes.xaxis, min(speeds) / room, max(speeds) * room)
    axes.set_xlim(min(speeds) / room, max(speeds) * room)
    clock = results.origin.clock.replace("seconds", "second", 1)
    axes.set_xlabel(f"tokens tagged per {clock} (log scale)", wrap=True)
    for speed, accuracy, deviation, look in zip(
        speeds, accuracies, deviations, pens(results, drawn), strict=True
    ):
        axes.errorbar(
            speed,
            accuracy,
            yerr=deviation,
            color=look.color,
            marker=look.marker,
            mfc=look.face,
            ms=7,
            mew=1.5,
        )
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    texts = [
        axes.text(speed, accuracy, brief_name(system.name))
        for system, speed, accuracy in zip(drawn, speeds, accuracies, strict=True)
    ]
    line = {"arrowstyle": "-", "color": FAINT, "lw": 0.8}
    adjust_text(texts, speeds, accuracies, ax=axes, expand=(1.15, 1.5), arrowprops=line)
    return figure
