"""Reads what a client sends, within the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from starlette.types import Receive, Scope

from postagger.serving.server.limits import Limits
from postagger.serving.server.problems import Problem, too_busy

_DISCARDED = 2**24
_DISCARDING = 2.0
"""Bytes and seconds for which a body that is too large is still read, so that its sender sees the answer."""

_TYPES = {"application/json": "json", "application/x-ndjson": "ndjson", "application/jsonl": "ndjson"}

CLOSE = {"Connection": "close"}


class Held:
    """Counts the bytes that all requests of this process hold in memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.bytes = 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """The part of one request, which is given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            share.set(0)

    def change(self, by: int, *, at_any_rate: bool = False) -> None:
        """
        Args:
            at_any_rate: for those who limit themselves.

        Raises:
            Problem: 503, it would be too much.
        """
        if by > 0 and not at_any_rate and self.bytes + by > self._most:
            raise too_busy("the server holds as much as it may: try again later", CLOSE)
        self.bytes += by


class Share:
    """What one request holds: `bytes`."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self.bytes = 0

    def set(self, size: int) -> None:
        """
        Raises:
            Problem: as in `Held.change`.
        """
        self.add(size - self.bytes)

    def add(self, size: int, *, at_any_rate: bool = False) -> None:
        """
        Raises:
            Problem: as in `Held.change`.
        """
        self._held.change(size, at_any_rate=at_any_rate)
        self.bytes += size


def form_of(scope: Scope, *, streams: bool = False) -> str:
    """``json`` or ``ndjson``: what a request's headers say that its body is.

    Args:
        streams: whether NDJSON is welcome too.

    Raises:
        Problem: 415, it is something else, or compressed.
    """
    headers = dict(scope["headers"])
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in (b"identity", b""):
        raise Problem(415, "compressed requests are not accepted: send it without Content-Encoding", CLOSE)
    given = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    form = _TYPES.get(given)
    if form is None or (form == "ndjson" and not streams):
        known = "application/json or application/x-ndjson" if streams else "application/json"
        raise Problem(415, f"the Content-Type of a request must be {known}", CLOSE)
    return form


async def read_body(scope: Scope, receive: Receive, limits: Limits, share: Share) -> bytes:
    """Reads the body of a request.

    Raises:
        Problem: 413, it is too large; 400, its sender has gone; 503, as in `Held.change`.
    """
    headers = dict(scope["headers"])
    announced = headers.get(b"content-length", b"0")
    if len(announced) > 18 or int(announced) > limits.body:
        if headers.get(b"expect", b"").lower() != b"100-continue":
            await _discard(receive)
        raise _too_large(limits)
    message = await receive()
    body: bytes = message.get("body", b"")
    parts = [body]
    size = len(body)
    share.set(size)
    while message.get("more_body", False):
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > limits.body:
            parts.clear()
            await _discard(receive, more=message.get("more_body", False))
            raise _too_large(limits)
        share.set(size)
        parts.append(part)
    if message["type"] == "http.disconnect":
        raise Problem(400, "the request ended before its end", CLOSE)
    return body if len(parts) == 1 else b"".join(parts)


def _too_large(limits: Limits) -> Problem:
    return Problem(413, f"a request may have {limits.body:,} bytes, and this one has more", CLOSE)


async def _discard(receive: Receive, *, more: bool = True) -> None:
    """Reads on for a while: a sender that never stops sending doesn't see an answer."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DISCARDING):
            while more and size < _DISCARDED:
                message = await receive()
                size += len(message.get("body", b""))
                more = message.get("more_body", False)
