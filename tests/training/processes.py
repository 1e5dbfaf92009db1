"""Several processes that train together, started as a launcher does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

dist = pytest.importorskip("torch.distributed", reason="this build of torch has no torch.distributed")

PATIENCE = 120
"""Seconds after which a test gives up."""


class Ended(NamedTuple):
    """The end of a process."""

    status: int
    stdout: str
    stderr: str


class Process(subprocess.Popen[str]):
    """One of the processes; it keeps the store where they find each other: the launcher's, as torchrun's."""

    store: Any


def start(size: int, arguments: Sequence[str | Path], **environment: str) -> list[Process]:
    """Starts Python with the arguments in some processes, with what torchrun tells each of them.

    With ``**store_of_the_first()``, with what other launchers do.
    """
    store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)  # at a port that is free
    common = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "OMP_NUM_THREADS": "1",
        **environment,
    }
    processes = []
    for rank in range(size):
        ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size}
        process = Process(
            [sys.executable, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | common | {name: str(value) for name, value in ranks.items()},
        )
        process.store = store
        processes.append(process)
    return processes


def store_of_the_first() -> dict[str, str]:
    """Variables for processes that find each other at a store of the first one's, at a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return {"MASTER_PORT": str(probe.getsockname()[1]), "TORCHELASTIC_USE_AGENT_STORE": "False"}


def ends(processes: Sequence[Process]) -> list[Ended]:
    """Waits for processes to end."""
    try:
        outputs = [each.communicate(timeout=PATIENCE) for each in processes]
    finally:
        for each in processes:
            each.kill()
    return [Ended(each.returncode, *output) for each, output in zip(processes, outputs, strict=True)]
