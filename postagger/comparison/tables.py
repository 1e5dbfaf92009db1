"""The tables of a report as rows of text, shared by HTML, Markdown and the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from postagger.comparison.results import PairResult, Results, Spread, SystemResult
from postagger.evaluation.report import percent

MINUS = "\N{MINUS SIGN}"

SYSTEM_COLUMNS = (
    "system",
    "test",
    "95 % interval",
    "dev",
    "known",
    "unknown",
    "ambiguous",
    "sentences",
    "parameters",
    "train s",
    "tokens/s",
)
PAIR_COLUMNS = (
    "better",
    "than",
    "points",
    "interval",
    "confidence",
    "p",
    "chance?",
    "fewer errors",
    "right alone",
)


@dataclass(frozen=True)
class Cell:
    """A cell with a shade in -1..1: 0 is the colour of the page; below 0 is another hue."""

    text: str
    shade: float = 0.0


@dataclass(frozen=True)
class Table:
    """A table of a page.

    Attributes:
        caption: what it shows.
        columns: the heads; the first column names the rows.
        rows: cells, some of them shaded.
        note: what else there is to say of it.
        groups: heads above those of several columns, each with their number; the first column has none.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    groups: Sequence[tuple[str, int]] = ()
    note: str = ""

    @property
    def flat_columns(self) -> list[str]:
        """One head for each column, with its group."""
        names = [name for name, count in self.groups for _ in range(count)] or [""] * len(self.columns[1:])
        return [
            self.columns[0],
            *(f"{name} {c}".strip() for name, c in zip(names, self.columns[1:], strict=True)),
        ]

    @property
    def texts(self) -> list[list[str]]:
        """The rows without shades."""
        return [[cell if isinstance(cell, str) else cell.text for cell in row] for row in self.rows]


def most_accurate_first(results: Results) -> list[SystemResult]:
    """The systems, the most accurate first."""
    return sorted(results.systems, key=lambda system: -system.accuracy.mean)


def lines_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table for the terminal: the first column aligned left, the others right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def listed(names: Sequence[str]) -> str:
    """``a, b and c``; ``none`` if there are no names."""
    *others, last = names or ["none"]
    return f"{', '.join(others)} and {last}" if others else last


def mean_and_deviation(spread: Spread | None) -> str:
    """The mean and standard deviation in per cent; the mean alone for a single seed, a dash for None."""
    if spread is None:
        return percent(None)
    if spread.deviation is None:
        return percent(spread.mean)
    return f"{percent(spread.mean)} ± {percent(spread.deviation)}"


def system_rows(results: Results) -> list[list[str]]:
    """A row for each system, the most accurate first, under `SYSTEM_COLUMNS`."""
    return [
        [
            system.name,
            mean_and_deviation(system.accuracy),
            " - ".join(map(percent, system.interval)),
            mean_and_deviation(system.dev),
            mean_and_deviation(system.known),
            mean_and_deviation(system.unknown),
            mean_and_deviation(system.ambiguous),
            mean_and_deviation(system.sentences),
            f"{system.parameters:,}",
            _rounded(system.train_seconds.median),
            _rounded(system.tokens_per_second.median),
        ]
        for system in most_accurate_first(results)
    ]


def pair_rows(results: Results) -> list[list[str]]:
    """A row for each pair of systems, the largest difference first, under `PAIR_COLUMNS`."""
    return [
        [
            pair.first,
            pair.second,
            points(pair.difference),
            signed_range(pair.interval),
            f"{100 * pair.confidence:.4g} %",
            p_value(pair.p_adjusted),
            "more than chance" if pair.beyond_chance else "may be chance",
            f"{100 * pair.error_reduction:.1f} %",
            f"{pair.mcnemar.only_first:,} : {pair.mcnemar.only_second:,}",
        ]
        for pair in results.pairs
    ]


def headline(results: Results) -> list[PairResult]:
    """The pairs of the most accurate system with each other system, the next best first."""
    best = most_accurate_first(results)[0].name
    return sorted(
        (pair for pair in results.pairs if best in (pair.first, pair.second)),
        key=lambda pair: pair.difference,
    )


def p_value(p: float) -> str:
    """A p-value with three decimals, or ``< 0.001``; one below 0.05 is never rounded up to it."""
    if p < 0.001:
        return "< 0.001"
    return f"{math.floor(1e4 * p) / 1e4:.4f}" if 0.0495 <= p < 0.05 else f"{p:.3f}"


def points(difference: float) -> str:
    """A difference in percentage points with two decimals; more, if it would be rounded to 0."""
    amount = 100 * abs(difference)
    decimals = 2 if amount >= 0.005 or not amount else min(9, -math.floor(math.log10(amount)))
    return f"{amount:.{decimals}f}"


def signed_range(interval: tuple[float, float]) -> str:
    """An interval of differences in percentage points: ``-0.10 to +0.25``."""
    signs = ("+" if end > 0 else MINUS if end < 0 else "" for end in interval)
    return " to ".join(f"{sign}{points(end)}" for sign, end in zip(signs, interval, strict=True))


def _rounded(number: float) -> str:
    """Three significant digits: seconds and speeds are not measured more precisely than that."""
    if number < 100:
        return f"{number:.3g}"
    digits = len(str(round(number))) - 3
    return f"{round(number, -digits):,.0f}"
