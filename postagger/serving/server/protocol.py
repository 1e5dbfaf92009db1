"""uvicorn's HTTP protocol and server, with limits that they lack.

uvicorn waits for ever for a client's headers, takes headers of any size, and waits for ever until a client
has read its answer. Here a sweep, once a second, ends the connections of clients that take too long.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from postagger.serving.server.limits import Limits
from postagger.serving.server.problems import Problem, too_busy

_HEADERS = 2**15
"""Bytes of a request's first line and headers."""

_HEADERS_WITHIN = 10.0
"""Seconds in which they must arrive."""

_CLOSE_WITHIN = 5.0
"""Seconds that a connection has to close."""

_SWEEP = 1.0
"""Seconds between sweeps."""


class Protocol(HttpToolsProtocol):
    """A connection."""

    limits = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting_since: float | None = self.loop.time()
        self._stuck_since: float | None = None
        self._closing_since: float | None = None
        self._size = 0  # bytes of headers that are not complete
        self._in_body = False
        if len(self.connections) > self.limits.connections:
            transport.write(_raw(too_busy("too many connections are open: try again later")))
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self._waiting_since is None and (self.cycle is None or self.cycle.response_complete):
            self._waiting_since = self.loop.time()
        if self.transport.is_closing():
            return
        self._size += 0 if self._in_body else len(data)
        super().data_received(data)
        if not self._in_body and self._size > _HEADERS and not self.transport.is_closing():
            self.send_400_response("")

    def on_url(self, url: bytes) -> None:
        self._check(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._check(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._waiting_since = None
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._size = 0
        super().on_message_complete()

    def _check(self, size: int) -> None:
        """Refuses a part of the headers that is too long for all of them."""
        if size > _HEADERS:
            self._size = size
            raise ValueError("these headers are too large")  # the parser then calls send_400_response

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's name)
        if self._size > _HEADERS:
            problem = Problem(431, f"the first line and the headers may have {_HEADERS:,} bytes, not more")
        else:
            problem = Problem(400, "this is not a request of HTTP")
        self.transport.write(_raw(problem))
        self.transport.close()

    def pause_writing(self) -> None:
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck_since = None
        super().resume_writing()

    def sweep(self, now: float) -> None:
        """Ends the connection if its client takes too long: to send headers, to read, or to go."""
        if self.transport.is_closing():
            if self._closing_since is None:
                self._closing_since = now
            elif now - self._closing_since > _CLOSE_WITHIN:
                self.transport.abort()
        elif self._stuck_since is not None and now - self._stuck_since > self.limits.seconds:
            self.transport.abort()
        elif self._waiting_since is not None and now - self._waiting_since > _HEADERS_WITHIN:
            self.transport.close()


def _raw(problem: Problem) -> bytes:
    """An answer as the bytes of HTTP, for a connection without a request; it ends the connection."""
    reason = {400: "Bad Request", 431: "Request Header Fields Too Large", 503: "Service Unavailable"}
    headers = {
        "content-type": "application/json",
        "content-length": str(len(problem.body)),
        **problem.headers,
    }
    lines = [
        f"HTTP/1.1 {problem.status} {reason[problem.status]}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode() + problem.body


class Server(uvicorn.Server):
    """uvicorn's server, which sweeps its connections, and ends when the process that forked it has ended."""

    def __init__(self, config: uvicorn.Config, parent: int | None = None) -> None:
        super().__init__(config)
        self._parent = parent
        self._swept = 0.0

    async def on_tick(self, counter: int) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._swept >= _SWEEP:
            self._swept = now
            for connection in list(self.server_state.connections):
                if isinstance(connection, Protocol):
                    connection.sweep(now)
            if self._parent is not None and os.getppid() != self._parent:
                self.should_exit = True
        return await super().on_tick(counter)


def server(app: Any, limits: Limits, parent: int | None = None) -> Server:
    """A server for the application, within the limits.

    Args:
        parent: the process that forked this one.
    """
    protocol = type("LimitedProtocol", (Protocol,), {"limits": limits})
    config = uvicorn.Config(
        app,
        loop="asyncio",  # uvloop lets some connections wait for seconds while large bodies arrive at others
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=max(1, round(limits.stop)),
        backlog=2048,
    )
    return Server(config, parent)
