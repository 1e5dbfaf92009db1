"""The results of a comparison in a notebook: the report's table and sentences as HTML."""

from __future__ import annotations

from postagger.comparison.breakdown_tables import pairs_right_table
from postagger.comparison.results import Results
from postagger.comparison.tables import (
    PAIR_COLUMNS,
    SYSTEM_COLUMNS,
    Cell,
    headline,
    most_accurate_first,
    pair_rows,
    system_rows,
)
from postagger.html import block, folded, paragraph, table, text


def results_html(results: Results) -> str:
    """A line for each system, the best one against each other one, and behind a click all pairs."""
    systems = [[system.name, system.description] for system in most_accurate_first(results)]
    parts = [
        table(SYSTEM_COLUMNS, system_rows(results)),
        paragraph(text(results.origin.line), small=True),
        *(paragraph(text(pair.sentence)) for pair in headline(results)),
        *(paragraph("<b>failed:</b>", text(failure)) for failure in results.failures),
        folded("the systems", table(["system", "what it is"], systems, left=(0, 1))),
        folded("all pairs", table(PAIR_COLUMNS, pair_rows(results), left=(0, 1))),
    ]
    right = pairs_right_table(results)
    if results.challenge is not None and right is not None:
        rows = [[cell.text if isinstance(cell, Cell) else cell for cell in row] for row in right.rows]
        shown = paragraph(text(results.challenge.sentence)) + table(right.columns, rows)
        parts.append(folded("challenge set: pairs right (%)", shown))
    return block(*parts)
