"""Many trainings side by side: a process for each core, one thread in each."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_end
from typing import Any, TypeVar

import torch

from postagger.errors import ConfigError, PostaggerError
from postagger.registry import import_module, modules_to_import

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

_shared: Any = None
"""In a worker: what all its items have in common."""


def default_jobs(device: str) -> int:
    """For a kind of device: as many as there are cores for this process; one on a GPU."""
    if device != "cpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_in_parallel(
    function: Callable[[Shared, Item], Result], items: Iterable[Item], *, shared: Shared, jobs: int
) -> Iterator[tuple[Item, Result | Exception]]:
    """Calls ``function(shared, item)`` for every item and gives the outcomes as they come.

    Tasks are drawn one by one, as workers become free, so that an iterator may make a item out of
    the outcomes before it. A item that raises is an outcome too: the others go on. If this process
    dies, its workers die with it. One job runs here, in this process.

    Args:
        function: defined at a module's top, for the workers import it.
        shared: what all items need; sent to each worker once.
        jobs: how many run at a time.

    Raises:
        PostaggerError: a worker was killed.
    """
    if jobs == 1:
        for item in items:
            yield item, _outcome(function, shared, item)
        return
    others = multiprocessing.active_children()
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(modules_to_import(), shared),
    )
    running: dict[Future[Result | Exception], Item] = {}
    waiting = iter(items)
    try:
        while True:
            while len(running) < jobs:
                try:
                    item = next(waiting)
                except StopIteration:
                    break
                running[pool.submit(_work, function, item)] = item
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    except BrokenProcessPool:
        raise PostaggerError(
            "a worker process was killed, perhaps for want of memory: run the same command with "
            "fewer jobs; what is done already is kept"
        ) from None
    finally:
        if running:  # this generator was left early: nobody wants the rest
            for process in multiprocessing.active_children():
                if process not in others:
                    process.kill()
        pool.shutdown(cancel_futures=True)


def _start_worker(modules: Iterable[str], shared: Any) -> None:
    """
    Args:
        modules: what the parent has imported to know models, optimisers and others by their names.
    """
    global _shared
    for module in modules:
        with contextlib.suppress(ConfigError):  # if it is needed, what needs it will say so
            import_module(module)
    _shared = shared
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends us
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def _die_with(sentinel: int) -> None:
    wait_for_end([sentinel])
    os._exit(1)


def _work(function: Callable[[Any, Item], Result], item: Item) -> Result | Exception:
    return _outcome(function, _shared, item)


def _outcome(function: Callable[[Shared, Item], Result], shared: Shared, item: Item) -> Result | Exception:
    try:
        return function(shared, item)
    except Exception as error:
        return error
