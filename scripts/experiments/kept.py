"""Many small runs side by side; what is done already is read, not run again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from tqdm import tqdm

from postagger.io import write_whole
from postagger.training.parallel import default_jobs, run_in_parallel

Shared = TypeVar("Shared")
Task = TypeVar("Task")


def kept_runs(
    function: Callable[[Shared, Task], Any],
    tasks: Sequence[Task],
    *,
    shared: Shared,
    folder: Path,
    jobs: int | None = None,
) -> dict[Task, Any]:
    """The outcome of ``function(shared, task)`` for every task, in the order of the tasks.

    A task is a frozen dataclass that tells all that its outcome depends on; an outcome is what JSON can
    say. Each is kept in a file named after the task's values. Every run has one thread of torch's, also
    where there is but one job. An exception in a run ends all.

    Args:
        function: defined at a module's top, for the workers import it.
        shared: what all runs need, and what the tasks tell already.
        jobs: how many run at a time; None is one for each core.
    """
    torch.set_num_threads(1)
    outcomes = {task: _read(folder, task) for task in tasks}
    todo = [task for task, outcome in outcomes.items() if outcome is None]
    jobs = min(jobs or default_jobs("cpu"), max(1, len(todo)))
    runs = run_in_parallel(function, todo, shared=shared, jobs=jobs)
    for task, outcome in tqdm(runs, folder.name, total=len(todo), unit="run", disable=None):
        if isinstance(outcome, Exception):
            raise outcome
        outcomes[task] = outcome
        kept = {"task": asdict(task), "outcome": outcome}
        write_whole(_path(folder, task), json.dumps(kept).encode())
    return outcomes


def _path(folder: Path, task: Any) -> Path:
    name = "-".join(str(value) for value in asdict(task).values())
    return folder / f"{''.join(c if c.isalnum() or c in '.-' else '_' for c in name)}.json"


def _read(folder: Path, task: Any) -> Any:
    """The kept outcome, or None."""
    path = _path(folder, task)
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return kept.get("outcome") if kept.get("task") == asdict(task) else None
