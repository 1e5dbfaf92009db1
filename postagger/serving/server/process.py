"""Runs the server: in this process, or in several that it forks and looks after."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess

from postagger.errors import ConfigError, PostaggerError
from postagger.serving.server.limits import Limits
from postagger.serving.server.models import Models

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder in which several workers count together."""

_SWITCH = 0.001
"""Seconds after which a thread that tags lets the event loop go on."""

_TOO_SOON = 5.0
_TOO_OFTEN = 5
"""Workers that end within so many seconds, one after another, are not started again."""

_BACKLOG = 2048
"""Connections that wait to be accepted."""


def bind(host: str, port: int) -> socket.socket:
    """Takes an address, at which nobody is answered yet.

    Raises:
        PostaggerError: there is no such address, or it is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "there is no such address"
        raise PostaggerError(f"cannot serve at {host}, port {port}: {reason}") from None
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise PostaggerError(f"cannot serve at {host}, port {port}: {error.strerror or error}") from None
    return bound


def address_of(bound: socket.socket) -> str:
    """The URL of a socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    models: Models,
    bound: socket.socket,
    limits: Limits,
    *,
    workers: int = 1,
    log: bool = False,
    say: Callable[[str], object] = print,
) -> None:
    """Serves until SIGTERM, after which it returns, or SIGINT, which raises `KeyboardInterrupt`.

    Requests that have been accepted are answered before. To be called in the main thread, which gets signals.

    Args:
        bound: from `bind`.
        workers: processes, which share the memory of the models.
        log: whether to print a line to stderr for each request.
        say: told what an operator should know.

    Raises:
        PostaggerError: the address is taken, or workers can't be forked here or end again and again.
        ConfigError: several workers are to share CUDA.
    """
    try:
        bound.listen(_BACKLOG)
    except OSError as error:
        raise PostaggerError(f"cannot serve at {address_of(bound)}: {error.strerror or error}") from None
    sys.setswitchinterval(_SWITCH)
    if workers > 1 and "fork" not in multiprocessing.get_all_start_methods():
        raise PostaggerError("several workers need fork, which this system lacks: serve with one worker")
    if workers > 1 and any(model.is_on_cuda for model in models.values()):
        raise ConfigError("CUDA can't be shared by forked workers: serve with one worker, or --device cpu")
    with _counting(workers):
        _import_all()
        say(f"serving {', '.join(models)} at {address_of(bound)}")
        if workers == 1:
            _work(models, bound, limits, log)
        else:
            Workers(models, bound, limits, workers, log, say).run()


@contextmanager
def _counting(workers: int) -> Iterator[None]:
    """Gives several workers a folder in which they count together."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="postagger-metrics-") as folder:
        os.environ[METRICS_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[METRICS_FOLDER]


def _import_all() -> None:
    """Loads what serving needs, before any process is forked, and after it is clear how to count."""
    importlib.import_module("postagger.serving.server.app")
    importlib.import_module("postagger.serving.server.protocol")
    importlib.import_module("uvicorn.lifespan.on")


def _work(models: Models, bound: socket.socket, limits: Limits, log: bool, parent: int | None = None) -> None:
    """Serves in this process."""
    from postagger.serving.server.app import make_app
    from postagger.serving.server.protocol import server

    before = signal.signal(signal.SIGTERM, _nothing)  # uvicorn raises it again when it has stopped
    try:
        server(make_app(models, limits, log=log), limits, parent).run([bound])
    finally:
        signal.signal(signal.SIGTERM, before)


def _nothing(*_: object) -> None:
    pass


class Workers:
    """Processes that serve at one address; those that end are started again."""

    def __init__(
        self,
        models: Models,
        bound: socket.socket,
        limits: Limits,
        count: int,
        log: bool,
        say: Callable[[str], object],
    ) -> None:
        self._models = models
        self._bound = bound
        self._limits = limits
        self._count = count
        self._log = log
        self._say = say
        self._started: dict[ForkProcess, float] = {}
        self._signal = 0
        self._failures = 0

    def run(self) -> None:
        """Looks after the workers until a signal ends them.

        Raises:
            PostaggerError: they end again and again.
            KeyboardInterrupt: after SIGINT, when they have ended.
        """
        gc.collect()
        gc.freeze()  # the collector would write to memory that the workers share
        before = {each: signal.signal(each, self._stop) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            for _ in range(self._count):
                self._start()
            while not self._signal and self._failures < _TOO_OFTEN:
                wait([process.sentinel for process in self._started], timeout=0.5)
                self._replace()
            self._end()
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt
        if not self._signal:
            raise PostaggerError("the workers end again and again: see the messages above")

    def _stop(self, number: int, _: object) -> None:
        self._signal = self._signal or number

    def _start(self) -> None:
        process = multiprocessing.get_context("fork").Process(target=self._child, args=(os.getpid(),))
        process.start()
        self._started[process] = time.monotonic()

    def _child(self, parent: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal; after uvicorn has stopped
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _work(self._models, self._bound, self._limits, self._log, parent)

    def _replace(self) -> None:
        """Starts a new worker for each that has ended."""
        for process in [each for each in self._started if not each.is_alive()]:
            lived = time.monotonic() - self._started.pop(process)
            forget(process.pid or 0)
            if self._signal:
                continue
            self._say(f"worker {process.pid} ended with status {process.exitcode}: starting another one")
            self._failures = self._failures + 1 if lived < _TOO_SOON else 0
            self._start()

    def _end(self) -> None:
        """Ends the workers: at first gently."""
        for process in self._started:
            process.terminate()
        until = time.monotonic() + self._limits.stop + 5
        for process in self._started:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()


def forget(process: int) -> None:
    """Leaves a worker that has ended out of what is counted at present, such as open requests."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(process)  # type: ignore[no-untyped-call]
