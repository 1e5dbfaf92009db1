"""Several processes that train one network together, each on its part of every minibatch.

All processes do the same with the same weights, settings and random numbers. They differ in the sentences
that they read and in the dropout that they draw for these. Then they add up their gradients, so that all make
the same update. What they tell each other goes through gloo, and gradients on GPUs go through NCCL.
"""

from __future__ import annotations

import atexit
import hashlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from postagger.batches import Batch
from postagger.config.device import check_device
from postagger.errors import ConfigError, DeviceError, PostaggerError, one_line
from postagger.io.launch import PATIENCE, Launch, launch
from postagger.random_numbers import own_random_numbers, states
from postagger.training.parts import Part, part_of


class World:
    """The processes that train together; this class is the world of a process on its own.

    All processes call the same methods in the same order.

    Attributes:
        rank: the number of this process, from 0; the first one writes and reports for all.
        size: the number of processes.
    """

    rank = 0
    size = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def part(self, batch: Batch) -> Part:
        """What this process trains on."""
        return Part(batch)

    def own_random_numbers(self, sentences: Tensor) -> AbstractContextManager[None]:  # noqa: ARG002
        """A context in which this process draws other random numbers than the others.

        Args:
            sentences: those of the minibatch, which are other ones each time.
        """
        return nullcontext()

    def first(self, *numbers: int) -> tuple[int, ...]:
        """The numbers that the first process gives; the others wait for it."""
        return numbers

    def largest(self, *numbers: int) -> tuple[int, ...]:
        """The largest that any process gives, number by number."""
        return numbers

    def total(self, *numbers: int) -> tuple[int, ...]:
        """The sums over all processes."""
        return numbers

    def any(self, flags: Tensor) -> Tensor:
        """Whether any process has set each flag: ``(flags,)`` bool, on the CPU, to the same."""
        return flags

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Replaces tensors of floats, all on the device of the training, by their sums over all processes."""

    def copy_first(self, tensors: Sequence[Tensor]) -> None:
        """Replaces tensors, all on the device of the training, by those of the first process."""

    def check_same(self, facts: Mapping[str, str]) -> None:
        """Checks that all processes have the same facts, given by their names in an error message.

        Raises:
            ConfigError: they have not.
        """


ALONE = World()

_connection: _Several | None = None
_world = ALONE
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


def _connected(given: Launch) -> _Several:
    """The connection to the others; it lasts until the process ends, or another one is lost."""
    global _connection
    if _connection is None:
        _connection = _Several(given)
        atexit.register(_disconnect)
    return _connection


def _disconnect() -> None:
    global _connection
    if _connection is not None:
        _connection.leave()
    _connection = None


class LostProcessError(PostaggerError):
    """Another process has ended, or does not answer."""


class _Several(World):
    """More than one process, connected by torch.distributed."""

    def __init__(self, given: Launch) -> None:
        """Connects to the others."""
        self.rank, self.size = given.rank, given.size
        self._lost = False
        self._patience = timedelta(seconds=PATIENCE.value)
        self._started = not dist.is_initialized()
        with self._losses_told():
            if self._started:
                dist.init_process_group("gloo", timeout=self._patience)
                self._group: Any = dist.group.WORLD
            else:  # somebody else has, perhaps with NCCL alone
                self._group = dist.new_group(backend="gloo", timeout=self._patience)
        self._data = self._group
        self._gpus: Any = None

    def use_gpus(self, on_gpus: bool) -> None:
        """Says where the weights and gradients are.

        Raises:
            ConfigError: not at the same place in all processes.
        """
        self.check_same({"kind of device": str(on_gpus), "version of torch": torch.__version__})
        if on_gpus and self._gpus is None:
            with self._losses_told():
                self._gpus = dist.new_group(backend="nccl", timeout=self._patience)
        self._data = self._gpus if on_gpus else self._group

    @contextmanager
    def _losses_told(self) -> Iterator[None]:
        """
        Raises:
            LostProcessError: torch could not reach another process.
        """
        try:
            yield
        except (RuntimeError, OSError) as error:
            self._lost = True
            _disconnect()
            # Without the place in gloo's source, and without its advice.
            why = re.sub(r"^\[\S+\]\s*", "", one_line(error)).partition(". ")[0].rstrip(".")
            raise LostProcessError(
                f"another of the {self.size} processes has ended or does not answer ({why}): its own message "
                "says why; start all of them again (with --resume, to go on from the last checkpoint)"
            ) from None

    def leave(self) -> None:
        """Ends the connection, without waiting for the others."""
        if self._started and not (self._lost and self._gpus):  # NCCL might wait for the lost one
            dist.destroy_process_group()

    def part(self, batch: Batch) -> Part:
        return part_of(batch, self.rank, self.size)

    def own_random_numbers(self, sentences: Tensor) -> AbstractContextManager[None]:
        # The common generators are in the same state everywhere, and stay so: nothing else has to be saved.
        found = states()
        digest = hashlib.sha256(self.rank.to_bytes(8))
        for each in (*found.values(), sentences):
            digest.update(each.cpu().numpy().tobytes())
        devices = [kind for kind in found if kind != "cpu"]
        return own_random_numbers(int.from_bytes(digest.digest()[:4]), *devices)

    def first(self, *numbers: int) -> tuple[int, ...]:
        given = torch.tensor(numbers, dtype=torch.long)
        with self._losses_told():
            dist.broadcast(given, 0, group=self._group)
        return tuple(given.tolist())

    def largest(self, *numbers: int) -> tuple[int, ...]:
        return self._reduced(torch.tensor(numbers), dist.ReduceOp.MAX)

    def total(self, *numbers: int) -> tuple[int, ...]:
        return self._reduced(torch.tensor(numbers), dist.ReduceOp.SUM)

    def _reduced(self, numbers: Tensor, operation: Any) -> tuple[int, ...]:
        with self._losses_told():
            dist.all_reduce(numbers, operation, group=self._group)
        return tuple(numbers.tolist())

    def any(self, flags: Tensor) -> Tensor:
        found = flags.to(torch.uint8)
        with self._losses_told():
            dist.all_reduce(found, dist.ReduceOp.MAX, group=self._group)
        return found.bool()

    @torch.no_grad()
    def add(self, tensors: Sequence[Tensor]) -> None:
        flat = torch.cat([each.reshape(-1) for each in tensors])
        with self._losses_told():
            dist.all_reduce(flat, group=self._data)
        _unpack(flat, tensors)

    @torch.no_grad()
    def copy_first(self, tensors: Sequence[Tensor]) -> None:
        if not tensors:
            return
        flat = torch.cat([each.detach().reshape(-1).view(torch.uint8) for each in tensors])
        with self._losses_told():
            dist.broadcast(flat, 0, group=self._data)
        sizes = [each.numel() * each.element_size() for each in tensors]
        for each, part in zip(tensors, flat.split(sizes), strict=True):
            each.copy_(part.clone().view(each.dtype).view_as(each))

    def check_same(self, facts: Mapping[str, str]) -> None:
        own = [bytearray(hashlib.sha256(each.encode()).digest()) for each in facts.values()]
        given = torch.stack([torch.frombuffer(each, dtype=torch.uint8) for each in own])  # (facts, 32)
        found = [torch.empty_like(given) for _ in range(self.size)]
        with self._losses_told():
            dist.all_gather(found, given, group=self._group)
        for number, each in enumerate(found[1:], 2):
            if not torch.equal(each, found[0]):
                same = each.eq(found[0]).all(1).tolist()
                names = [name for name, equal in zip(facts, same, strict=True) if not equal]
                raise ConfigError(
                    f"process {number} of {self.size} has another {' and '.join(names)} than the first one: "
                    "all of them need the same config, data, versions and number of threads, and must see "
                    "the same folders"
                )


def _unpack(flat: Tensor, tensors: Sequence[Tensor]) -> None:
    for each, part in zip(tensors, flat.split([each.numel() for each in tensors]), strict=True):
        each.copy_(part.view_as(each))


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
