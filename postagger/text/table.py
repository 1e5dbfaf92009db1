"""CSV and TSV with a header, read by the standard library's csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from postagger.errors import DataError, brief
from postagger.io import LINE
from postagger.registry import hint
from postagger.text.json_lines import JsonLines
from postagger.text.segment import SentenceMode, Splitter
from postagger.text.tokens import Sentence

_DELIMITERS = ("\t", ",", ";")


class Table(JsonLines):
    """Rows below a header that names the columns; one column contains the text.

    The header tells what separates the columns: a tab, a comma or a semicolon. Each row is written as a line
    of JSON with the names and values of its columns, as `JsonLines` writes it.
    """

    def __init__(self, tokens: Splitter, sentences: SentenceMode | Splitter, field: str) -> None:
        super().__init__(tokens, sentences, field)
        self._column = field

    def items(
        self, lines: Iterable[str], source: str
    ) -> Iterator[tuple[dict[str, Any], list[Sentence] | None]]:
        csv.field_size_limit(LINE.value)
        lines = iter(lines)
        header = next(lines, "")
        if not header.strip():
            return
        names, delimiter = self._header(header, source)
        rows = csv.reader(lines, delimiter=delimiter)
        try:
            for row in rows:
                if not row:
                    continue
                if len(row) != len(names):
                    raise DataError(
                        f"{source}:{rows.line_num + 1}: this row has {len(row)} columns, but the header has "
                        f"{len(names)}"
                    )
                given = dict(zip(names, row, strict=True))
                yield given, self._segmented(given)
        except csv.Error as error:
            raise DataError(f"{source}:{rows.line_num + 1}: this is not a row of a table: {error}") from None

    def _header(self, line: str, source: str) -> tuple[list[str], str]:
        """The names of the columns, and what separates them.

        Raises:
            DataError: no column has the name of the field, or several columns have the same name.
        """
        found = [next(csv.reader([line.rstrip("\r\n")], delimiter=each)) for each in _DELIMITERS]
        names = next((names for names in found if self._column in names), None)
        if names is None:
            names = max(found, key=len)
            raise DataError(
                f"{source}:1: the header of this table has no column {brief(self._column)}: "
                f"{hint(self._column, names)} (--field)"
            )
        if len(set(names)) < len(names):
            raise DataError(f"{source}:1: two columns of this table have the same name")
        return names, _DELIMITERS[found.index(names)]
