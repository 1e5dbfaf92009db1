"""What divides the fields of a line: tabs, blanks, or the commas of spreadsheets and data frames."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from postagger.corpora.column_names import is_header


@dataclass(frozen=True)
class Divider:
    """What divides the fields of a line.

    Attributes:
        name: what it is called, in the plural.
        split: splits a line into fields.
    """

    name: str
    split: Callable[[str], list[str]]


def _quoted(line: str, *, mark: str) -> list[str]:
    """The fields of a line, some of which may be in quotes; the line as one field if these are not closed."""
    try:
        return next(csv.reader([line], delimiter=mark, strict=True), [""])
    except csv.Error:
        return [line]


TABS = Divider("tabs", lambda line: line.split("\t"))
COMMAS = Divider("commas", partial(_quoted, mark=","))
SEMICOLONS = Divider("semicolons", partial(_quoted, mark=";"))
"""What spreadsheets write between values where numbers have decimal commas."""
BARS = Divider("bars", partial(_quoted, mark="|"))
QUOTED_TABS = Divider("tabs, with quotes", partial(_quoted, mark="\t"))
"""Tabs as spreadsheets and data frames write them: a field with a quote is in quotes."""

_IN_QUOTES = re.compile(r'"([^"]|"")+"')


def tabs_of(lines: Sequence[str]) -> Divider:
    """`QUOTED_TABS` if some fields are in quotes, and no quote is a word by itself; else `TABS`."""
    quoted = [field for line in lines for field in TABS.split(line.rstrip("\r\n")) if field.startswith('"')]
    return QUOTED_TABS if quoted and all(map(_IN_QUOTES.fullmatch, quoted)) else TABS


def divider_of(lines: Sequence[str]) -> Divider | None:
    """What divides the fields of comma-separated values; None for other lines.

    The first line names the columns, and half of the lines have as many fields; or nine of ten lines have as
    many, without a blank inside.

    Args:
        lines: the first lines, without empty ones and comments.
    """
    for divider in (COMMAS, SEMICOLONS, BARS):
        rows = [divider.split(line) for line in lines]
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if is_header(rows[0]) and 2 * sum(len(row) == len(rows[0]) for row in rows) >= len(rows):
            return divider
        if width == 1 or 10 * count < 9 * len(rows) or divider is BARS:
            continue
        if len(rows) > 1 and not any(" " in field for row in rows for field in row):
            return divider
    return None
