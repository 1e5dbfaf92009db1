"""Tags the tables of several libraries, none of which is imported unless the table is one of its own."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from math import isnan
from typing import Any

import numpy as np

from postagger.errors import DataError, brief
from postagger.extras import require
from postagger.serving.annotation import Annotator, Rows
from postagger.serving.names import check_column, check_spans

_AT_ONCE = 4096
"""Rows of lists that are tagged at once."""


def tagged(batch: Any, name: str, annotator: Annotator) -> Any:
    """A batch with the columns that an annotator adds, or for a column by itself, what is added.

    Args:
        name: that of the column of texts or tokens.

    Raises:
        DataError: it is no batch, has no such column, or that has something else.
    """
    pa, pd, pl = map(sys.modules.get, ("pyarrow", "pandas", "polars"))
    if pa is not None and isinstance(batch, pa.Table | pa.RecordBatch):
        return _arrow_table(batch, name, annotator)
    if pa is not None and isinstance(batch, pa.Array | pa.ChunkedArray):
        return _arrow_column(batch, name, annotator)
    if pl is not None and isinstance(batch, pl.DataFrame | pl.Series):
        return _of_polars(pl, batch, name, annotator)
    if pd is not None and isinstance(batch, pd.DataFrame):
        check_column(name, batch.columns)
        return batch.assign(**_series(pd, batch[name], name, annotator))
    if pd is not None and isinstance(batch, pd.Series):
        columns = _series(pd, batch, name, annotator)
        return next(iter(columns.values())) if len(columns) == 1 else pd.DataFrame(columns)
    if isinstance(batch, Mapping):
        return _mapping(batch, name, annotator)
    raise DataError(
        "expected an Arrow table, a data frame of pandas or polars, or a mapping from names to columns; got "
        f"{type(batch).__name__}: {brief(batch)}"
    )


def _arrow_table(table: Any, name: str, annotator: Annotator) -> Any:
    from postagger.serving.arrow import annotated, with_columns

    check_column(name, table.schema.names)
    return with_columns(table, annotated(annotator, table.column(name), name))


def _arrow_column(column: Any, name: str, annotator: Annotator) -> Any:
    """What is added, as an array if the column is one, else as a chunked array."""
    import pyarrow as pa

    from postagger.serving.arrow import annotated, whole

    columns = annotated(annotator, column, name)
    if len(columns) == 1:
        (found,) = columns.values()
    else:
        table = pa.table(columns)
        found = pa.chunked_array(
            [each.to_struct_array() for each in table.to_batches()],
            pa.struct(list(table.schema)),
        )
    return found if isinstance(column, pa.ChunkedArray) else whole(found)


def _of_polars(pl: Any, given: Any, name: str, annotator: Annotator) -> Any:
    require("parquet", "tagging polars' data needs", "pyarrow")
    import pyarrow as pa

    from postagger.serving.arrow import annotated

    if isinstance(given, pl.DataFrame):
        check_column(name, given.columns)
    series = given if isinstance(given, pl.Series) else given.get_column(name)
    column = pa.chunked_array(series)
    columns = {key: pl.Series(key, value) for key, value in annotated(annotator, column, name).items()}
    if isinstance(given, pl.DataFrame):
        return given.with_columns(**columns)
    if len(columns) == 1:
        (found,) = columns.values()
        return found.alias(given.name)
    return pl.DataFrame(columns).to_struct(given.name)


def _series(pd: Any, series: Any, name: str, annotator: Annotator) -> dict[str, Any]:
    """What is added, as series of lists with the same index."""
    values = series.astype(object).tolist()
    columns = _of_lists(annotator, values, name)
    return {key: pd.Series(lists, index=series.index, dtype=object) for key, lists in columns.items()}


def _mapping(batch: Mapping[str, Any], name: str, annotator: Annotator) -> Any:
    """The columns of a mapping, with those added: of the same type as the column of texts or tokens."""
    check_column(name, batch)
    column = batch[name]
    pa = sys.modules.get("pyarrow")
    added: Mapping[str, Any]
    if pa is not None and isinstance(column, pa.Array | pa.ChunkedArray):
        from postagger.serving.arrow import annotated, whole

        found = annotated(annotator, column, name)
        chunked = isinstance(column, pa.ChunkedArray)
        added = found if chunked else {key: whole(each) for key, each in found.items()}
    elif isinstance(column, np.ndarray):
        lists = _of_lists(annotator, column.tolist(), name)
        added = {key: _objects(values) for key, values in lists.items()}
    elif isinstance(column, Sequence) and not isinstance(column, str | bytes):
        added = _of_lists(annotator, column, name)
    elif type(column).__module__.split(".")[0] in ("pandas", "polars"):
        raise DataError(f"the column {brief(name)} is a series: give the data frame")
    else:
        raise DataError(f"the column {brief(name)} is {brief(column)}: expected a list or an array")
    if isinstance(batch, MutableMapping) and not isinstance(batch, dict):
        filled = copy.copy(batch)  # of datasets, which reads the other columns only if they are asked for
        for key, values in added.items():
            filled[key] = values
        return filled
    return {**batch, **added}


def _objects(lists: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """An array of lists, even if they all have the same length."""
    found = np.empty(len(lists), object)
    for place, value in enumerate(lists):
        found[place] = value
    return found


def _of_lists(annotator: Annotator, values: Sequence[Any], name: str) -> dict[str, list[Any]]:
    """The columns to add, as lists, for a column of texts or of lists of tokens."""
    texts = _are_texts(values, name)
    check_spans(annotator.columns, name, texts=texts)
    added: dict[str, list[Any]] = {}
    for start in range(0, len(values) or 1, _AT_ONCE):
        some = values[start : start + _AT_ONCE]
        if texts:
            rows = annotator.rows_of_texts([_text(each, start + row, name) for row, each in enumerate(some)])
        else:
            rows = _rows_of_tokens([_tokens(each, start + row, name) for row, each in enumerate(some)])
        for key, ragged in annotator.annotated(rows, texts=texts).items():
            added.setdefault(key, []).extend(ragged.as_lists())
    return added


def _rows_of_tokens(found: list[list[str] | None]) -> Rows:
    valid = np.array([each is not None for each in found], bool)
    sentences = [each for each in found if each is not None]
    return Rows(sentences, valid.astype(np.int64), None if valid.all() else valid)


def _are_texts(values: Iterable[Any], name: str) -> bool:
    """Whether the first value that is not missing is a text; True if all are.

    Raises:
        DataError: it is neither a text nor a list.
    """
    first = next((each for each in values if not _is_missing(each)), "")
    if isinstance(first, str):
        return True
    if _is_list(first):
        return False
    raise _wrong(first, name)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | np.ndarray) or type(value).__module__.startswith("pyarrow")


def _is_missing(value: object) -> bool:
    """Whether a value is None, NaN or pandas' NA."""
    return value is None or (isinstance(value, float) and isnan(value)) or type(value).__name__ == "NAType"


def _wrong(value: object, name: str, row: int | None = None) -> DataError:
    place = "" if row is None else f"row {row + 1:,} of "
    return DataError(
        f"{place}the column {brief(name)} has {brief(value)}: expected texts (strings) or lists of tokens"
    )


def _text(value: Any, row: int, name: str) -> str | None:
    if _is_missing(value):
        return None
    if not isinstance(value, str):
        raise _wrong(value, name, row)
    return value


def _tokens(value: Any, row: int, name: str) -> list[str] | None:
    if _is_missing(value):
        return None
    if not _is_list(value):
        raise _wrong(value, name, row)
    tokens: list[str] = value if type(value) is list else list(value)
    for token in () if set(map(type, tokens)) <= {str} else tokens:  # the test is fast
        if not isinstance(token, str):
            raise DataError(
                f"row {row + 1:,} of the column {brief(name)} has the token {brief(token)}: every token must "
                "be a string"
            )
    return tokens
