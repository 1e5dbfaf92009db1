"""Runs tasks in parallel and caches their outcomes, so that no task is run twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from common import say

from postagger.io import write_whole
from postagger.training.parallel import default_jobs, run_in_parallel
from postagger.training.progress import duration

Shared = TypeVar("Shared")
Task = TypeVar("Task")


def cached_runs(
    function: Callable[[Shared, Task], Any],
    tasks: Sequence[Task],
    *,
    shared: Shared,
    folder: Path,
    jobs: int | None = None,
) -> dict[Task, Any]:
    """Returns the outcome of ``function(shared, task)`` for every task, in the order of the tasks.

    It says on stderr how far it is.

    A task is a frozen dataclass that holds everything its outcome depends on; an outcome is a JSON value.
    Each outcome is cached in a file named after the task's values. Every run uses one torch thread, even if
    there is only one job. An exception in a run stops all of them.

    Args:
        function: defined at module level, because the workers import it.
        shared: data that all runs need; it must be implied by the tasks.
        folder: holds the cache.
        jobs: number of runs at a time; None for one per core.
    """
    torch.set_num_threads(1)
    outcomes = {task: _cached_outcome(folder, task) for task in tasks}
    todo = [task for task, outcome in outcomes.items() if outcome is None]
    jobs = min(jobs or default_jobs("cpu"), max(1, len(todo)))
    runs = run_in_parallel(function, todo, shared=shared, jobs=jobs)
    done, start = len(tasks) - len(todo), time.perf_counter()
    if tasks:
        say(f"{folder.name}: {len(tasks)} runs, {done} of them done before, {jobs} at a time")
    for number, (task, outcome) in enumerate(runs, 1):
        if isinstance(outcome, Exception):
            raise outcome
        outcomes[task] = outcome
        _save(folder, task, outcome)
        left = duration((time.perf_counter() - start) / number * (len(todo) - number))
        after = f"; {left} left" if number < len(todo) else ""
        say(f"{folder.name}: {done + number} of {len(tasks)} runs{after}")
    return outcomes


def _save(folder: Path, task: Any, outcome: Any) -> None:
    entry = {"task": asdict(task), "outcome": outcome}
    write_whole(_path(folder, task), json.dumps(entry).encode())


def _path(folder: Path, task: Any) -> Path:
    name = "-".join(str(value) for value in asdict(task).values())
    return folder / f"{''.join(c if c.isalnum() or c in '.-' else '_' for c in name)}.json"


def _cached_outcome(folder: Path, task: Any) -> Any:
    """The outcome in the cache, or None."""
    path = _path(folder, task)
    entry = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return entry.get("outcome") if entry.get("task") == asdict(task) else None
