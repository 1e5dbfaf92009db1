"""How large an installation is: the files of a distribution and of all that it needs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import postagger

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OWN = "postagkit"
INSTALLATIONS = (
    (OWN,),
    (OWN, "postagkit-native"),
    (f"{OWN}[train]",),
    ("nltk", "python-crfsuite"),
    ("ufal.udpipe",),
    ("spacy",),
)
"""Each is what a user asks pip for; data and models are not included."""


def needed(wanted: Iterable[str]) -> set[str]:
    """The names of all distributions that pip would install.

    Args:
        wanted: requirements, with extras if need be.

    Raises:
        PackageNotFoundError: one is not installed here, or has no such extra.
        ModuleNotFoundError: the package packaging, which understands requirements, is not installed.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    left = [Requirement(text) for text in wanted]
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        metadata = distribution(name)
        offered = metadata.metadata.get_all("Provides-Extra") or []
        found.add(name)
        for extra in ["", *requirement.extras]:
            if extra and extra not in offered:
                raise PackageNotFoundError(f"{name}[{extra}]")
            if (name, extra) not in seen:
                seen.add((name, extra))
                left += [each for each in map(Requirement, metadata.requires or []) if _applies(each, extra)]
    return found


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def size(name: str) -> int:
    """Bytes of a distribution's files. Our own may be installed as a link to its source, which is counted."""
    if name == OWN:
        folder = Path(postagger.__file__).parent
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    files = [Path(str(file.locate())) for file in distribution(name).files or []]
    return sum(file.stat().st_size for file in files if file.is_file())


def installation(wanted: Iterable[str]) -> tuple[int, float]:
    """The number of distributions and MB of an installation; otherwise as `needed`."""
    names = needed(wanted)
    return len(names), sum(map(size, names)) / 1e6
