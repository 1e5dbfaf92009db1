"""Lets a process that tags be forked: by multiprocessing, by a web server's preloaded workers.

A forked process has only the thread that forked. Whatever other threads were doing stays half done in it,
locks that they held stay locked, and the threads that OpenMP had started to split torch's products are gone,
so that the next product would wait for them for ever. Therefore a fork waits until no thread is tagging, and
a forked process computes in one thread. (NumPy's OpenBLAS looks after its own threads.)
"""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType

_PATIENCE = 60.0
"""Seconds that a fork waits for other threads, which pause after every chunk of sentences."""


class Tagging:
    """``with TAGGING:`` keeps other threads from forking the process; any number of threads may enter."""

    def __init__(self) -> None:
        self.prepared = False  # whether there has been a tagger
        self._condition = threading.Condition()
        self._inside: dict[int, int] = {}  # how many times each thread is inside
        self._forks = 0  # threads that want to fork

    def __enter__(self) -> None:
        thread = threading.get_ident()
        with self._condition:
            while self._forks and thread not in self._inside:
                self._condition.wait()
            self._inside[thread] = self._inside.get(thread, 0) + 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        thread = threading.get_ident()
        with self._condition:
            self._inside[thread] -= 1
            if not self._inside[thread]:
                del self._inside[thread]
                if self._forks:
                    self._condition.notify_all()

    def before_fork(self) -> None:
        """Waits until no other thread is inside, and keeps them out."""
        own = {threading.get_ident()}
        with self._condition:
            self._forks += 1
            self._condition.wait_for(lambda: self._inside.keys() <= own, _PATIENCE)

    def after_fork_in_parent(self) -> None:
        """Lets the other threads in again."""
        with self._condition:
            self._forks -= 1
            self._condition.notify_all()

    def after_fork_in_child(self) -> None:
        """Forgets the other threads, and computes in this one only, if the parent has had a tagger."""
        own = threading.get_ident()
        self._condition = threading.Condition()
        self._inside = {thread: depth for thread, depth in self._inside.items() if thread == own}
        self._forks = 0
        torch = sys.modules.get("torch")
        if self.prepared and torch is not None:
            torch.set_num_threads(1)


TAGGING = Tagging()

if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(
        before=TAGGING.before_fork,
        after_in_parent=TAGGING.after_fork_in_parent,
        after_in_child=TAGGING.after_fork_in_child,
    )
