"""Imports torch so that Ctrl-C is not lost."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def import_torch() -> None:
    """Imports torch; a Ctrl-C meanwhile waits until that is done, which takes a second or two.

    torch imports NumPy from C++ and ignores whatever is raised there, a KeyboardInterrupt too: the command
    would go on with half of NumPy.

    Raises:
        KeyboardInterrupt: there was one.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        import torch

        return
    asked: list[int] = []

    def wait(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGINT, wait)
    try:
        import torch  # noqa: F401
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt
