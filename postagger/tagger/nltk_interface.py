"""NLTK's interface of taggers, with no import of NLTK before somebody asks for it.

NLTK imports SciPy where it is installed. The two take a second, nearly as long as torch does, and who only
tags needs neither. So our taggers become NLTK's by `abc.ABCMeta.register`: at once where NLTK is imported
already, else as soon as it is.

The second takes an entry in ``sys.meta_path``, which waits for one module, ``nltk.tag.api``, runs it as ever,
registers our taggers and takes itself away. Nothing lighter will do: ``issubclass(Tagger, TaggerI)`` asks
NLTK's class alone, and ``abc`` never looks at ours. (`isinstance` does look, at ``__class__``; a property there
could register, but then `issubclass` was wrong until the first `isinstance`.)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_MODULE = "nltk.tag.api"


def _measure(name: str) -> Callable[..., Any]:
    def measure(self: NltkInterface, *args: Any, **options: Any) -> Any:
        from nltk.tag.api import TaggerI

        return getattr(TaggerI, name)(self, *args, **options)

    measure.__name__ = name
    measure.__doc__ = f"NLTK's ``TaggerI.{name}``."
    return measure


class NltkInterface:
    """An ``nltk.tag.api.TaggerI``, with its measures: a virtual subclass as soon as NLTK is imported."""

    evaluate = _measure("evaluate")
    confusion = _measure("confusion")
    recall = _measure("recall")
    precision = _measure("precision")
    f_measure = _measure("f_measure")
    evaluate_per_tag = _measure("evaluate_per_tag")
    _confusion_cached = _measure("_confusion_cached")


class _Loader(Loader):
    """Loads NLTK's module by the loader that found it, and registers our taggers then."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._own.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        # From here on the module looks as if we had not been there.
        module.__loader__ = self._own
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        self._own.exec_module(module)
        module.TaggerI.register(NltkInterface)
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]


class _Finder(MetaPathFinder):
    """Finds NLTK's module with the finders that are there anyway; all others are none of its business."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _MODULE:
            return None
        others = (finder for finder in list(sys.meta_path) if not isinstance(finder, _Finder))
        found = (
            finder.find_spec(fullname, path, target) for finder in others if hasattr(finder, "find_spec")
        )
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader)
        return spec


if hasattr(sys.modules.get(_MODULE), "TaggerI"):
    sys.modules[_MODULE].TaggerI.register(NltkInterface)
else:
    sys.meta_path.insert(0, _Finder())
