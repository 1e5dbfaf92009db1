"""Opens the texts that are tagged, and detects their formats."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from postagger.errors import DataError, brief
from postagger.extras import require
from postagger.io import clean_lines, open_binary
from postagger.text.detect import detect, is_parquet
from postagger.text.layouts import TextFormat
from postagger.text.lines import Lines


class Text(NamedTuple):
    """A text that has been opened.

    Attributes:
        source: its name in messages.
        field: that of the column with the text, if there are columns.
        must_wait: whether the next line has not arrived yet.
    """

    lines: Iterable[str]
    form: TextFormat
    source: str
    field: str | None
    must_wait: Callable[[], bool]


@contextmanager
def reading(
    file: str, options: argparse.Namespace, before_waiting: Callable[[], object] = lambda: None
) -> Iterator[Text]:
    """Opens a text.

    Args:
        file: its path; ``-`` for stdin.
        options: those of the command line that say how it is read.
        before_waiting: called before every read that may have to wait.

    Raises:
        DataError: it can't be read.
        PostaggerError: pyarrow is missing for Parquet.
    """
    if options.form is None and is_parquet(file):
        require("parquet", "Parquet needs", "pyarrow")
        from postagger.serving.parquet import json_rows

        column, rows = json_rows(file, options.field)
        yield Text(rows, "rows", file, column, _never)
        return
    source = "standard input" if file == "-" else file
    with _opened(file) as binary:
        arriving = Lines(binary, source, before_waiting=before_waiting)
        regular = file != "-" and Path(file).is_file()
        must_wait = _never if regular else arriving.must_wait
        lines = clean_lines(arriving, source)
        form: TextFormat | None = options.form
        if form is None:
            form, lines = detect(lines, file, must_wait)
            if options.field is not None and form != "json":
                form = "table"
            elif form == "raw" and file.lower().removesuffix(".gz").endswith(".csv"):
                raise _table_by_name(file, next(lines, ""))
        yield Text(lines, form, source, options.field, must_wait)


def _table_by_name(file: str, header: str) -> DataError:
    """The error for a table whose lines would be tagged as prose."""
    return DataError(
        f"{file} is a table by its name, and begins with {brief(header.strip())}: say which column has the "
        "text, as in --field text, or tag its lines as they are by --format raw"
    )


def _never() -> bool:
    return False


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        if sys.stdin is None:
            raise DataError("stdin is closed: name a file to tag")
        yield sys.stdin.buffer
        return
    with open_binary(file) as binary:
        yield binary
