"""Clients that load a server: wrk, and some that check every answer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from postagger import Tagger

_SCRIPT = Path(__file__).with_name("post.lua")
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


class Rates(NamedTuple):
    """What wrk measured.

    Attributes:
        p50, p99: milliseconds until half of the requests, and 99 in 100, were answered.
        rate: requests a second.
        requests: how many were answered.
        failures: those with another status than 200, or without an answer.
    """

    p50: float
    p99: float
    rate: float
    requests: int
    failures: int


def load(url: str, bodies: Path, *, connections: int, seconds: int, pause: int = 0) -> Rates:
    """Loads a server with wrk.

    Args:
        bodies: a file with a request in each line, which are posted in turn.
        pause: milliseconds that each connection waits before a request.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("this needs wrk: https://github.com/wg/wrk (Debian: apt install wrk)")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "--latency"]
    command += ["-s", str(_SCRIPT), f"{url}/v1/tag", "--", str(bodies), str(pause)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return Rates(
        _milliseconds(output, "50%"),
        _milliseconds(output, "99%"),
        float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        int(_found(r"(\d+) requests in", output)),
        (sum(map(int, errors.groups())) if errors else 0) + (int(refused[1]) if refused else 0),
    )


def _milliseconds(output: str, part: str) -> float:
    match = re.search(rf"{part}\s+([\d.]+)(us|ms|s|m)\b", output)
    if match is None:
        raise SystemExit(f"wrk printed no {part}:\n{output}")
    return float(match[1]) * _UNITS[match[2]]


def _found(pattern: str, output: str) -> str:
    match = re.search(pattern, output)
    if match is None:
        raise SystemExit(f"wrk printed something else than usual:\n{output}")
    return match[1]


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Posts a request; the status, and the body of the answer."""
    given = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, body, given)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Checker(threading.Thread):
    """A client that asks for the tags of texts, one after another, and compares them with a tagger's own.

    Args:
        stop: ends the client once it is set.
        pause: seconds that the client waits before each request.

    Attributes:
        asked, wrong: requests so far, and those of them that got another answer.
        slowest: seconds that the slowest one took.
    """

    def __init__(
        self, url: str, tagger: Tagger, texts: Sequence[str], stop: threading.Event, pause: float = 0
    ) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._told = stop
        self._pause = pause
        self._known = [(text, [_token(t) for s in tagger.tag_text(text) for t in s]) for text in texts]
        self.asked = self.wrong = 0
        self.slowest = 0.0

    def run(self) -> None:
        while not self._told.is_set():
            for text, tags in self._known:
                if self._told.wait(self._pause):
                    return
                begin = time.perf_counter()
                try:
                    status, body = post(f"{self._url}/v1/tag", json.dumps({"text": text}).encode())
                    right = status == 200 and _answered(body) == tags
                except OSError:
                    right = False
                self.asked += 1
                self.wrong += not right
                self.slowest = max(self.slowest, time.perf_counter() - begin)


def _token(token: Any) -> tuple[str, int, str]:
    return token.text, token.start, token.tag


def _answered(body: bytes) -> list[tuple[str, int, str]]:
    return [(each["text"], each["start"], each["tag"]) for each in json.loads(body)["results"][0]["tokens"]]


def repeat(work: Callable[[], object], stop: threading.Event) -> threading.Thread:
    """Does something again and again, in a thread of its own, until it is told to stop."""

    def run() -> None:
        while not stop.is_set():
            work()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
