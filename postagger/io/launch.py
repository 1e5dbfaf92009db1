"""What a launcher such as torchrun tells each process that it starts; PyTorch is not needed to read it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from postagger.errors import ConfigError, brief
from postagger.io.limits import Limit

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")

PATIENCE = Limit("POSTAGGER_PATIENCE", 600, "seconds")
"""How long a process waits for one that does not answer."""


@dataclass(frozen=True)
class Launch:
    """One of several processes.

    Attributes:
        rank: its number, from 0.
        size: how many there are, at least 2.
        local_rank: its number among those on this machine, from 0.
        local_size: how many there are on this machine.
    """

    rank: int
    size: int
    local_rank: int
    local_size: int


def launch() -> Launch | None:
    """What the environment says; None if this process is on its own.

    Raises:
        ConfigError: it contradicts itself.
    """
    if any(name not in os.environ for name in _VARIABLES):
        return None
    rank, size = _number("RANK", 0), _number("WORLD_SIZE", 1)
    local_rank, local_size = _number("LOCAL_RANK", rank), _number("LOCAL_WORLD_SIZE", size)
    if rank >= size or local_rank >= local_size or local_size > size:
        raise ConfigError(
            f"the environment variables RANK={rank} and WORLD_SIZE={size} (on this machine "
            f"{local_rank} and {local_size}) contradict each other: start the processes with torchrun"
        )
    return Launch(rank, size, local_rank, local_size) if size > 1 else None


def _number(name: str, default: int) -> int:
    given = os.environ.get(name, str(default))
    if not _NUMBER.fullmatch(given):
        raise ConfigError(f"the environment variable {name} is {brief(given)}: expected a whole number")
    return int(given)


def check_alone(what: str) -> None:
    """Checks that this process is on its own, for what can't be done together.

    Args:
        what: the subject of the message.

    Raises:
        ConfigError: it is one of several.
    """
    if (found := launch()) is not None:
        raise ConfigError(
            f"{what} runs in one process, not in {found.size}: start it without torchrun (only train and "
            "pretrain use several)"
        )
