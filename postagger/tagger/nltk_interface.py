"""NLTK's tagger interface, without importing NLTK until it is needed.

NLTK imports SciPy if it is installed. Together they take a second, nearly as long as torch, and tagging needs
neither. So taggers become virtual subclasses of NLTK's ``TaggerI`` by `abc.ABCMeta.register`: at once if NLTK
is already imported, or else as soon as it is.

The latter needs an entry in ``sys.meta_path`` that waits for the module ``nltk.tag.api``, loads it as usual,
registers our taggers and removes itself. Nothing simpler works: ``issubclass(Tagger, TaggerI)`` calls only
NLTK's class, never ours. (`isinstance` does access our ``__class__``, and a property there could register,
but `issubclass` would be wrong until the first `isinstance`.)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from postagger.corpora import as_sentences

_MODULE = "nltk.tag.api"


def _measure(name: str) -> Callable[..., Any]:
    def measure(self: NltkInterface, gold: Any, *args: Any, **options: Any) -> Any:
        from nltk.tag.api import TaggerI

        sentences = gold if name.startswith("_") else as_sentences(gold)
        return getattr(TaggerI, name)(self, sentences, *args, **options)

    measure.__name__ = name
    measure.__doc__ = f"NLTK's ``TaggerI.{name}``."
    return measure


class NltkInterface:
    """A virtual subclass of ``nltk.tag.api.TaggerI``, with its measures, as soon as NLTK is imported."""

    evaluate = _measure("evaluate")
    confusion = _measure("confusion")
    recall = _measure("recall")
    precision = _measure("precision")
    f_measure = _measure("f_measure")
    evaluate_per_tag = _measure("evaluate_per_tag")
    _confusion_cached = _measure("_confusion_cached")


class _Loader(Loader):
    """Loads NLTK's module with its original loader, then registers our taggers."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._original.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        # Restores the attributes of the original loader.
        module.__loader__ = self._original
        if module.__spec__ is not None:
            module.__spec__.loader = self._original
        self._original.exec_module(module)
        module.TaggerI.register(NltkInterface)
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]


class _Finder(MetaPathFinder):
    """Finds NLTK's module with the other finders, and ignores all other modules."""

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
