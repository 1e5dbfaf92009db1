"""What the server does with a request: reads it, checks it, has it tagged or explained, and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from postagger.serving.server.batching import LARGE, Batcher
from postagger.serving.server.body import CLOSE, Held, form_of, read_body
from postagger.serving.server.explaining import Explainer
from postagger.serving.server.limits import Limits
from postagger.serving.server.metrics import Metrics
from postagger.serving.server.models import Models, ServedModel
from postagger.serving.server.problems import Problem, too_busy
from postagger.serving.server.replies import Reply
from postagger.serving.server.schema import TagRequest, parse_explain, parse_tag
from postagger.serving.server.stream import StreamReply
from postagger.serving.server.work import Answer

T = TypeVar("T")

Translate = Callable[[bytes, ServedModel], tuple[TagRequest, Callable[[bytes], bytes]]]
"""Reads a request of another protocol; and a function that writes its answer from the answer to the first."""

_WRAPPING = 16
"""How much larger than a text a request of another protocol may be, which has more than the text."""


class Service:
    """The models of a process, with the threads that use them. Its methods run in the event loop.

    Attributes:
        is_ready: whether it takes requests.
    """

    def __init__(self, models: Models, limits: Limits, metrics: Metrics) -> None:
        self.models = models
        self.limits = limits
        self.metrics = metrics
        self.held = Held(limits.held)
        self._batchers: dict[str, Batcher] = {}
        self._parser: ThreadPoolExecutor
        self._explainer: Explainer

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Starts the threads, and ends them."""
        self._parser = ThreadPoolExecutor(1, "parse")
        self._explainer = Explainer(self.limits)
        self._batchers = {
            name: Batcher(model, self.limits, self.metrics) for name, model in self.models.items()
        }
        try:
            yield
        finally:
            batchers, self._batchers = self._batchers, {}
            for batcher in batchers.values():
                batcher.stop()
            self._parser.shutdown(wait=False, cancel_futures=True)
            self._explainer.stop()

    @property
    def is_ready(self) -> bool:
        return bool(self._batchers) and all(each.is_alive for each in self._batchers.values())

    async def tag(self, request: Request) -> Response:
        """Answers a request for tags, or a stream of them."""
        if form_of(request.scope, streams=True) == "ndjson":
            return StreamReply(self.submit, self.limits, self.held)
        async with self._arrived(request, self.limits) as body:
            answer = await (await self.submit(body))
            return Reply(answer.body, self.held)

    async def submit(self, body: bytes) -> asyncio.Future[Answer]:
        """Checks a request, and has it tagged when its turn comes.

        Returns:
            A future of the answer, or of a `Problem`.

        Raises:
            Problem: the request is wrong, or beyond the limits, or there is too much to do.
        """
        parsed = parse_tag(body) if len(body) <= LARGE else await self._in_thread(parse_tag, body)
        model = self.models.named(parsed.model)
        model.head(parsed.head)
        return self._batcher(model.name).submit(parsed, len(body))

    async def explain(self, request: Request) -> Response:
        """Answers a request for an explanation."""
        form_of(request.scope)
        async with self._arrived(request, self.limits) as body:
            parsed = parse_explain(body)
            found = await self._explainer.explain(self.models.named(parsed.model), parsed)
            return Reply(found, self.held)

    async def translated(self, request: Request, name: str, translate: Translate) -> Response:
        """Answers a request of another protocol for the tags of a model."""
        model = self.models.named(name)
        form_of(request.scope)
        async with self._arrived(request, replace(self.limits, body=_WRAPPING * self.limits.body)) as body:
            parsed, write = await self._in_thread(lambda given: translate(given, model), body)
            answer = await self._batcher(name).submit(parsed, len(body))
            return Reply(await self._in_thread(write, answer.body), self.held)

    def _batcher(self, name: str) -> Batcher:
        if name not in self._batchers:
            raise too_busy("the server is being stopped", CLOSE)
        return self._batchers[name]

    async def _in_thread(self, work: Callable[[bytes], T], body: bytes) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._parser, work, body)

    @asynccontextmanager
    async def _arrived(self, request: Request, limits: Limits) -> AsyncIterator[bytes]:
        """Reads a request, and ends it if it takes longer than it may, with what is done with it.

        Yields:
            The body.

        Raises:
            Problem: 408, it did not arrive in time; 504, it was not answered in time; or as in `read_body`.
        """
        has_arrived = False
        try:
            async with asyncio.timeout(limits.seconds):
                with self.held.share() as share:
                    body = await read_body(request.scope, request.receive, limits, share)
                    has_arrived = True
                    yield body
        except TimeoutError:
            seconds = f"{limits.seconds:g} seconds"
            if has_arrived:
                raise Problem(504, f"this request could not be answered in {seconds}") from None
            raise Problem(408, f"this request did not arrive in {seconds}", CLOSE) from None
