"""Tags files with Ray Data: actors on this machine, or on those of a cluster."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from postagger.cli.tag_jobs import Done, Job, stream_of, tag_file
from postagger.errors import ConfigError, DataError, PostaggerError
from postagger.extras import require
from postagger.shipped import SHIPPED

_MOST_BLOCKS = 10_000
"""Ray keeps a record of every block; above this number of files, a block has several."""

_OBJECT_STORE = 100 * 2**20
"""Bytes of memory for a Ray that is started here: only numbers and messages go through it."""


def with_ray(options: argparse.Namespace, jobs: Sequence[Job], count: int) -> Iterator[Done]:
    """Tags files with Ray's actors, and yields each as soon as it is done.

    An actor that is killed is started again, and tags its file again. If the driver is killed, outputs that
    were being written are not there; those that had been written are complete.

    Args:
        options: those of the command line, from which each actor makes its tagger.
        jobs: files that every machine of the cluster can read and write.
        count: the number of actors.

    Raises:
        PostaggerError: Ray is missing or fails, an output can't be written, or the options don't fit a file.
    """
    require("ray", "--engine ray needs", "ray", "pyarrow")
    files = [Job(str(Path(job.file).resolve()), job.output.resolve()) for job in jobs]
    with _running(count):
        import ray

        try:
            for row in _rows(options, files, count):
                if row["fatal"]:
                    raise PostaggerError(row["fatal"])
                yield jobs[row["id"]], DataError(row["problem"]) if row["problem"] else None
        except ray.exceptions.RayError as error:
            raise PostaggerError(
                f"Ray failed ({type(error).__name__}); all that is complete is kept, so run the same command "
                f"again: {' '.join(str(error).split())}"
            ) from None


def _rows(options: argparse.Namespace, files: list[Job], count: int) -> Iterator[dict[str, Any]]:
    """What the actors say of each file, as soon as it is done."""
    import ray.data

    ray.data.DataContext.get_current().enable_progress_bars = False
    actor = type("TagFiles", (_TagFiles,), {"options": _portable(options), "jobs": files})
    # A block for each file, as of a larger one a single actor would get all; made here, as `repartition`
    # needs processors, which the actors may have taken.
    blocks = min(len(files), _MOST_BLOCKS)
    numbers = ray.data.from_items([{"id": each} for each in range(len(files))], override_num_blocks=blocks)
    pool = ray.data.ActorPoolStrategy(size=count, max_tasks_in_flight_per_actor=1)
    found = numbers.map_batches(actor, batch_size=1, batch_format="numpy", compute=pool)
    yield from found.iter_rows()


class _TagFiles:
    """An actor; its class is pickled with the jobs and options."""

    options: argparse.Namespace
    jobs: list[Job]

    def __init__(self) -> None:
        if os.path.isdir(self.options.here):  # noqa: PTH112 (as short)
            os.chdir(self.options.here)
        self._stream: Any = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Tags files, given the numbers of their jobs; says what was wrong with them."""
        numbers = batch["id"].tolist()
        found: dict[str, list[Any]] = {"id": numbers, "problem": [], "fatal": []}
        for number in numbers:
            problem = fatal = ""
            try:
                self._stream = self._stream or stream_of(self.options)
                problem = str(tag_file(self._stream, self.jobs[number], self.options.to) or "")
            except PostaggerError as error:
                fatal = str(error)
            found["problem"].append(problem)
            found["fatal"].append(fatal)
        return found


def _portable(options: argparse.Namespace) -> argparse.Namespace:
    """Options without what depends on the current folder, and without functions."""
    values = {key: value for key, value in vars(options).items() if key != "command"}
    values["here"] = str(Path.cwd())
    for name in ("model", "lexicon"):
        given = values[name]
        if given is not None and given != SHIPPED and Path(given).exists():
            values[name] = str(Path(given).resolve())
    return argparse.Namespace(**values)


@contextmanager
def _running(count: int) -> Iterator[None]:
    """Connects to the cluster of RAY_ADDRESS, or starts Ray here for as long as the block takes."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report over the network
    import ray
    import ray.data

    if ray.is_initialized():
        yield
        return
    here: dict[str, Any] = {
        "num_cpus": count + 1,  # Ray Data's own actors need some
        "include_dashboard": False,
        "object_store_memory": _OBJECT_STORE,
        "address": "local",
    }
    try:
        ray.init(**({} if os.environ.get("RAY_ADDRESS") else here), logging_level=logging.ERROR)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise ConfigError(f"Ray can't be started: {' '.join(str(error).split())}") from None
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()
