"""Ctrl-C while a command runs: a KeyboardInterrupt, but none that gets lost or becomes another error.

Raised in the middle of an import, a KeyboardInterrupt may be printed and forgotten (by the callback that
frees the import's lock, or by C++ that imports), or come out as an ImportError or a RuntimeError: the command
goes on with half a module, or fails with a wrong status. So a signal during an import waits for its end.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_SOON = 0.02
"""Seconds after which it is seen again whether an import is going on."""

_waiting = 0
"""The signal that waits for the end of an import; 0 if none does."""


@contextmanager
def interruptible() -> Iterator[None]:
    """A context in which SIGINT raises a KeyboardInterrupt as `handle` does; afterwards it does what it did.

    It changes nothing if SIGINT is ignored or has a handler of somebody else, or outside the main thread.

    Raises:
        KeyboardInterrupt: there was a SIGINT.
    """
    before = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or before not in (signal.SIG_DFL, signal.default_int_handler):
        yield
        return
    hook = sys.unraisablehook

    def report(lost: sys.UnraisableHookArgs) -> None:
        """A KeyboardInterrupt in a destructor or callback can't be raised there: it is raised soon after."""
        if issubclass(lost.exc_type, KeyboardInterrupt) and hasattr(signal, "setitimer"):
            _wait(signal.SIGINT)
        else:
            hook(lost)

    sys.unraisablehook = report
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook
        if _waiting:  # whatever else has happened since
            stop(_waiting)


def handle(number: int, frame: FrameType | None) -> None:
    """A handler of SIGINT and SIGTERM: stops the program at once, or after the import that is going on.

    A second signal does not wait, since a module may do anything while it is imported. Where there is no
    timer (Windows), the first does not, either.

    Raises:
        KeyboardInterrupt: after SIGINT.
        SystemExit: after SIGTERM, with the exit status 143.
    """
    if _is_importing(frame) and not _waiting and hasattr(signal, "setitimer"):
        _wait(number)
    else:
        stop(number)


def stop(number: int) -> NoReturn:
    """
    Raises:
        KeyboardInterrupt: after SIGINT.
        SystemExit: after SIGTERM, with the exit status 143.
    """
    global _waiting
    if _waiting:
        _waiting = 0
        signal.setitimer(signal.ITIMER_REAL, 0)  # when Python ends, an alarm would end it with another status
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def _wait(number: int) -> None:
    global _waiting
    _waiting = number
    signal.signal(signal.SIGALRM, _try_again)
    signal.setitimer(signal.ITIMER_REAL, _SOON)


def _try_again(_: int, frame: FrameType | None) -> None:
    """Sends the signal that waits again, to whichever handler it has now, unless an import is going on."""
    global _waiting
    if _waiting and _is_importing(frame):
        signal.setitimer(signal.ITIMER_REAL, _SOON)
    elif _waiting:
        number, _waiting = _waiting, 0
        signal.raise_signal(number)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


@contextmanager
def blocked() -> Iterator[None]:
    """A context in which SIGINT waits. Processes started in it never get one, from their first moment on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
