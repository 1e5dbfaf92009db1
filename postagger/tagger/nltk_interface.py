"""NLTK's interface of taggers, with no import of NLTK before somebody asks for it.

NLTK imports SciPy where it is installed. The two take a second, nearly as long as torch does, and who only
tags needs neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def _measure(name: str) -> Callable[..., Any]:
    def measure(self: NltkInterface, *args: Any, **options: Any) -> Any:
        from nltk.tag.api import TaggerI

        return getattr(TaggerI, name)(self, *args, **options)

    measure.__name__ = name
    measure.__doc__ = f"NLTK's ``TaggerI.{name}``."
    return measure


class NltkInterface:
    """An ``nltk.tag.api.TaggerI``, with its measures.

    It is a virtual subclass of NLTK's (`abc.ABCMeta.register`), registered when somebody who has imported
    NLTK asks what a tagger is an instance of: `isinstance` always finds it.
    """

    @property  # type: ignore[misc]  # of any object
    def __class__(self) -> type:
        """What `isinstance` asks for."""
        register()
        return type(self)

    evaluate = _measure("evaluate")
    confusion = _measure("confusion")
    recall = _measure("recall")
    precision = _measure("precision")
    f_measure = _measure("f_measure")
    evaluate_per_tag = _measure("evaluate_per_tag")
    _confusion_cached = _measure("_confusion_cached")


def register() -> None:
    """Makes our taggers NLTK's, if somebody has imported those."""
    interface = getattr(sys.modules.get("nltk.tag.api"), "TaggerI", None)
    if interface is not None and not issubclass(NltkInterface, interface):
        interface.register(NltkInterface)


register()
