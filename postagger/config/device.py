"""The names of devices. Nothing in this room imports torch."""

from __future__ import annotations

import re
from typing import Any

from postagger.errors import DeviceError, brief

_NAME = re.compile(r"auto|cpu|cuda(:(0|[1-9][0-9]*))?")


def name_of_device(device: Any) -> Any:
    """The name of one of torch's devices; anything else as it is."""
    if type(device).__module__ == "torch" and type(device).__name__ == "device":
        return "cpu" if device.type == "cpu" else str(device)  # not cpu:0
    return device


def check_device(device: object) -> str:
    """The name of a device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``. Whether it is there is not checked.

    Raises:
        DeviceError: it is not the name of a device.
    """
    name = name_of_device(device)
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    meant = f"; did you mean {_meant(name)!r}?" if _meant(name) else ""
    raise DeviceError(f"{brief(name)} is not a device: use auto, cpu, cuda or cuda:N{meant}")


def _meant(name: object) -> str | None:
    """The device that a wrong name probably means."""
    if isinstance(name, int) and not isinstance(name, bool) and name >= 0:
        return f"cuda:{name}"
    lower = str(name).lower()
    return {"gpu": "cuda", "cpu": "cpu"}.get(lower, "cuda" if lower.startswith("cuda") else None)
