"""Reads, tags and writes Parquet files in bounded memory."""

from __future__ import annotations

import base64
import datetime
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from postagger.errors import DataError, one_line
from postagger.serving.annotation import Annotator
from postagger.serving.arrow import AT_ONCE, annotated, holds_texts, with_columns
from postagger.serving.names import check_column

BATCH_BYTES = 2**20
"""Bytes of a file that are tagged at once, if there are not fewer in `AT_ONCE` rows."""

_GROUP_BYTES, _GROUP_ROWS = 2**25, 2**17
"""Bytes in memory, or rows, that become a row group."""

_READ_BYTES = 2**20
"""Bytes of a column that are read at once."""

_TEXT, _TOKENS = "text", "tokens"
"""The columns that are tagged unless another one is named."""


class Writer:
    """Writes tables one after another as one Parquet file, in row groups of bounded size."""

    def __init__(self, file: BinaryIO) -> None:
        """
        Args:
            file: need not be seekable; it stays open.
        """
        self._file = _Counting(file)
        self._writer: pq.ParquetWriter | None = None
        self._tables: list[pa.Table] = []
        self._rows = self._bytes = 0

    @property
    def schema(self) -> pa.Schema | None:
        """That of the first table; None before it."""
        return None if self._writer is None else self._writer.schema

    def write(self, table: pa.Table, source: str) -> None:
        """Adds a table, perhaps without rows, so that its schema is known.

        Args:
            source: the file that it comes from, for messages.

        Raises:
            DataError: it has other columns than the tables before it.
        """
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, table.schema, compression="zstd")
        elif not table.schema.equals(self._writer.schema):
            table = _fitted(table, self._writer.schema, source)
        self._tables.append(table)
        self._rows += table.num_rows
        self._bytes += table.nbytes
        if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Writes what is left, and the footer."""
        if self._writer is not None:
            self._flush()
            self._writer.close()

    def abandon(self) -> None:
        """Writes no more, and no footer, without which the file can't be read."""
        self._file.is_abandoned = True
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        assert self._writer is not None
        if self._rows:
            self._writer.write_table(pa.concat_tables(self._tables), row_group_size=self._rows)
        self._tables, self._rows, self._bytes = [], 0, 0


class _Counting:
    """What pyarrow needs of a file: it counts the bytes, as a pipe can't tell its place."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.is_abandoned = False
        self._size = 0

    def write(self, data: bytes) -> int:
        if not self.is_abandoned:
            self._file.write(data)
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        if not self.is_abandoned:
            self._file.flush()

    def close(self) -> None:
        """Leaves the file to its owner."""


def _fitted(table: pa.Table, schema: pa.Schema, source: str) -> pa.Table:
    """A table with the schema of those before it in the same file.

    Raises:
        DataError: it has other columns.
    """
    if table.schema.names != schema.names:
        raise DataError(
            f"{source} has other columns than what was written before it ({', '.join(table.schema.names)}; "
            f"not {', '.join(schema.names)}): with -o FOLDER/, each file is an output by itself"
        )
    try:
        return table.cast(schema)
    except pa.ArrowException as error:
        raise DataError(f"{source} has columns of other types than before: {one_line(error)}") from None


def tag_parquet(
    path: str, annotator_of: Callable[[bool], Annotator], field: str | None, writer: Writer
) -> None:
    """Tags a Parquet file; all its columns stay.

    Args:
        annotator_of: makes what adds the columns, given whether the rows are texts, and not tokens.
        field: the column of texts or tokens; None: as `tagged_column` says.

    Raises:
        DataError: the file can't be read, or has no such column.
    """
    with _opened(path) as file:
        schema = file.schema_arrow
        name = tagged_column(schema, field, path)
        annotator = annotator_of(holds_texts(schema.field(name).type, name))
        batches = file.iter_batches(batch_size=_batch_size(file.metadata))
        first = 0
        for batch in itertools.chain([schema.empty_table()], map(_as_table, batches)):
            try:
                added = annotated(annotator, batch.column(name), name, first)
            except DataError as error:
                raise DataError(f"{path}: {error}") from None
            first += batch.num_rows
            writer.write(with_columns(batch, added), path)


def _as_table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])


def tagged_column(schema: pa.Schema, field: str | None, source: str) -> str:
    """The column of a table that is tagged: the one named; else ``tokens``, if it has lists; else ``text``.

    Raises:
        DataError: there is no such column, or it has something else.
    """
    try:
        if field is None and _TOKENS in schema.names:
            kind = schema.field(schema.names.index(_TOKENS)).type
            if pa.types.is_list(kind) or pa.types.is_large_list(kind):
                field = _TOKENS
        name = _TEXT if field is None else field
        check_column(name, schema.names)
        holds_texts(schema.field(name).type, name)
    except DataError as error:
        raise DataError(f"{source}: {error} (--field)") from None
    return name


@contextmanager
def _opened(path: str) -> Iterator[pq.ParquetFile]:
    """
    Raises:
        DataError: the file can't be read, or is damaged.
    """
    try:
        with pq.ParquetFile(path, buffer_size=_READ_BYTES, pre_buffer=False) as file:
            yield file
    except (pa.ArrowException, EOFError) as error:
        raise DataError(f"{path} is a damaged Parquet file: {one_line(error)}") from None
    except OSError as error:
        reason = error.strerror or one_line(error)
        if error.errno is None:  # pyarrow's own: of pages that can't be unpacked, for example
            raise DataError(f"{path} is a damaged Parquet file: {reason}") from None
        raise DataError(f"cannot read {path}: {reason}") from None


def _batch_size(metadata: pq.FileMetaData) -> int:
    """Rows to read at once, by the mean size of a row in the group where it is largest."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    largest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    return max(1, min(AT_ONCE, BATCH_BYTES // max(1, largest)))


def json_rows(path: str, field: str | None) -> tuple[str, Iterator[str]]:
    """The rows of a Parquet file as lines of JSON, and the name of the column of texts or tokens.

    What JSON does not have becomes a string: dates and times as in ISO 8601, bytes in base64.

    Raises:
        DataError: as in `tag_parquet`.
    """
    with _opened(path) as file:
        name = tagged_column(file.schema_arrow, field, path)
    return name, _json_rows(path)


def _json_rows(path: str) -> Iterator[str]:
    with _opened(path) as file:
        for batch in file.iter_batches(batch_size=_batch_size(file.metadata)):
            for row in batch.to_pylist():
                yield json.dumps(row, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)
