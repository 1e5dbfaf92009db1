"""What the server does with a request: reads it, checks it, has it tagged or explained, and answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from postagger.errors import PostaggerError
from postagger.extras import require_torch
from postagger.serving.server.batching import LARGE, Batcher
from postagger.serving.server.body import CLOSE, Held, form_of, read_body
from postagger.serving.server.limits import Limits
from postagger.serving.server.metrics import Metrics
from postagger.serving.server.models import Models
from postagger.serving.server.problems import Problem, too_busy
from postagger.serving.server.replies import Reply
from postagger.serving.server.schema import ExplainRequest, parse_explain, parse_tag
from postagger.serving.server.stream import StreamReply
from postagger.serving.server.work import Answer
from postagger.tagger import Tagger

T = TypeVar("T")

_EXPLANATIONS = 16
"""Explanations that wait, one being computed at a time."""


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
        self._parser: ThreadPoolExecutor | None = None
        self._explainer: ThreadPoolExecutor | None = None
        self._explaining = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Starts the threads, and ends them."""
        self._parser = ThreadPoolExecutor(1, "parse")
        self._explainer = ThreadPoolExecutor(1, "explain")
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
            self._explainer.shutdown(wait=False, cancel_futures=True)

    @property
    def is_ready(self) -> bool:
        return bool(self._batchers) and all(each.is_alive for each in self._batchers.values())

    async def tag(self, request: Request) -> Response:
        """Answers a request for tags."""
        scope = request.scope
        if form_of(scope, streams=True) == "ndjson":
            return StreamReply(self.submit, self.limits, self.held)
        async with self._in_time() as arrived:
            with self.held.share() as share:
                body = await read_body(scope, request.receive, self.limits, share)
                arrived()
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

    def _batcher(self, name: str) -> Batcher:
        if name not in self._batchers:
            raise too_busy("the server is being stopped", CLOSE)
        return self._batchers[name]

    async def explain(self, request: Request) -> Response:
        """Answers a request for an explanation."""
        form_of(request.scope)
        async with self._in_time() as arrived:
            with self.held.share() as share:
                body = await read_body(request.scope, request.receive, self.limits, share)
                arrived()
                return Reply(await self._explained(parse_explain(body)), self.held)

    async def _explained(self, given: ExplainRequest) -> bytes:
        model = self.models.named(given.model)
        model.head(given.head)
        if len(given.tokens) > self.limits.explained:
            raise Problem(
                413, f"a sentence to be explained may have {self.limits.explained} tokens, not more"
            )
        if max(map(len, given.tokens)) > self.limits.word:
            raise Problem(413, f"a token may have {self.limits.word:,} characters, not more")
        if self._explaining >= _EXPLANATIONS:
            raise too_busy(f"{_EXPLANATIONS} explanations wait already: try again later")
        self._explaining += 1
        try:
            assert self._explainer is not None
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._explainer, _explanation, self.models, given)
        finally:
            self._explaining -= 1

    async def _in_thread(self, work: Callable[[bytes], T], body: bytes) -> T:
        assert self._parser is not None
        return await asyncio.get_running_loop().run_in_executor(self._parser, work, body)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[Callable[[], None]]:
        """Ends a request that takes longer than it may.

        Yields:
            A function to be called when the request has arrived.

        Raises:
            Problem: 408, it did not arrive in time; 504, it was not answered in time.
        """
        has_arrived = False

        def arrived() -> None:
            nonlocal has_arrived
            has_arrived = True

        try:
            async with asyncio.timeout(self.limits.seconds):
                yield arrived
        except TimeoutError:
            seconds = f"{self.limits.seconds:g} seconds"
            if has_arrived:
                raise Problem(504, f"this request could not be answered in {seconds}") from None
            raise Problem(408, f"this request did not arrive in {seconds}", CLOSE) from None


def _explanation(models: Models, given: ExplainRequest) -> bytes:
    """The explanation asked for, in JSON.

    Raises:
        Problem: 501, the model can't be explained here; 422, there is no such word or tag.
    """
    model = models.named(given.model)
    tagger = model.tagger
    try:
        require_torch("explaining a tag needs")
    except PostaggerError as error:
        raise Problem(501, f"the server can't explain tags: {error}") from None
    if not isinstance(tagger, Tagger):
        raise Problem(501, f"the model {model.name} is an ensemble, whose tags can't be explained")
    try:
        found = tagger.explain(
            given.tokens, given.position, against=given.against or None, head=given.head or None
        )
    except PostaggerError as error:
        raise Problem(422, str(error)) from None
    explanation = asdict(found) | {"rest": found.rest}
    return json.dumps({"model": model.name, "explanations": [explanation]}, ensure_ascii=False).encode()
