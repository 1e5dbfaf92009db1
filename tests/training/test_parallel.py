from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from postagger.errors import PostaggerError
from postagger.training.parallel import default_jobs, run_in_parallel


def divide(shared: int, item: int) -> float:
    return shared / item


def threads_and_process(_shared: None, _item: int) -> tuple[int, int]:
    return torch.get_num_threads(), os.getpid()


def die(_shared: None, _item: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wait(_shared: None, _item: int) -> None:
    time.sleep(60)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_has_an_outcome_and_an_error_is_one(jobs: int) -> None:
    outcomes = dict(run_in_parallel(divide, [1, 2, 0, 4], shared=12, jobs=jobs))
    error = outcomes.pop(0)
    assert isinstance(error, ZeroDivisionError)
    assert outcomes == {1: 12, 2: 6, 4: 3}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_item_may_depend_on_earlier_outcomes(jobs: int) -> None:
    seen: list[float] = []

    def items() -> Iterator[int]:
        yield 1
        yield 2
        while len(seen) < 4:
            yield len(seen) + 2

    for _, outcome in run_in_parallel(divide, items(), shared=12, jobs=jobs):
        assert not isinstance(outcome, Exception)
        seen.append(outcome)
    assert len(seen) >= 4


def test_workers_are_other_processes_with_one_thread_each() -> None:
    for _, outcome in run_in_parallel(threads_and_process, [1, 2], shared=None, jobs=2):
        assert not isinstance(outcome, Exception)
        threads, process = outcome
        assert threads == 1
        assert process != os.getpid()


def start_method(_shared: None, _task: int) -> str:
    return multiprocessing.get_start_method()


def test_workers_start_afresh() -> None:
    """A fork of a process that has threads, or CUDA in use, may hang."""
    outcomes = dict(run_in_parallel(start_method, [1, 2], shared=None, jobs=2))
    assert outcomes == {1: "spawn", 2: "spawn"}


def test_a_worker_that_is_killed_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(PostaggerError, match=r"killed.*fewer jobs"):
        list(run_in_parallel(die, [1, 2], shared=None, jobs=2))


def test_a_caller_that_stops_early_does_not_wait_for_the_rest() -> None:
    start = time.monotonic()
    outcomes = run_in_parallel(divide_or_wait, [1, 0], shared=None, jobs=2)
    assert next(outcomes) == (1, 1)
    outcomes.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 50


def divide_or_wait(_shared: None, item: int) -> int:
    if item == 0:
        time.sleep(60)
    return item


_SCRIPT = """
import os, sys
sys.path.insert(0, {folder!r})
from test_parallel import write_pid_and_wait
from postagger.training.parallel import run_in_parallel
if __name__ == "__main__":
    list(run_in_parallel(write_pid_and_wait, [1, 2], shared={place!r}, jobs=2))
"""


def write_pid_and_wait(shared: str, item: int) -> None:
    Path(shared, f"{item}.pid").write_text(str(os.getpid()), encoding="ascii")
    time.sleep(120)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks processes up in /proc")
def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        _SCRIPT.format(folder=str(Path(__file__).parent), place=str(tmp_path)), encoding="utf-8"
    )
    with subprocess.Popen([sys.executable, str(script)]) as parent:
        files = [tmp_path / "1.pid", tmp_path / "2.pid"]
        _until(lambda: all(file.exists() and file.read_text("ascii") for file in files))
        workers = [int(file.read_text("ascii")) for file in files]
        parent.kill()
    _until(lambda: not any(_alive(worker) for worker in workers))


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _until(condition: object, limit: float = 60) -> None:
    end = time.monotonic() + limit
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


def test_default_jobs() -> None:
    assert default_jobs("cuda") == 1
    assert 1 <= default_jobs("cpu") <= (os.cpu_count() or 1)


def test_default_jobs_are_the_cores_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 3, 5}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert default_jobs("cpu") == 3


@pytest.mark.parametrize(("cores", "jobs"), [(8, 8), (None, 1)])
def test_default_jobs_where_the_system_does_not_say_which_cores(
    cores: int | None, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS and Windows."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert default_jobs("cpu") == jobs
