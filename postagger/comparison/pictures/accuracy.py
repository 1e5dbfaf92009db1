"""How accurate the systems are, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from postagger.comparison.pictures.annotations import End, label_points
from postagger.comparison.pictures.elements import (
    FAINT,
    Picture,
    accuracy_scale,
    framed,
    pens,
    round_log_scale,
    settle,
    write_key,
)
from postagger.comparison.results import Results, SystemResult
from postagger.comparison.style import pen
from postagger.comparison.tables import mean_and_deviation, most_accurate_first
from postagger.evaluation.report import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def accuracy_picture(results: Results) -> Picture:
    """Mean, seeds and interval of every system, the best on top; with an enlarged part if many are close."""
    systems, origin = most_accurate_first(results), results.origin
    limits = _limits(systems)
    title = f"Accuracy on {origin.corpus}, {origin.tested}"
    figure = framed(1.7 + 0.38 * len(systems), title, origin.line, key=1)
    panels = figure.subplots(1, len(limits), sharey=True, squeeze=False, width_ratios=(2, 3)[-len(limits) :])[
        0
    ]
    for axes, (low, high) in zip(panels, limits, strict=True):
        for row, system in enumerate(systems):
            _draw_row(axes, row, system)
        axes.set_xlim(low, high)
        beyond = [row for row, system in enumerate(systems) if 100 * system.accuracy.mean < low]
        axes.plot([0.015] * len(beyond), beyond, "<", color=FAINT, transform=axes.get_yaxis_transform())
        axes.locator_params(axis="x", nbins=6)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("accuracy (per cent)")
    panels[0].set_yticks(range(len(systems)), [system.name for system in systems])
    panels[0].set_ylim(len(systems) - 0.4, -0.6)
    if len(panels) > 1:
        panels[0].axvspan(*limits[1], color="#e8e8e8", zorder=0)
        panels[1].set_xlabel("the grey part, enlarged (per cent)")
        panels[1].tick_params(axis="y", length=0)
    beside = panels[-1].get_yaxis_transform()
    for row, system in enumerate(systems):
        panels[-1].text(1.02, row, mean_and_deviation(system.accuracy), va="center", transform=beside)
    write_key(figure, panels[0])
    settle(figure)
    caption = (
        f"Mean accuracy and its 95 % bootstrap interval over seeds and {origin.unit}s; the numbers "
        f"are mean ± standard deviation over seeds. The highest mean is that of {systems[0].name}, "
        f"{percent(systems[0].accuracy.mean)} per cent. Two systems whose intervals overlap may still "
        "differ: see the table of pairs."
    )
    return Picture(title, caption, figure)


def _draw_row(axes: Axes, row: int, system: SystemResult) -> None:
    def label(text: str) -> str | None:
        return text if row == 0 else None

    color = pen(0).color
    low, high = (100 * bound for bound in system.interval)
    axes.plot([100 * system.accuracy.mean], [row], "o", color=color, ms=7, label=label("mean"))
    axes.plot([low, high], [row, row], "|-", color=color, lw=1.8, ms=8, label=label("95 % interval"))
    if len(system.seeds) > 1:
        seeds = [100 * value for value in system.accuracy.values]
        axes.plot(
            seeds, [row + 0.3] * len(seeds), "o", color=color, mfc="none", ms=4, label=label("one seed")
        )


def _limits(systems: Sequence[SystemResult]) -> list[tuple[float, float]]:
    """Limits of the accuracy axes in per cent: a second axis enlarges the best two thirds, if close."""
    rates = [[100 * rate for rate in (*system.interval, *system.accuracy.values)] for system in systems]
    better = rates[: -(-2 * len(rates) // 3)]
    high, low, better_low = max(map(max, rates)), min(map(min, rates)), min(map(min, better))
    crowded = len(systems) > 3 and high - low > 3 * (high - better_low)
    bounds = [(low, high), (better_low, high)] if crowded else [(low, high)]
    return [(low - 0.05 * (high - low), high + 0.05 * (high - low)) for low, high in bounds]


def speed_picture(results: Results) -> Picture:
    """Accuracy against tokens per second."""
    systems = results.systems
    clock = results.origin.clock.replace("seconds", "second", 1)
    title = "Accuracy against tagging speed"
    figure = framed(4.6 if len(systems) < 8 else 5.2, title, results.origin.line)
    axes = figure.subplots()
    axes.set_ylabel(accuracy_scale(axes, [100 * system.accuracy.mean for system in systems]))
    speeds = [system.tokens_per_second.median for system in systems]
    round_log_scale(axes.xaxis, speeds)
    room = (max(speeds) / min(speeds)) ** 0.12 * 1.1
    axes.set_xlim(min(speeds) / room, max(speeds) * room)
    axes.set_xlabel(f"tokens tagged per {clock} (log scale)")
    looks = pens(results, systems)
    label_points(
        axes,
        [
            End(speed, 100 * system.accuracy.mean, system.name, look)
            for system, speed, look in zip(systems, speeds, looks, strict=True)
        ],
    )
    caption = (
        "Mean accuracy over seeds against the median tagging speed, without loading. "
        "Up is more accurate, right is faster."
    )
    return Picture(title, caption, figure)
