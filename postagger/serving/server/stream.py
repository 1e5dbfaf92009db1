"""Streams of requests: a line of JSON each, answered in order while others still arrive.

However long a stream is, the server holds no more than a window of it: when its client does not read the
answers, its further lines are not read either.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from postagger.serving.server.body import Held, Share
from postagger.serving.server.limits import Limits
from postagger.serving.server.problems import Problem
from postagger.serving.server.work import Answer

_LINES = 64
"""Lines of a stream that wait or are answered but not sent."""

_WINDOW = 2**22
"""Bytes of these lines, and of their answers, above which no further line is read."""

_AGAIN = 0.02
"""Seconds after which a line is tried again that came when too much was waiting."""


Submit = Callable[[bytes], Awaitable[asyncio.Future[Answer]]]
"""Begins to answer a request; see `postagger.serving.server.service.Service.submit`."""


class Lines:
    """The lines of a request, as they arrive, without blank ones.

    Attributes:
        is_gone: whether the client has gone before the end.
    """

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self.is_gone = False

    async def read(self) -> AsyncIterator[bytes | Problem]:
        """Yields each line, or what is wrong with it. Ends early if the client goes.

        Raises:
            Problem: 408, a line did not arrive in time.
        """
        rest = bytearray()
        is_long = False  # whether the rest is the end of a line that is too long
        more = True
        while more:
            chunk, more = await self._chunk()
            *whole, last = bytes(rest + chunk).split(b"\n")
            rest = bytearray(last)
            for line in whole:
                if is_long or len(line) > self._limits.body:
                    yield self._too_long()
                elif line.strip():
                    yield line
                is_long = False
            if len(rest) > self._limits.body or is_long:
                is_long = True
                rest.clear()
        if self.is_gone:
            return
        if is_long:
            yield self._too_long()
        elif rest.strip():
            yield bytes(rest)

    async def _chunk(self) -> tuple[bytes, bool]:
        """What arrives next, and whether more follows."""
        try:
            async with asyncio.timeout(self._limits.seconds):
                message = await self._receive()
        except TimeoutError:
            seconds = f"{self._limits.seconds:g} seconds"
            raise Problem(408, f"nothing arrived in {seconds}, so the stream ends here") from None
        self.is_gone = message["type"] == "http.disconnect"
        return message.get("body", b""), message.get("more_body", False)

    def _too_long(self) -> Problem:
        return Problem(413, f"a line may have {self._limits.body:,} bytes, and this one has more")


class StreamReply(Response):
    """Reads lines, has them tagged, and sends the answers."""

    media_type = "application/x-ndjson"

    def __init__(self, submit: Submit, limits: Limits, held: Held) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._submit = submit
        self._limits = limits
        self._held = held
        self._waiting: deque[asyncio.Future[Answer] | bytes] = deque()
        self._changed = asyncio.Event()
        self._has_ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        lines = Lines(receive, self._limits)
        with self._held.share() as share:
            reading = asyncio.create_task(self._read(lines, share))
            try:
                await self._send(send, share)
                await reading
            finally:
                reading.cancel()
                for each in self._waiting:
                    if not isinstance(each, bytes):
                        each.cancel()

    async def _read(self, lines: Lines, share: Share) -> None:
        """Has each line tagged, when there is room for it."""
        try:
            async for line in lines.read():
                while len(self._waiting) >= _LINES or (share.bytes >= _WINDOW and self._waiting):
                    await self._change()
                await self._add(line, share)
        except Problem as problem:
            await self._add(problem, share)
        finally:
            self._has_ended = True
            self._changed.set()

    async def _change(self) -> None:
        """Waits until something has happened."""
        self._changed.clear()
        await self._changed.wait()

    async def _add(self, line: bytes | Problem, share: Share) -> None:
        """Has a line tagged, as soon as the server takes it."""
        try:
            future = None if isinstance(line, Problem) else await self._submitted(line)
        except Problem as problem:
            line, future = problem, None
        if isinstance(line, Problem) or future is None:
            answer = line.line if isinstance(line, Problem) else b""
            share.add(len(answer), at_any_rate=True)
            self._waiting.append(answer)
        else:
            size = len(line)
            share.add(size, at_any_rate=True)
            future.add_done_callback(lambda done: share.add(_size(done) - size, at_any_rate=True))
            self._waiting.append(future)
        self._changed.set()

    async def _submitted(self, line: bytes) -> asyncio.Future[Answer]:
        while True:
            try:
                return await self._submit(line)
            except Problem as problem:
                if problem.status != 503:
                    raise
            await asyncio.sleep(_AGAIN)

    async def _send(self, send: Send, share: Share) -> None:
        """Sends the answers, in order; those that are ready together."""
        while not self._waiting and not self._has_ended:  # some clients wait to be told to go on
            await self._change()
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        while self._waiting or not self._has_ended:
            if not self._waiting:
                await self._change()
                continue
            ready = [await self._answer(self._waiting.popleft())]
            while self._waiting and (isinstance(self._waiting[0], bytes) or self._waiting[0].done()):
                ready.append(await self._answer(self._waiting.popleft()))
            part = b"".join(ready)
            self._changed.set()
            await send({"type": "http.response.body", "body": part, "more_body": True})
            share.add(-len(part), at_any_rate=True)
            self._changed.set()
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, waiting: asyncio.Future[Answer] | bytes) -> bytes:
        """The answer to a line, as a line."""
        if isinstance(waiting, bytes):
            return waiting
        try:
            if not waiting.done():
                async with asyncio.timeout(self._limits.seconds):
                    await waiting
            return waiting.result().body + b"\n"
        except Problem as problem:
            return problem.line
        except TimeoutError:
            return Problem(504, f"this could not be answered in {self._limits.seconds:g} seconds").line


def _size(done: asyncio.Future[Answer]) -> int:
    """Bytes of an answer as a line."""
    if done.cancelled():
        return 0
    problem = done.exception()
    if problem is None:
        return len(done.result().body) + 1
    return len(problem.line) if isinstance(problem, Problem) else 0
