"""Answers on their way to clients, which may be slow to read them."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from postagger.serving.server.body import Held

_PART = 2**16
"""Bytes that are sent at a time: the next ones when the client has read nearly all of these."""


class Reply(Response):
    """A JSON answer. A large one is sent in parts, and counts as held until its client has read it."""

    media_type = "application/json"

    def __init__(self, content: bytes, held: Held, status: int = 200) -> None:
        super().__init__(content, status)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytes(self.body)
        if len(body) <= _PART:
            await super().__call__(scope, receive, send)
            return
        with self._held.share() as share:
            share.set(len(body))
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            for start in range(0, len(body), _PART):
                part = body[start : start + _PART]
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
