"""Packages whose names are imported when they are first used (PEP 562), so that programs start fast."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
"""As in `typing`, which takes longer to import than all else that ``import postagger`` does."""

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, str], *, needing_torch: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A package's ``__getattr__`` and ``__dir__``.

    Type checkers do not see them: a package that uses them has imports of the same names under
    ``TYPE_CHECKING`` (`tests/test_front_door.py` compares the two).

    Args:
        package: its ``__name__``.
        homes: its modules, each with the names that come from it, separated by blanks.
        needing_torch: those of its modules that import torch at once. Where it is not installed, their names
            raise a `PostaggerError` that says how to install it.
    """
    home_of = {name: module for module, names in homes.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        if home_of[name] in needing_torch:
            from postagger.extras import require_torch

            require_torch(f"{package}.{name} needs")
        value = getattr(import_module(f"{package}.{home_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home_of})

    return get, names
