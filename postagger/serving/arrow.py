"""Columns of Arrow: reads texts and tokens of every type that can hold them, and adds columns to tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from postagger.errors import DataError, brief
from postagger.serving.annotation import Annotator, Rows
from postagger.serving.names import check_spans

AT_ONCE = 4096
"""Rows that are tagged at once, so that memory does not grow with the table."""

_BYTES = 2**20
"""Bytes of a column that are tagged at once, if these rows have more."""

Table = Any
"""A `pyarrow.Table` or `RecordBatch`."""


def holds_texts(kind: pa.DataType, name: str) -> bool:
    """Whether a column of this type has texts, and not lists of tokens; one of nulls only has texts.

    Raises:
        DataError: it has neither.
    """
    plain = kind.value_type if types.is_dictionary(kind) else kind
    if _is_string(plain) or types.is_null(plain):
        return True
    if _is_list(kind):
        value = kind.value_type
        value = value.value_type if types.is_dictionary(value) else value
        if _is_string(value) or types.is_null(value):
            return False
    raise DataError(
        f"the column {brief(name)} has the type {kind}: expected texts (strings) or lists of tokens"
    )


def _is_string(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_list(kind: pa.DataType) -> bool:
    tests = (
        types.is_list,
        types.is_large_list,
        types.is_fixed_size_list,
        types.is_list_view,
        types.is_large_list_view,
    )
    return any(test(kind) for test in tests)


def rows_of(annotator: Annotator, array: pa.Array, name: str, first: int = 0) -> Rows:
    """The rows of a column of texts or tokens.

    Args:
        name: that of the column, for messages.
        first: the number of its first row.

    Raises:
        DataError: it has something else, or a token is null.
    """
    if holds_texts(array.type, name):
        return annotator.rows_of_texts(array.cast(pa.string()).to_pylist())
    lengths = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    flat = array.flatten()
    ends = np.cumsum(lengths)
    if flat.null_count:
        place = int(np.flatnonzero(flat.is_null().to_numpy(zero_copy_only=False))[0])
        row = first + int(np.searchsorted(ends, place, side="right"))
        raise DataError(f"row {row + 1:,} of the column {brief(name)} has a token that is null")
    words = _words(flat)
    bounds = zip((ends - lengths)[valid].tolist(), ends[valid].tolist(), strict=True)
    sentences = [words[start:end] for start, end in bounds]
    return Rows(sentences, valid.astype(np.int64), None if valid.all() else valid)


def _words(flat: pa.Array) -> list[str]:
    """Strings as a list, in which equal ones are the same object: they are made and hashed once."""
    if types.is_null(flat.type):
        return []
    if not types.is_dictionary(flat.type):
        flat = flat.cast(pa.string()).dictionary_encode()
    distinct = np.array(flat.dictionary.cast(pa.string()).to_pylist(), object)
    found: list[str] = distinct[flat.indices.to_numpy(zero_copy_only=False)].tolist()
    return found


def annotated(annotator: Annotator, column: Table, name: str, first: int = 0) -> dict[str, Any]:
    """The columns to add to a table with this column, as chunked arrays, a part of the rows after another.

    Args:
        column: an array or a chunked one.
        name, first: as in `rows_of`.

    Raises:
        DataError: as in `rows_of`.
    """
    texts = holds_texts(column.type, name)
    check_spans(annotator.columns, name, texts=texts)
    kinds = annotator.columns.types(texts=texts)
    parts: dict[str, list[pa.Array]] = {added: [] for added in kinds}
    for array in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        size = max(1, min(AT_ONCE, _BYTES * len(array) // max(1, array.nbytes)))
        for start in range(0, len(array), size):
            part = array.slice(start, size)
            rows = rows_of(annotator, part, name, first)
            first += len(part)
            for added, ragged in annotator.annotated(rows, texts=texts).items():
                parts[added].append(ragged.as_arrow())
    return {added: pa.chunked_array(parts[added], kind) for added, kind in kinds.items()}


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A chunked array as one array."""
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def with_columns(table: Table, columns: Mapping[str, Any]) -> Table:
    """A table or record batch with these columns: in the place of those of the same names, or at the end."""
    for name, column in columns.items():
        column = whole(column) if isinstance(table, pa.RecordBatch) else column
        place = table.schema.get_field_index(name)
        table = table.append_column(name, column) if place < 0 else table.set_column(place, name, column)
    return table


def with_fields(schema: pa.Schema, kinds: Mapping[str, pa.DataType]) -> pa.Schema:
    """The schema of `with_columns`, given the types of the columns."""
    for name, kind in kinds.items():
        place = schema.get_field_index(name)
        added = pa.field(name, kind)
        schema = schema.append(added) if place < 0 else schema.set(place, added)
    return schema
