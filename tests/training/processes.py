"""Several processes that train together, started as a launcher does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("torch.distributed", reason="this build of torch has no torch.distributed")

PATIENCE = 120
"""Seconds after which a test gives up."""


class Ended(NamedTuple):
    """The end of a process."""

    status: int
    stdout: str
    stderr: str


def start(size: int, arguments: Sequence[str | Path], **environment: str) -> list[subprocess.Popen[str]]:
    """Starts Python with the arguments in some processes, with what torchrun tells each of them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1", **environment}
    return [
        subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | common | ranks,
        )
        for ranks in (
            {
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(size),
                "LOCAL_WORLD_SIZE": str(size),
            }
            for rank in range(size)
        )
    ]


def ends(processes: Sequence[subprocess.Popen[str]]) -> list[Ended]:
    """Waits for processes to end."""
    try:
        outputs = [each.communicate(timeout=PATIENCE) for each in processes]
    finally:
        for each in processes:
            each.kill()
    return [Ended(each.returncode, *output) for each, output in zip(processes, outputs, strict=True)]
