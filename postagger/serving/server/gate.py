"""What every request passes before and after its route."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postagger.io.names import visible
from postagger.serving.server.metrics import Metrics

_SAFE = (b"x-content-type-options", b"nosniff")
OTHER = "other"
"""What paths are counted as that the server does not have."""

_LONGEST = 200
"""Characters of a path in the log."""


class Gate:
    """Counts requests and logs them; answers HEAD as GET."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Collection[str], *, log: bool = False) -> None:
        """
        Args:
            paths: those of the server.
            log: whether to print a line to stderr for each request.
        """
        self._app = app
        self._metrics = metrics
        self._paths = frozenset(paths)
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        status = 500
        method = scope["method"]
        if method == "HEAD":  # the answer's body is left out by the server below
            scope = {**scope, "method": "GET"}

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], _SAFE]
            await send(message)

        self._metrics.open.inc()
        try:
            await self._app(scope, receive, sending)
        finally:
            self._metrics.open.dec()
            path = getattr(scope.get("route"), "path", scope["path"])
            seconds = time.perf_counter() - begin
            self._metrics.answered(path if path in self._paths else OTHER, status, seconds)
            if self._log:
                _print(scope, method, status, seconds)


def _print(scope: Scope, method: str, status: int, seconds: float) -> None:
    client = scope.get("client") or ("-",)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    path = visible(scope["path"][:_LONGEST]).replace("\n", "\\n")
    print(
        f"{moment} {client[0]} {method} {path} {status} {1000 * seconds:.1f} ms", file=sys.stderr, flush=True
    )
