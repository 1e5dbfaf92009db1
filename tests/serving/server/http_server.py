"""Runs a server in a thread of the tests' process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from postagger.serving.server.app import make_app
from postagger.serving.server.limits import Limits
from postagger.serving.server.models import Models
from postagger.serving.server.process import address_of, bind
from postagger.serving.server.protocol import server

Serve = Callable[[Limits], httpx.Client]


@contextmanager
def served(models: Models, limits: Limits) -> Iterator[httpx.Client]:
    """A client of a server that runs meanwhile."""
    with bind("127.0.0.1", 0) as bound:
        bound.listen(100)
        running = server(make_app(models, limits), limits)
        thread = threading.Thread(target=running.run, args=([bound],))
        thread.start()
        try:
            with httpx.Client(base_url=address_of(bound), timeout=30, trust_env=False) as client:
                yield client
        finally:
            running.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something becomes true within some seconds."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()
