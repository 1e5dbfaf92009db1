"""Requests that wait while a tagger is at work are tagged together.

Each model has two threads: one for requests of usual size, which takes all that wait at once, and one for
large ones, so that nobody waits behind them. An idle tagger gets a request at once: nothing is delayed in
the hope that others come. Threads share the tagger, and a token's tag never depends on its batch.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from postagger.serving.server.limits import Limits
from postagger.serving.server.metrics import Metrics
from postagger.serving.server.models import ServedModel
from postagger.serving.server.problems import Problem, too_busy
from postagger.serving.server.schema import TagRequest
from postagger.serving.server.work import Answer, tag_together

_LOG = logging.getLogger("postagger.server")

LARGE = 2**14
"""Bytes of a request that is large: some thousands of tokens."""

_TOGETHER = 2**16
"""Bytes of requests after which a batch is full."""


@dataclass
class _Job:
    request: TagRequest
    size: int
    future: asyncio.Future[Answer] = field(repr=False)


class _Lane:
    """A thread that works on jobs, in the order in which they come."""

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[TagRequest]], list[Answer | Problem]],
        finished: Callable[[int], object],
    ) -> None:
        """
        Args:
            finished: called in the event loop with the number of jobs of a batch that has ended.
        """
        self._loop = asyncio.get_running_loop()
        self._work = work
        self._finished = finished
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def put(self, job: _Job | None) -> None:
        """Adds a job; None ends the thread after those before it."""
        self._jobs.put(job)

    def _run(self) -> None:
        ended = False
        while not ended:
            jobs, ended = self._next()
            wanted = [job for job in jobs if not job.future.done()]  # nobody waits for the others any more
            answers = self._answers(wanted) if wanted else []
            if jobs:
                self._loop.call_soon_threadsafe(self._deliver, len(jobs), wanted, answers)

    def _answers(self, jobs: Sequence[_Job]) -> list[Answer | Problem]:
        """The answers to some jobs. Whatever goes wrong, the thread goes on."""
        try:
            return self._work([job.request for job in jobs])
        except Exception:
            _LOG.exception("%d requests could not be tagged", len(jobs))
            return [Problem(500, "the server failed: its log says why")] * len(jobs)

    def _next(self) -> tuple[list[_Job], bool]:
        """Waits for a job, and takes what waits besides, up to a full batch; and whether to end."""
        jobs: list[_Job] = []
        size = 0
        try:
            while size < _TOGETHER:
                job = self._jobs.get(block=not jobs)
                if job is None:
                    return jobs, True
                jobs.append(job)
                size += job.size
        except queue.Empty:
            pass
        return jobs, False

    def _deliver(self, count: int, jobs: Sequence[_Job], answers: Sequence[Answer | Problem]) -> None:
        """Gives the answers to those who wait for them; in the event loop."""
        self._finished(count)
        for job, answer in zip(jobs, answers, strict=True):
            if job.future.done():
                continue
            if isinstance(answer, Problem):
                job.future.set_exception(answer)
            else:
                job.future.set_result(answer)


class Batcher:
    """Tags requests with one model. Its methods are called in the event loop."""

    def __init__(self, model: ServedModel, limits: Limits, metrics: Metrics) -> None:
        self._model = model
        self._limits = limits
        self._metrics = metrics.of(model.name)
        self._waiting = 0
        self._usual = _Lane(f"tag-{model.name}", self._tag, self._finished)
        self._large = _Lane(f"tag-large-{model.name}", self._tag, self._finished)

    def submit(self, request: TagRequest, size: int) -> asyncio.Future[Answer]:
        """Tags a request, when its turn comes. A future that is cancelled before is left out.

        Args:
            size: bytes of the request.

        Returns:
            A future of its answer; or of a `Problem`.

        Raises:
            Problem: 503, too many wait already.
        """
        if self._waiting >= self._limits.waiting:
            raise too_busy(f"{self._waiting:,} requests wait for this model already: try again later")
        self._waiting += 1
        self._metrics.waiting.inc()
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        (self._large if size > LARGE else self._usual).put(_Job(request, size, future))
        return future

    @property
    def is_alive(self) -> bool:
        """Whether its threads are at work."""
        return self._usual.thread.is_alive() and self._large.thread.is_alive()

    def stop(self) -> None:
        """Ends the threads after what waits."""
        self._usual.put(None)
        self._large.put(None)

    def _finished(self, count: int) -> None:
        self._waiting -= count
        self._metrics.waiting.dec(count)

    def _tag(self, requests: Sequence[TagRequest]) -> list[Answer | Problem]:
        answers = tag_together(self._model, requests, self._limits)
        self._metrics.count(answers, len(requests))
        return answers
