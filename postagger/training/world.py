"""What the processes that train together tell each other, and what each does differently from the others."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.rendezvous import rendezvous

from postagger.batches import Batch
from postagger.errors import ConfigError, PostaggerError, one_line
from postagger.io.launch import PATIENCE
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


class LostProcessError(PostaggerError):
    """Another process has ended, or does not answer."""


class Several(World):
    """More than one process, connected by torch.distributed.

    Attributes:
        left: whether the connection has ended.
    """

    def __init__(self, rank: int, size: int) -> None:
        """Connects to the others."""
        self.rank, self.size = rank, size
        self.left = False
        self._patience = timedelta(seconds=PATIENCE.value)
        self._gpus: Any = None
        self._started = not dist.is_initialized()
        with self._losses_told():
            if self._started:
                store, *_ = next(rendezvous("env://", timeout=self._patience))
                # torchrun's store still has the addresses of processes that it has started again.
                attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
                store = dist.PrefixStore(attempt, store)  # type: ignore[attr-defined]
                dist.init_process_group(
                    "gloo", store=store, rank=rank, world_size=size, timeout=self._patience
                )
                self._group: Any = dist.group.WORLD
            else:  # somebody else has, perhaps with NCCL alone
                self._group = dist.new_group(backend="gloo", timeout=self._patience)
        self._data = self._group
        atexit.register(self.leave)

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
            self.leave(lost=True)
            # Without the place in gloo's source, and without its advice.
            why = re.sub(r"^\[\S+\]\s*", "", one_line(error)).partition(". ")[0].rstrip(".")
            raise LostProcessError(
                f"another of the {self.size} processes has ended or does not answer ({why}): its own message "
                "says why; start all of them again (with --resume, to go on from the last checkpoint)"
            ) from None

    def leave(self, *, lost: bool = False) -> None:
        """Ends the connection, without waiting for the others.

        Args:
            lost: whether one of them can't be reached.
        """
        ours, self.left = self._started and not self.left, True
        would_wait = lost and self._gpus is not None  # NCCL, for the lost one
        # A group that nobody refers to joins its threads. Threads that outlive Python would abort it.
        self._group = self._data = self._gpus = None
        if ours and dist.is_initialized() and not would_wait:
            dist.destroy_process_group()

    def part(self, batch: Batch) -> Part:
        return part_of(batch, self.rank, self.size)

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
