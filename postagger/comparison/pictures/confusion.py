"""Which tags are confused with which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.pictures.elements import Picture, framed, heat_map, settle
from postagger.comparison.results import Results, SystemResult
from postagger.comparison.tables import most_accurate_first

if TYPE_CHECKING:
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_SHOWN = 12
"""Tags in a matrix."""


def confusion_picture(results: Results) -> Picture | None:
    """The errors of the most accurate system, among its most confused tags."""
    from matplotlib import colormaps
    from matplotlib.colors import PowerNorm

    best = most_accurate_first(results)[0]
    tags = _most_confused([best])
    if not tags:
        return None
    counts = _matrix(best, tags)
    title = f"Errors of {best.name} by gold and predicted tag"
    norm = PowerNorm(0.5, 0, counts.max())
    figure = _matrix_figure(
        results, title, tags, counts, f".{_decimals([best])}f", colormaps["cividis_r"], norm
    )
    fraction = counts.sum() / sum(confusion.tokens for confusion in best.confusions)
    caption = (
        f"Wrong predictions of {best.name}, the most accurate system: tokens, the mean over seeds, among the "
        f"{len(tags)} most confused tags. They are {fraction:.0%} of its errors."
    )
    return Picture(title, caption, figure)


def difference_picture(results: Results) -> Picture | None:
    """The difference between the confusions of two systems: the less accurate one minus the other."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    systems = most_accurate_first(results)
    tags = _most_confused(systems)
    if len(systems) != 2 or not tags:
        return None
    best, other = systems
    differences = _matrix(other, tags) - _matrix(best, tags)
    title = f"Errors of {other.name} less errors of {best.name}"
    most = max(float(np.abs(differences).max()), 0.1)
    figure = _matrix_figure(
        results,
        title,
        tags,
        differences,
        f"+.{_decimals(systems)}f",
        colormaps["PuOr_r"],
        Normalize(-1.3 * most, 1.3 * most),
    )
    caption = (
        f"Plus: {other.name} makes the error more often; minus: {best.name} does. "
        f"Tokens, the mean over seeds, among the {len(tags)} tags that the two confuse most."
    )
    return Picture(title, caption, figure)


def _most_confused(systems: Sequence[SystemResult]) -> list[str]:
    """The tags with the most errors, gold or predicted, sorted by name to keep related tags together."""
    errors: defaultdict[str, float] = defaultdict(float)
    for confusion in (confusion for system in systems for confusion in system.confusions):
        errors[confusion.gold] += confusion.tokens
        errors[confusion.prediction] += confusion.tokens
    return sorted(sorted(errors, key=lambda tag: -errors[tag])[:_SHOWN])


def _matrix(system: SystemResult, tags: Sequence[str]) -> NDArray[np.float64]:
    """Confusion counts. Shape: (gold tags, predicted tags); 0 on the diagonal."""
    counts = {(confusion.gold, confusion.prediction): confusion.tokens for confusion in system.confusions}
    return np.array([[counts.get((gold, prediction), 0.0) for prediction in tags] for gold in tags])


def _matrix_figure(
    results: Results,
    title: str,
    tags: Sequence[str],
    values: NDArray[np.float64],
    form: str,
    colours: Colormap,
    norm: Normalize,
) -> Figure:
    """A heat map; cells without errors are empty, and the diagonal is grey."""
    figure = framed(2.1 + 0.33 * len(tags), title, results.origin.line)
    axes = figure.subplots()
    texts = [[_written(value, form) for value in line] for line in values]
    empty = np.array([[not text for text in line] for line in texts])
    heat_map(
        axes,
        np.where(empty, np.nan, values),
        texts=texts,
        rows=tags,
        columns=tags,
        colours=colours,
        norm=norm,
    )
    for place in range(len(tags)):
        axes.fill_between([place, place + 1], place, place + 1, color="#cccccc", lw=0)
    axes.set_xlabel("predicted tag")
    axes.set_ylabel("gold tag")
    settle(figure)
    return figure


def _written(tokens: float, form: str) -> str:
    """The count, or nothing if it would be written as 0."""
    return format(tokens, form).replace("-", "\N{MINUS SIGN}") if abs(tokens) >= 0.05 else ""


def _decimals(systems: Sequence[SystemResult]) -> int:
    return 1 if any(len(system.seeds) > 1 for system in systems) else 0
