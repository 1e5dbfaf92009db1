"""Torch's settings: whatever the caller has set, a tagger computes the same, and leaves them as they were."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import torch

_lock = threading.Lock()
_users: list[tuple[int, torch.dtype]] = []
"""Callers that are inside `usual_settings`: their threads, and the default dtype that the first one found."""


def usual_in_thread() -> AbstractContextManager[None]:
    """Torch's usual settings of those that are a thread's own: default device, autocast, gradients.

    It takes two microseconds if the first two are as usual; `torch.get_default_device` alone takes longer.
    """
    if torch.empty(0).is_cpu and not torch.is_autocast_enabled("cpu"):
        return nullcontext()
    return _usual_in_thread()


@contextmanager
def _usual_in_thread() -> Iterator[None]:
    with ExitStack() as stack:
        if torch.get_default_device().type != "cpu":  # a context of its own would slow every operation down
            stack.enter_context(torch.device("cpu"))
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        yield


@contextmanager
def usual_settings() -> Iterator[None]:
    """Torch's usual settings, to make, train or explain a network with; also a decorator.

    The default dtype is one for all threads: other threads find float32 as long as any is inside.
    """
    with _lock:
        user = threading.get_ident(), _users[0][1] if _users else torch.get_default_dtype()
        _users.append(user)
        torch.set_default_dtype(torch.float32)
    try:
        with _usual_in_thread():
            yield
    finally:
        with _lock:
            if len(_users) == 1:  # first, so that a process forked in between finds what to restore
                torch.set_default_dtype(user[1])
            _users.remove(user)


def _forget_other_threads() -> None:
    """In a forked process, which has none of them: they hold no lock, and want no default dtype."""
    global _lock
    _lock = threading.Lock()
    own = [user for user in _users if user[0] == threading.get_ident()]
    if _users and not own:
        torch.set_default_dtype(_users[0][1])
    _users[:] = own


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_forget_other_threads)
