"""Torch's settings: whatever the caller has set, a tagger computes the same, and leaves them as they were."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import torch

_LOCK = threading.Lock()
_users: list[torch.dtype] = []
"""Callers that are inside `usual_settings`, in all threads: the default dtype that each of them found."""


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
    with _LOCK:
        _users.append(torch.get_default_dtype() if not _users else _users[0])
        torch.set_default_dtype(torch.float32)
    try:
        with _usual_in_thread():
            yield
    finally:
        with _LOCK:
            found = _users.pop()
            if not _users:
                torch.set_default_dtype(found)
