"""The same `BatchTagger` in the engines that give batches."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postagger.serving import BatchTagger

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
else:
    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the warnings are those of the engines

TEXTS = ["Dogs bark.", None, "It rains. She left.", ""]
EXTRAS = ["tokens", "probabilities", "offsets"]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return pa.table({"id": range(100), "text": TEXTS * 25})


@pytest.fixture(scope="module")
def expected(table: pa.Table) -> list[dict[str, Any]]:
    """The rows that every engine gives."""
    rows: list[dict[str, Any]] = BatchTagger("en", add=EXTRAS)(table).to_pylist()
    return rows


def in_order(rows: Any) -> list[dict[str, Any]]:
    found = [dict(row) for row in rows]
    for row in found:  # 32 bits in some engines, 64 in others
        if row["probabilities"] is not None:
            row["probabilities"] = pytest.approx(row["probabilities"], abs=1e-6)
    return sorted(found, key=lambda row: int(row["id"]))


@pytest.mark.parametrize("form", [None, "arrow", "numpy", "pandas", "polars"])
def test_datasets(form: str | None, table: pa.Table, expected: list[dict[str, Any]]) -> None:
    datasets = pytest.importorskip("datasets", reason="needs datasets")
    given = datasets.Dataset.from_dict(table.to_pydict()).with_format(form)
    tagger = BatchTagger("en", add=EXTRAS)
    found = given.map(tagger, batched=True, batch_size=30)
    assert in_order(found.with_format(None)) == expected
    if form is None:
        assert in_order(given.map(tagger, batched=True, num_proc=2)) == expected
        assert in_order(given.to_iterable_dataset().map(tagger, batched=True)) == expected


def test_polars(tmp_path: Path, table: pa.Table, expected: list[dict[str, Any]]) -> None:
    pl = pytest.importorskip("polars", reason="needs polars")
    tagger = BatchTagger("en", add=EXTRAS)
    frame = pl.DataFrame(table)
    assert in_order(tagger(frame).to_dicts()) == expected
    pq.write_table(table, tmp_path / "in.parquet")
    lazy = pl.scan_parquet(tmp_path / "in.parquet")
    schema = pl.Schema(tagger.schema(lazy.collect_schema()))
    found = lazy.map_batches(tagger, schema=schema, streamable=True)
    assert in_order(found.collect(engine="streaming").to_dicts()) == expected
    tags = pl.col("text").map_batches(BatchTagger("en", add=[]), return_dtype=pl.List(pl.String))
    assert lazy.select(tags).collect()["text"].to_list() == [row["tags"] for row in expected]
    both = BatchTagger("en")(frame["text"])
    assert both.struct.field("tokens").to_list() == [row["tokens"] for row in expected]


def test_duckdb(table: pa.Table, expected: list[dict[str, Any]]) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs duckdb")
    given = table  # noqa: F841 (duckdb finds it by its name)
    connection = duckdb.connect()
    options = {"type": "arrow", "null_handling": "special"}
    connection.create_function("tags", BatchTagger("en", add=[]), ["VARCHAR"], "VARCHAR[]", **options)
    rows = connection.sql("SELECT id, tags(text) FROM given ORDER BY id").fetchall()
    assert rows == [(row["id"], row["tags"]) for row in expected]
    struct = "STRUCT(tokens VARCHAR[], tags VARCHAR[])"
    connection.create_function("tagged", BatchTagger("en"), ["VARCHAR"], struct, **options)
    rows = connection.sql("SELECT tagged(text).tokens FROM given ORDER BY id").fetchall()
    assert rows == [(row["tokens"],) for row in expected]
    tagger = BatchTagger("en", add=EXTRAS)
    reader = connection.sql("SELECT * FROM given").to_arrow_reader(30)
    tagged = pa.RecordBatchReader.from_batches(tagger.schema(reader.schema), tagger(iter(reader)))
    assert in_order(tagged.read_all().to_pylist()) == expected


@pytest.fixture(scope="module")
def ray_data() -> Iterator[Any]:
    ray = pytest.importorskip("ray", reason="needs the extra ray")
    pytest.importorskip("ray.data", reason="needs the extra ray")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(address="local", num_cpus=2, include_dashboard=False, object_store_memory=100 * 2**20)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray.data
    ray.shutdown()


@pytest.mark.parametrize("form", ["numpy", "pyarrow", "pandas"])
def test_ray_tasks(form: str, ray_data: Any, table: pa.Table, expected: list[dict[str, Any]]) -> None:
    given = ray_data.from_arrow(table)
    found = given.map_batches(BatchTagger("en", add=EXTRAS), batch_format=form, batch_size=30)
    assert in_order(found.take_all()) == expected


def test_ray_actors(ray_data: Any, table: pa.Table, expected: list[dict[str, Any]]) -> None:
    given = ray_data.from_arrow(table).repartition(4).materialize()
    found = given.map_batches(
        BatchTagger,
        fn_constructor_kwargs={"model": "en", "add": EXTRAS},
        batch_format="pyarrow",
        batch_size=30,
        compute=ray_data.ActorPoolStrategy(size=2),
    )
    assert in_order(found.take_all()) == expected


def test_spark(table: pa.Table, expected: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="needs pyspark")
    if shutil.which("java") is None:
        pytest.skip("needs Java")
    from pyspark.sql import SparkSession

    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "600m")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "30")
        .getOrCreate()
    )
    try:
        rows = list(zip(*table.to_pydict().values(), strict=True))
        given = spark.createDataFrame(rows, "id long, text string")
        tagger = BatchTagger("en", add=EXTRAS)
        schema = (
            "id long, text string, tokens array<string>, tags array<string>, probabilities array<float>, "
            "offsets array<struct<start: int, end: int>>"
        )
        for found in (given.mapInArrow(tagger, schema), given.mapInPandas(tagger, schema)):
            assert in_order(row.asDict(recursive=True) for row in found.collect()) == expected
    finally:
        spark.stop()
