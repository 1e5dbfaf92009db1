#!/usr/bin/env python3
"""How fast do batch engines tag, and how many rows should a call have?

Every engine tags the same Parquet files, which are made of the sample treebank, and writes the rows with
their tags as Parquet. The work of all is the same `BatchTagger`, so that what differs is the engine. Each
runs in a fresh process, one after another, in several rounds; the figures are medians. A plain loop runs in
every round too, and ratios are to that one, as load on the machine changes from round to round.

- plain loop: files one after another, read, tagged and written with pyarrow;
- two processes: the same, with the files of a `multiprocessing.Pool`;
- datasets, polars, DuckDB: as docs/how-to/batch.md does it;
- Ray Data: with one and with two actors; by the clock it includes starting Ray, and CPU time that of all its
  processes.

Engines that are not installed are left out.

Example:
    python scripts/batch_benchmark.py --files 8 --rows 5000 --rounds 3
    python scripts/batch_benchmark.py --rows-per-call
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import logging
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from postagger import Tagger, load_corpus
from postagger.cli.parser import count
from postagger.serving import BatchTagger

LOOP = "plain loop"
_TICKS = os.sysconf("SC_CLK_TCK")

SIZES = (1, 16, 256, 2048, 8192)
"""Rows of a call."""


def main() -> None:
    options = _options()
    if options.run:
        print(json.dumps(_measured(ENGINES[options.run][1], Path(options.folder))))
        return
    if options.rows_per_call:
        _rows_per_call(options.rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        tokens = write_files(Path(folder), options.files, options.rows)
        print(f"{options.files} files of {options.rows:,} rows, {tokens:,} tokens; {os.cpu_count()} cores\n")
        found: dict[str, list[dict[str, float]]] = {}
        for number in range(options.rounds):
            for name, (module, _) in ENGINES.items():
                if importlib.util.find_spec(module) is None:
                    continue
                print(f"round {number + 1}: {name}", file=sys.stderr)
                found.setdefault(name, []).append(_run(name, folder))
        _print_table(found, tokens)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=count, default=8)
    parser.add_argument("--rows", type=count, default=5000, help="in each file (default: 5000)")
    parser.add_argument("--rounds", type=count, default=3)
    parser.add_argument("--rows-per-call", action="store_true", help="measure calls of different sizes")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def texts(number: int, seed: int) -> list[str]:
    """Rows of three sentences of the sample treebank each."""
    draw = random.Random(seed)
    sentences = [" ".join(word for word, _ in sentence) for sentence in load_corpus("sample").train]
    return [" ".join(draw.choices(sentences, k=3)) for _ in range(number)]


def write_files(folder: Path, files: int, rows: int) -> int:
    """Writes the files, and returns the number of their tokens."""
    (folder / "in").mkdir()
    tagger, tokens = BatchTagger("en"), 0
    for number in range(files):
        table = pa.table({"id": range(number * rows, (number + 1) * rows), "text": texts(rows, number)})
        pq.write_table(table, folder / "in" / f"{number:03}.parquet")
        tokens += len(tagger(table)["tokens"].combine_chunks().flatten())
    return tokens


# -- the engines --------------------------------------------------------------------------------------


def plain_loop(folder: Path) -> None:
    for file in sorted((folder / "in").iterdir()):
        _tag_file(file)


def _tag_file(file: Path) -> None:
    table = BatchTagger("en")(pq.read_table(file))
    pq.write_table(table, file.parents[1] / "out" / file.name)


def two_processes(folder: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_tag_file, sorted((folder / "in").iterdir()), chunksize=1)


def with_datasets(folder: Path) -> None:
    import datasets

    datasets.disable_progress_bars()
    files = [str(file) for file in sorted((folder / "in").iterdir())]
    given = datasets.Dataset.from_parquet(files, cache_dir=str(folder / "cache")).with_format("arrow")
    tagged = given.map(BatchTagger("en"), batched=True, batch_size=4096)
    tagged.to_parquet(folder / "out" / "all.parquet")


def with_polars(folder: Path) -> None:
    import polars as pl

    tagger = BatchTagger("en")
    lazy = pl.scan_parquet(folder / "in" / "*.parquet")
    schema = pl.Schema(tagger.schema(lazy.collect_schema()))
    lazy.map_batches(tagger, schema=schema, streamable=True).sink_parquet(folder / "out" / "all.parquet")


def with_duckdb(folder: Path) -> None:
    import duckdb

    connection: Any = duckdb.connect()
    struct = "STRUCT(tokens VARCHAR[], tags VARCHAR[])"
    connection.create_function(
        "tagged", BatchTagger("en"), ["VARCHAR"], struct, type="arrow", null_handling="special"
    )
    connection.sql(
        f"COPY (SELECT id, text, unnest(tagged(text)) FROM '{folder}/in/*.parquet') "
        f"TO '{folder}/out/all.parquet' (FORMAT parquet)"
    )


def one_actor(folder: Path) -> None:
    _with_ray(folder, 1)


def two_actors(folder: Path) -> None:
    _with_ray(folder, 2)


def _with_ray(folder: Path, actors: int) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    import ray.data

    ray.init(
        address="local",
        num_cpus=3,  # Ray Data reads and writes in tasks of its own
        include_dashboard=False,
        object_store_memory=200 * 2**20,
        logging_level=logging.ERROR,
        log_to_driver=False,
    )
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        files = len(list((folder / "in").iterdir()))
        given = ray.data.read_parquet(str(folder / "in")).repartition(files).materialize()
        tagged = given.map_batches(
            BatchTagger,
            fn_constructor_kwargs={"model": "en"},
            batch_format="pyarrow",
            batch_size=4096,
            compute=ray.data.ActorPoolStrategy(size=actors),
        )
        tagged.write_parquet(str(folder / "out"))
    finally:
        ray.shutdown()


ENGINES: dict[str, tuple[str, Callable[[Path], None]]] = {
    LOOP: ("pyarrow", plain_loop),
    "two processes": ("pyarrow", two_processes),
    "datasets": ("datasets", with_datasets),
    "polars": ("polars", with_polars),
    "DuckDB": ("duckdb", with_duckdb),
    "Ray Data, 1 actor": ("ray", one_actor),
    "Ray Data, 2 actors": ("ray", two_actors),
}
"""The module that each needs, and what it does."""


# -- measuring ----------------------------------------------------------------------------------------


def _run(name: str, folder: str) -> dict[str, float]:
    """The figures of an engine in a process of its own; checks that all rows are there."""
    out = Path(folder) / "out"
    out.mkdir()
    command = [sys.executable, __file__, "--run", name, "--folder", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        family: dict[int, float] = {}
        while process.poll() is None:
            _add_family(family, process.pid)
            time.sleep(0.1)
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{name} has failed: run {' '.join(command)}")
    figures: dict[str, float] = json.loads(printed.splitlines()[-1])
    figures["cpu"] = sum(family.values())
    given, tagged = (pq.read_table(Path(folder) / each, columns=["id"]) for each in ("in", "out"))
    if sorted(given["id"].to_pylist()) != sorted(tagged["id"].to_pylist()):
        raise SystemExit(f"{name} has lost rows")
    for file in out.iterdir():
        file.unlink()
    out.rmdir()
    return figures


def _add_family(seconds: dict[int, float], process: int) -> None:
    """Notes the CPU time of a process and of all that have come from it, by their numbers (Linux only)."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS
    for number, (_, used) in parents.items():
        above = number
        while above not in seconds and above != process and above in parents:
            above = parents[above][0]
        if above in seconds or above == process:
            seconds[number] = used


