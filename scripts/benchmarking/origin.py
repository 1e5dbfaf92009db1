"""What the figures depend on: the machine and the versions."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarking.ours import instruction_sets
from postagger import __version__

_FLAGS = ("avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_int8")
_PACKAGES = ("numpy", "torch", "nltk", "python-crfsuite", "ufal.udpipe", "fastnltk", "spacy")


def machine() -> str:
    """The processor and those of its instruction sets that matter here."""
    name, flags = _processor()
    own = ", ".join(instruction_sets()) or "none"
    found = ", ".join(flag for flag in _FLAGS if flag in flags) or "unknown"
    return f"{name} ({found}; the kernel has {own})"


def _processor() -> tuple[str, set[str]]:
    """The name, with the family and model that tell processors of the same name apart, and the flags."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    name = found.get("model name") or platform.processor() or platform.machine()
    number = f", family {found['cpu family']}, model {found['model']}" if "cpu family" in found else ""
    return name + number, set(found.get("flags", "").split())


def versions() -> str:
    """Python's version, ours, and those of the packages that are compared."""
    kernel = _version("postagkit-native")
    parts = [
        f"postagger {__version__} ({f'kernel {kernel}' if kernel else 'no kernel'})",
        f"Python {platform.python_version()}",
    ]
    parts += [f"{name} {found}" for name in _PACKAGES if (found := _version(name))]
    return ", ".join(parts)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
