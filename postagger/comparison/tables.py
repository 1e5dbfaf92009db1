"""The tables of a report as rows of text, shared by HTML, Markdown and the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from postagger.comparison.results import ChallengeRow, PairResult, Results, Spread, SystemResult
from postagger.evaluation.report import percent

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
    "ahead",
    "of",
    "points",
    "95 % interval",
    "fewer errors",
    "p",
    "p, Holm",
    "only first : only second",
    "McNemar p",
    "verdict",
)


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
    """A row for every two systems, the largest difference first, under `PAIR_COLUMNS`."""
    return [
        [
            pair.first,
            pair.second,
            percent(pair.difference),
            " to ".join(f"{100 * end:+.2f}" for end in pair.interval),
            f"{100 * pair.error_reduction:.1f} %",
            p_value(pair.p),
            p_value(pair.p_adjusted),
            f"{pair.mcnemar.only_first} : {pair.mcnemar.only_second}",
            p_value(pair.mcnemar.p),
            "more than chance" if pair.beyond_chance else "within chance",
        ]
        for pair in results.pairs
    ]


def challenge_columns(results: Results) -> list[str]:
    """The head of `challenge_rows`."""
    measures = ("right", "leaning")
    names = [f"{system.name}, {measure}" for system in most_accurate_first(results) for measure in measures]
    return ["minimal pairs", "pairs", *names]


def challenge_rows(results: Results) -> list[list[str]]:
    """A row for each phenomenon and distance of the challenge set: pairs right, and leaning the right way."""
    if results.challenge is None:
        return []
    systems = [system.name for system in most_accurate_first(results)]
    return [
        [
            _challenge_label(row),
            str(row.pairs),
            *(mean_and_deviation(each[name]) for name in systems for each in (row.pairs_right, row.leaning)),
        ]
        for row in results.challenge.rows
    ]


def _challenge_label(row: ChallengeRow) -> str:
    if row.kind == "distance":
        return f"difference {row.name} word{'' if row.name == '1' else 's'} away"
    return row.name


def headline(results: Results) -> list[PairResult]:
    """The pairs of the most accurate system with each other system, the next best first."""
    best = most_accurate_first(results)[0].name
    return sorted(
        (pair for pair in results.pairs if best in (pair.first, pair.second)),
        key=lambda pair: pair.difference,
    )


def p_value(p: float) -> str:
    """A p-value with three decimals, or ``< 0.001``."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _rounded(number: float) -> str:
    """Three significant digits: seconds and speeds are not measured more precisely than that."""
    if number < 100:
        return f"{number:.3g}"
    digits = len(str(round(number))) - 3
    return f"{round(number, -digits):,.0f}"
