"""Tags files to outputs of their own: one after another, or in several processes."""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from postagger.cli.parser import import_what_is_needed, load_lexicon, load_tagger
from postagger.cli.tag_sinks import writing
from postagger.cli.tag_stream import Stream
from postagger.errors import DataError, PostaggerError
from postagger.io.interrupts import blocked

_PATIENCE = 10.0
"""Seconds in which a worker can clean up before it is killed."""


class Job(NamedTuple):
    """A file to tag.

    Attributes:
        output: the file to write.
    """

    file: str
    output: Path


Done = tuple[Job, DataError | None]
"""A job that is done, or why its file could not be tagged."""


def tag_file(stream: Stream, job: Job, to: str | None) -> DataError | None:
    """Tags a file; its output is written whole or not at all.

    Args:
        to: the format asked for.

    Returns:
        Why it could not be tagged; None if it has been.

    Raises:
        PostaggerError: the output can't be written, or the options don't fit the file.
    """
    try:
        with writing(job.output, to) as sink:
            sink.add(stream, job.file)
    except DataError as error:
        return error
    return None


def one_by_one(stream: Stream, jobs: Iterable[Job], to: str | None) -> Iterator[Done]:
    """Tags files in this process, in their order."""
    for job in jobs:
        yield job, tag_file(stream, job, to)


def stream_of(options: argparse.Namespace) -> Stream:
    """What the command line has made of its options, made again in another process, silently."""
    gc.set_threshold(50_000, 20, 20)  # as the command line does
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        import_what_is_needed(options)
        tagger = load_tagger(options)
        lexicon = load_lexicon(options, tagger)
    return Stream(tagger, argparse.Namespace(**vars(options) | {"workers": 1}), lexicon)


class _Worker:
    """A process that tags one file after another, and the file that it has now."""

    def __init__(self, options: argparse.Namespace) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(theirs, options), daemon=True)
        with blocked():
            self.process.start()
        theirs.close()  # so that the connection ends if the process does
        self.job: Job | None = None

    def give(self, job: Job) -> None:
        self.job = job
        with contextlib.suppress(OSError):  # if it has been killed, the connection has ended, which is seen
            self.connection.send(job)

    def finished(self) -> Done:
        """Waits until its job is finished.

        Raises:
            PostaggerError: as in `tag_file`.
        """
        job, self.job = self.job, None
        assert job is not None
        try:
            found = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode or 0
            how = f"was killed (signal {-code})" if code < 0 else f"ended (status {code})"
            return job, DataError(
                f"{job.file}: the process that tagged it {how}, perhaps because memory ran out: its "
                "output has not been written; all that is complete is kept, so run the same command again"
            )
        if isinstance(found, Exception) and not isinstance(found, DataError):
            raise found
        return job, found

    @property
    def is_alive(self) -> bool:
        return self.process.is_alive()


def with_processes(options: argparse.Namespace, jobs: Iterable[Job], count: int) -> Iterator[Done]:
    """Tags files in several processes, and yields each as soon as it is done.

    If this process ends, they do too. One that was killed is replaced; its file is a failure.

    Args:
        options: those of the command line, from which each process makes its tagger.
        jobs: a job is taken when a process is free for it.
        count: the number of processes.

    Raises:
        PostaggerError: as in `tag_file`.
    """
    waiting = iter(jobs)
    workers: list[_Worker] = []
    try:
        for job in waiting:
            workers.append(_Worker(options))
            workers[-1].give(job)
            if len(workers) == count:
                break
        while busy := [worker for worker in workers if worker.job is not None]:
            ready = wait([worker.connection for worker in busy])
            for worker in [each for each in busy if each.connection in ready]:
                done, found = worker.finished()
                following = next(waiting, None)
                if following is not None:
                    if not worker.is_alive:
                        workers.remove(worker)
                        worker = _Worker(options)
                        workers.append(worker)
                    worker.give(following)
                yield done, found
    finally:
        _end(workers)


def _end(workers: list[_Worker]) -> None:
    """Ends the workers: idle ones at once, others when they have removed what they had begun to write."""
    for worker in workers:
        worker.connection.close()
        if worker.job is not None:
            worker.process.terminate()
    until = time.monotonic() + _PATIENCE
    for worker in workers:
        worker.process.join(max(0.0, until - time.monotonic()))
        if worker.is_alive:
            worker.process.kill()
            worker.process.join()


def _work(connection: Connection, options: argparse.Namespace) -> None:
    """The life of a worker: it tags files as it gets them, until the connection ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles it and ends the workers
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which removes unfinished files
    threading.Thread(target=_end_with_parent, daemon=True).start()
    stream: Stream | None = None
    while True:
        try:
            job = connection.recv()
        except (EOFError, OSError):
            return
        try:
            stream = stream or stream_of(options)
            outcome: Exception | None = tag_file(stream, job, options.to)
        except PostaggerError as error:
            outcome = error
        except Exception as error:  # a bug: the parent raises it
            error.add_note(traceback.format_exc())
            outcome = error
        connection.send(outcome)


def _end_with_parent() -> None:
    """Ends this process if its parent ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os._exit(1)
