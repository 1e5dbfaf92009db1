"""How far probabilities can be believed: reliability diagrams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from postagger.comparison.pictures.elements import Picture, brief_name, frames, picture
from postagger.comparison.results import Results
from postagger.comparison.tables import most_accurate_first
from postagger.evaluation import Rate, ReliabilityBin
from postagger.plots import QUIET, Pen, pens_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ENOUGH = 5
"""Intervals with fewer tokens are not drawn."""


def reliability_picture(results: Results) -> Picture | None:
    """A frame for each system that gives probabilities."""
    looks = pens_of(system.name for system in results.systems)
    return reliability_diagrams(
        {
            system.name: (system.confidence.reliability, looks[system.name])
            for system in most_accurate_first(results)
            if system.confidence is not None
        }
    )


def reliability_diagrams(
    diagrams: Mapping[str, tuple[Sequence[ReliabilityBin], Pen]],
) -> Picture | None:
    """A reliability diagram for each name; None without any. Call it inside `drawing`."""
    if not diagrams:
        return None
    caption = (
        "Tokens with similar probabilities are taken together: the height is the fraction that is tagged "
        "correctly, with its 95 % interval. On the dotted line, tags with a probability of 80 % are right in "
        "80 % of the cases. Below it the tagger is too sure of itself, above it too careful. "
        f"Groups of fewer than {_ENOUGH} tokens are not drawn."
    )
    return picture("Probability and accuracy", caption, partial(_diagrams, diagrams))


def _diagrams(diagrams: Mapping[str, tuple[Sequence[ReliabilityBin], Pen]], width: float) -> Figure:
    figure, grid = frames(len(diagrams), width, 1.9)
    for axes, (name, (bins, look)) in zip(grid, diagrams.items(), strict=True):
        _draw(axes, bins, look)
        axes.set_title(brief_name(name))
    figure.supxlabel("probability of the predicted tag (per cent)", fontsize="medium")
    figure.supylabel("correct (per cent)", fontsize="medium")
    return figure


def _draw(axes: Axes, bins: Sequence[ReliabilityBin], look: Pen) -> None:
    axes.plot([0, 100], [0, 100], color=QUIET, lw=1, linestyle=":")
    points = []
    for each in bins:
        rate = Rate(round((each.accuracy or 0) * each.tokens), each.tokens)
        if each.tokens >= _ENOUGH and each.confidence is not None and rate.interval is not None:
            points.append((each.confidence, rate.correct / rate.total, *rate.interval))
    axes.errorbar(
        [100 * confidence for confidence, *_ in points],
        [100 * accuracy for _, accuracy, *_ in points],
        yerr=[
            [100 * max(0.0, accuracy - low) for _, accuracy, low, _ in points],
            [100 * max(0.0, high - accuracy) for _, accuracy, _, high in points],
        ],
        color=look.color,
        marker=look.marker,
        mfc=look.face,
        ms=4.5,
        lw=1.2,
    )
    axes.set_xlim(0, 102)
    axes.set_ylim(0, 102)
    axes.set_xticks([0, 50, 100])
    axes.set_yticks([0, 50, 100])
