"""Several processes that train one network together, each on its part of every minibatch.

All processes do the same with the same weights, settings and random numbers; they differ in the sentences
that they read. Then they add up their gradients, so that all make the same update. What they tell each other
goes through gloo, and gradients on GPUs go through NCCL.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist

from postagger.config.device import check_device
from postagger.errors import ConfigError, DeviceError
from postagger.io.launch import Launch, launch
from postagger.training.world import ALONE, Several, World

_connection: Several | None = None
_world: World = ALONE
_thread = 0
_lock = threading.Lock()


def world() -> World:
    """The processes that train together here and now: see `together`."""
    return _world


@contextmanager
def together(device: str) -> Iterator[World]:
    """A context in which this process trains together with the others that a launcher has started, if any.

    On GPUs, torch's current device becomes that of this process, and remains it.

    Args:
        device: ``training.device``.

    Raises:
        ConfigError: the device is one for all, or another thread already trains together with the others.
        DeviceError: there is no GPU for this process.
        LostProcessError: the others can't be reached.
    """
    global _world, _thread
    given = _find()
    if given is None or (_world is not ALONE and _thread == threading.get_ident()):
        yield _world
        return
    if not _lock.acquire(blocking=False):
        raise ConfigError(
            "another thread of this process is training together with the other processes: one at a time"
        )
    try:
        joined = _connected(given)
        joined.use_gpus(choose_gpu(given, device))
        _world, _thread = joined, threading.get_ident()
        yield joined
    finally:
        _world = ALONE
        _lock.release()


def _find() -> Launch | None:
    """What is known of this process and the others; None if there are no others.

    Raises:
        ConfigError: this build of torch can't train in several processes.
    """
    given = launch()
    if not dist.is_available():
        if given is None:
            return None
        raise ConfigError(f"this build of torch can't train in {given.size} processes: leave out torchrun")
    if not dist.is_initialized():
        return given
    rank, size = dist.get_rank(), dist.get_world_size()
    local = (rank, size) if given is None else (given.local_rank, given.local_size)
    return Launch(rank, size, *local) if size > 1 else None


def _connected(given: Launch) -> Several:
    """The connection to the others; it lasts until the process ends, or another one is lost."""
    global _connection
    if _connection is None or _connection.left:
        _connection = Several(given.rank, given.size)
    return _connection


def choose_gpu(given: Launch, device: str) -> bool:
    """Makes one GPU torch's current one, if the training is to be on GPUs; returns whether it is.

    Raises:
        ConfigError: one GPU is named for all processes.
        DeviceError: there is none for this process.
    """
    name = check_device(device)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not count):
        return False
    if ":" in name:
        raise ConfigError(
            f"training.device is {name}, but each of {given.size} processes needs a GPU of its own: set it "
            "to cuda"
        )
    if given.local_rank >= count:
        found = f"only {count} CUDA device(s)" if count else "no CUDA device"
        raise DeviceError(
            f"each of {given.local_size} processes on this machine needs a GPU of its own, but torch finds "
            f"{found}: start fewer (torchrun --nproc-per-node), or set training.device=cpu"
        )
    torch.cuda.set_device(given.local_rank)
    return True