def _measured(engine: Callable[[Path], None], folder: Path) -> dict[str, float]:
    start = time.perf_counter()
    engine(folder)
    return {"seconds": time.perf_counter() - start}


def _print_table(found: dict[str, list[dict[str, float]]], tokens: int) -> None:
    print("| engine | seconds | CPU seconds | µs of CPU a token | seconds, loop = 1 | CPU, loop = 1 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rounds in found.items():
        pairs = list(zip(rounds, found[LOOP], strict=True))
        cells = [
            f"{statistics.median(each['seconds'] for each in rounds):.1f}",
            f"{statistics.median(each['cpu'] for each in rounds):.1f}",
            f"{statistics.median(each['cpu'] for each in rounds) / tokens * 1e6:.2f}",
            *(
                f"{statistics.median(own[key] / loop[key] for own, loop in pairs):.2f}"
                for key in ("seconds", "cpu")
            ),
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def _rows_per_call(rows: int) -> None:
    """Prints what a token costs, by the number of rows of a call, in one process that is warm."""
    tagger, table = BatchTagger("en"), pa.table({"text": texts(rows, 0)})
    words = tagger(table).select(["tokens"])
    tokens = len(words["tokens"].combine_chunks().flatten())
    of_tokens = BatchTagger("en", column="tokens")
    loaded = Tagger.load("en")
    print(f"{rows:,} rows, {tokens:,} tokens\n")
    print("| rows a call | µs of CPU a token, from texts | from tokens |\n| ---: | ---: | ---: |")
    for size in SIZES:
        cells = []
        for given, batch_tagger in ((table, tagger), (words, of_tokens)):
            batches = given.combine_chunks().to_batches(max_chunksize=size)[: max(1, 20_000 // size)]
            some = sum(batch.num_rows for batch in batches)
            seconds = min(_cpu(lambda: [batch_tagger(batch) for batch in batches]) for _ in range(3))  # noqa: B023
            cells.append(seconds / (tokens * some / rows) * 1e6)
        print(f"| {size:,} | {cells[0]:.2f} | {cells[1]:.2f} |")
    lists: list[list[str]] = words["tokens"].to_pylist()
    seconds = min(_cpu(lambda: list(loaded.tag_sents(lists))) for _ in range(3))
    print(f"\n`tag_sents` with all rows, as lists of tokens: {seconds / tokens * 1e6:.2f}")


def _cpu(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
