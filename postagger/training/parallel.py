"""Runs many trainings in parallel, with one single-threaded process per core."""

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
from postagger.io.interrupts import blocked
from postagger.registry import import_module, modules_to_import

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

_shared: Any = None
"""In a worker process: the argument that all items share."""


def default_jobs(device: str) -> int:
    """The number of jobs for a kind of device: one on a GPU, else the number of available cores."""
    if device != "cpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_in_parallel(
    function: Callable[[Shared, Item], Result], items: Iterable[Item], *, shared: Shared, jobs: int
) -> Iterator[tuple[Item, Result | Exception]]:
    """Calls ``function(shared, item)`` for every item and yields each outcome when it is ready.

    Items are taken one by one as workers become free, so an iterator can base an item on earlier
    outcomes. An exception is an outcome too and does not stop the other items. If this process dies, its
    workers die with it. With one job everything runs in this process.

    Args:
        function: a module-level function, because the workers import it.
        shared: the argument that all items share; sent to each worker once.
        jobs: the number of items that run at a time.

    Raises:
        PostaggerError: a worker was killed.
    """
    if jobs == 1:
        for item in items:
            yield item, _outcome(function, shared, item)
    else:
        yield from _run_in_pool(function, items, shared, jobs)


def _run_in_pool(
    function: Callable[[Shared, Item], Result], items: Iterable[Item], shared: Shared, jobs: int
) -> Iterator[tuple[Item, Result | Exception]]:
    """Does the work of `run_in_parallel` with worker processes."""
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
                with blocked():  # it may start processes
                    running[pool.submit(_work, function, item)] = item
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    except BrokenProcessPool:
        raise PostaggerError(
            "a worker process was killed, perhaps because memory ran out: run the same command again with "
            "fewer jobs; finished work is kept"
        ) from None
    finally:
        if running:  # the caller stopped early and does not need the rest
            for process in multiprocessing.active_children():
                if process not in others:
                    process.kill()
        pool.shutdown(cancel_futures=True)


def _start_worker(modules: Iterable[str], shared: Any) -> None:
    """Prepares a worker process.

    Args:
        modules: the modules that have registered models, optimisers and so on in the parent process.
        shared: see `run_in_parallel`.
    """
    global _shared
    for module in modules:
        with contextlib.suppress(ConfigError):  # a name that needs the module gives an error later
            import_module(module)
    _shared = shared
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles it and ends the workers
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
