"""What divides the fields of a line: tabs, blanks, or the commas of spreadsheets and data frames."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from postagger.corpora.columns import is_header


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


def comma_or_semicolon(lines: Sequence[str]) -> Divider | None:
    """What divides the fields of comma-separated values; None for other lines.

    Nine of ten lines have as many fields, and the first one names them, or none has a blank inside.

    Args:
        lines: the first lines, without empty ones and comments.
    """
    for divider in (COMMAS, SEMICOLONS):
        rows = [divider.split(line) for line in lines]
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if width == 1 or 10 * count < 9 * len(rows):
            continue
        if is_header(rows[0]) or (len(rows) > 1 and not any(" " in field for row in rows for field in row)):
            return divider
    return None
