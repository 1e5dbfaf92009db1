"""Files of Parquet are written whole."""

from __future__ import annotations

import gc
import io
from typing import TYPE_CHECKING

import pytest

from postagger import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
else:
    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")
from postagger.serving.parquet import Writer


def test_tables_become_one_file() -> None:
    file = io.BytesIO()
    writer = Writer(file)
    assert writer.schema is None
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    for part in (table.slice(0, 0), table, table.cast(pa.schema({"a": pa.int8(), "b": pa.string()}))):
        writer.write(part, "a.parquet")
    assert writer.schema == table.schema
    writer.close()
    assert pq.read_table(io.BytesIO(file.getvalue())).equals(pa.concat_tables([table, table]))


def test_what_is_abandoned_has_no_footer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.serving.parquet._GROUP_ROWS", 1)
    file = io.BytesIO()
    writer = Writer(file)
    table = pa.table({"a": [1, 2]})
    writer.write(table, "a.parquet")
    written = file.getvalue()
    with pytest.raises(DataError, match=r"b\.parquet has other columns than what was written before it"):
        writer.write(pa.table({"b": [1]}), "b.parquet")
    with pytest.raises(DataError, match=r"b\.parquet has columns of other types than before"):
        writer.write(pa.table({"a": ["x"]}), "b.parquet")
    writer.abandon()
    del writer
    gc.collect()
    assert file.getvalue() == written
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(io.BytesIO(written))
