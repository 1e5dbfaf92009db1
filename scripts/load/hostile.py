"""Clients that send what they should not. Each function returns what happened, in a few words."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from load.clients import post

_HEAD = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def _connection(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 80), timeout=60)


def _answer(connection: socket.socket) -> str:
    """The status of the answer, or that there is none."""
    with contextlib.suppress(OSError):
        start = connection.recv(100)
        if start:
            return start.split(b" ")[1].decode()
    return "closed"


def malformed(url: str) -> str:
    return str(post(f"{url}/v1/tag", b'{"text": "She')[0])


def deep(url: str) -> str:
    return str(post(f"{url}/v1/tag", b'{"texts":' + b"[" * 100_000)[0])


def not_utf8(url: str) -> str:
    return str(post(f"{url}/v1/tag", b'{"text":"\xff\xfe"}')[0])


def huge(url: str) -> str:
    """A body of 50 MB, announced."""
    with contextlib.closing(_connection(url)) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(_HEAD % (50 * 10**6))
            for _ in range(800):
                connection.sendall(b"x" * 2**16)
        return _answer(connection)


def many_tokens(url: str) -> str:
    return str(post(f"{url}/v1/tag", b'{"text":"' + b"a " * 300_000 + b'"}')[0])


def long_word(url: str) -> str:
    return str(post(f"{url}/v1/tag", b'{"sentences":[["' + b"a" * 500_000 + b'"]]}')[0])


def compressed(url: str) -> str:
    return str(post(f"{url}/v1/tag", b"\x1f\x8b", headers={"Content-Encoding": "gzip"})[0])


def no_http(url: str) -> str:
    with contextlib.closing(_connection(url)) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        return _answer(connection)


def long_headers(url: str) -> str:
    with contextlib.closing(_connection(url)) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(b"GET / HTTP/1.1\r\n" + b"X-A: " + b"b" * 200_000)
        return _answer(connection)


def slow_headers(url: str) -> str:
    """A letter of the headers a second."""
    return _dribble(url, b"GET / HTTP/1.1\r\nX-Slow: " + b"a" * 300)


def slow_body(url: str) -> str:
    """A letter of the body a second."""
    head = (
        b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"
    )
    return _dribble(url, b'{"text":"' + b"a" * 300, head)


def _dribble(url: str, slowly: bytes, head: bytes = b"") -> str:
    begin = time.monotonic()
    with contextlib.closing(_connection(url)) as connection:
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            connection.sendall(head)
            for place in range(len(slowly)):
                connection.sendall(slowly[place : place + 1])
                with contextlib.suppress(TimeoutError):
                    start = connection.recv(100)
                    status = start.split(b" ")[1].decode() if start else "closed"
                    return f"{status} after {time.monotonic() - begin:.0f} s"
    return f"closed after {time.monotonic() - begin:.0f} s"


QUICK: tuple[Callable[[str], str], ...] = (
    malformed,
    deep,
    not_utf8,
    huge,
    many_tokens,
    long_word,
    compressed,
    no_http,
    long_headers,
)
SLOW = (slow_headers, slow_body)
