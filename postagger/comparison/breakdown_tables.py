"""Tables that show by their shades where to look: accuracy by bin and by tag, confusions, confidence, and the
challenge set."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from postagger.comparison.results import Bin, ChallengeRow, Results, Spread, SystemResult
from postagger.comparison.tables import MINUS, Cell, Table, mean_and_deviation, most_accurate_first
from postagger.evaluation import Coverage
from postagger.evaluation.report import percent

_LEAST_ERROR = 0.3
"""Per cent: fewer errors have no shade."""

_TAGS = 12
"""Tags in a table of confusions."""

Rows = list[list[str | Cell]]

Pairs = Mapping[tuple[str, str], float]
"""Tokens by gold tag and predicted tag, for wrong predictions."""


def shaded_accuracy(rate: float | None) -> Cell:
    """An accuracy in 0..1, as per cent; the darker, the more errors: on a log scale, from 0.3 % to all."""
    if rate is None:
        return Cell("-")
    errors = max(100 * (1 - rate), _LEAST_ERROR)
    return Cell(percent(rate), round(math.log(errors / _LEAST_ERROR) / math.log(100 / _LEAST_ERROR), 3))


def frequency_table(results: Results) -> Table:
    return _bin_table(
        results, lambda system: system.by_frequency, "Accuracy by how often training has the word"
    )


def length_table(results: Results) -> Table:
    return _bin_table(results, lambda system: system.by_length, "Accuracy by sentence length")


def _bin_table(results: Results, bins: Callable[[SystemResult], tuple[Bin, ...]], caption: str) -> Table:
    systems = most_accurate_first(results)
    rows = [
        [
            same[0].label,
            f"{same[0].tokens:,}",
            *(shaded_accuracy(each.accuracy.mean) for each in same if each.accuracy),
        ]
        for same in zip(*(bins(system) for system in systems), strict=True)
        if same[0].tokens
    ]
    return Table(caption, ["", "tokens", *(system.name for system in systems)], rows)


def tag_table(results: Results) -> Table:
    """Recall and F1 of each tag and system, the most frequent tag first."""
    systems = most_accurate_first(results)
    rows = [
        [
            same[0].tag,
            f"{same[0].tokens:,}",
            *(shaded_accuracy(rate.mean) for each in same for rate in (each.recall, each.f1)),
        ]
        for same in zip(*(system.by_tag for system in systems), strict=True)
    ]
    return Table(
        "Recall and F1 by tag, the most frequent tag first",
        ["tag", "tokens", *("recall", "F1") * len(systems)],
        rows,
        [("", 1), *((system.name, 2) for system in systems)],
    )


def confusion_tables(results: Results) -> list[Table]:
    """For each system, the errors among its most confused tags; for two systems, the difference as well."""
    systems = most_accurate_first(results)
    errors = {
        system.name: {(c.gold, c.prediction): c.tokens for c in system.confusions} for system in systems
    }
    decimals = 1 if results.origin.seeds > 1 else 0
    tables = [confusion_table(name, pairs, decimals) for name, pairs in errors.items() if pairs]
    if len(systems) == 2 and len(tables) == 2:
        best, other = errors
        cells = {*errors[best], *errors[other]}
        less = {cell: errors[other].get(cell, 0.0) - errors[best].get(cell, 0.0) for cell in cells}
        tables.append(confusion_table(f"{other} minus those of {best}", less, decimals))
    return tables


def confusion_table(name: str, pairs: Pairs, decimals: int = 0) -> Table:
    """A row for each gold tag, a column for each predicted tag, among the most confused tags.

    Args:
        pairs: of wrong predictions; below 0 in a difference.
        decimals: of the counts.
    """
    weights: defaultdict[str, float] = defaultdict(float)
    for cell, tokens in pairs.items():
        for tag in cell:
            weights[tag] += abs(tokens)
    tags = sorted(sorted(weights, key=lambda tag: (-weights[tag], tag))[:_TAGS])
    chosen = {(gold, tag): pairs.get((gold, tag), 0.0) for gold in tags for tag in tags}
    most = max(map(abs, chosen.values()), default=0.0) or 1.0
    signed = min(pairs.values(), default=0.0) < 0
    rows: Rows = [
        [gold, *(_count(chosen[gold, tag], most, decimals, signed, gold == tag) for tag in tags)]
        for gold in tags
    ]
    part = sum(chosen.values()) / (sum(pairs.values()) or 1)
    note = "Rows are gold tags, columns predicted ones" + ("" if signed else f"; {part:.0%} of all errors")
    return Table(f"Errors of {name}", ["gold", *tags], rows, note=note)


def _count(tokens: float, most: float, decimals: int, signed: bool, diagonal: bool) -> Cell:
    if abs(tokens) < 0.5 * 10**-decimals:
        return Cell("\N{MIDDLE DOT}" if diagonal else "")
    text = f"{tokens:{'+' if signed else ''},.{decimals}f}".replace("-", MINUS)
    return Cell(text, round(math.copysign(math.sqrt(abs(tokens) / most), tokens), 3))


def calibration_table(results: Results) -> Table | None:
    """The expected calibration error of each system that gives probabilities; None if none does."""
    rows = [
        [system.name, mean_and_deviation(found.untempered_error), mean_and_deviation(found.expected_error)]
        for system in most_accurate_first(results)
        if (found := system.confidence) is not None
    ]
    columns = ["system", "before", "after"]
    return (
        Table("Expected calibration error (points), before and after the temperature", columns, rows)
        if rows
        else None
    )


def coverage_table(coverages: Mapping[str, Sequence[Coverage]]) -> Table:
    """For each threshold, how accurate the tokens above it are, and how many these are, by system."""
    rows = []
    for same in zip(*coverages.values(), strict=True):
        cells = [text for each in same for text in (percent(each.accuracy), f"{100 * each.coverage:.1f}")]
        rows.append([f"at least {same[0].threshold:g}" if same[0].threshold else "any", *cells])
    groups = [(name, 2) for name in coverages]
    columns = ["probability", *("accuracy", "of tokens") * len(coverages)]
    return Table("Accuracy above a probability, and the part of the tokens (per cent)", columns, rows, groups)


def leaning_table(results: Results) -> Table | None:
    """For each group of minimal pairs, how often each system leans the right way."""
    if results.challenge is None:
        return None
    rows = results.challenge.rows
    names = [s.name for s in most_accurate_first(results) if rows[0].leaning.get(s.name) is not None]
    if not names:
        return None
    body: Rows = [
        [_group(row), str(row.pairs), *(_leaning(row.leaning[name]) for name in names)] for row in rows
    ]
    return Table(
        "Pairs in which a system leans the right way (per cent)", ["minimal pairs", "pairs", *names], body
    )


def _leaning(spread: Spread | None) -> Cell:
    if spread is None:
        return Cell("-")
    return Cell(f"{100 * spread.mean:.0f}", round(2 * spread.mean - 1, 3))


def pairs_right_table(results: Results) -> Table | None:
    """For each group of minimal pairs, in how many each system has both words right."""
    if results.challenge is None:
        return None
    names = [system.name for system in most_accurate_first(results)]
    body: Rows = [
        [_group(row), str(row.pairs), *(_right(row.pairs_right[name]) for name in names)]
        for row in results.challenge.rows
    ]
    return Table("Pairs with both words right (per cent)", ["minimal pairs", "pairs", *names], body)


def _right(spread: Spread | None) -> Cell:
    return Cell("-") if spread is None else Cell(f"{100 * spread.mean:.0f}", round(spread.mean, 3))


def _group(row: ChallengeRow) -> str:
    if row.kind == "distance":
        return f"difference {row.name} word{'' if row.name == '1' else 's'} away"
    return row.name
