"""Names for what can be added from outside: models, optimisers, corpus readers, systems to compare.

Whatever a registry holds can be named in a config or on the command line. There are three ways in:

- a decorator or a call, as in ``@register_model("convolution", ConvolutionConfig)``;
- an entry point of an installed package, as in ``[project.entry-points."postagger.models"]``;
- the path ``package.module:Name`` itself, where a config names it.

The last two import code, so only a user's own words may lead to them: `Registry.find` is for configs and
commands. A file from somebody else is read with `Registry.known`, which never imports anything.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from postagger.errors import ConfigError

T = TypeVar("T")

_PACKAGE = __name__.partition(".")[0]

_registries: list[Registry[Any]] = []
"""All of them, for `modules_to_import`."""

_search_path: list[str] = []
"""Folders in which modules named by a path are looked for too; see `search_here_too`."""


class Registry(Generic[T]):
    """Entries of one type by their names.

    Args:
        noun: what an entry is, for messages: ``model kind``.
        group: the entry points that add to it, as in ``postagger.models``.
        entry_type: the class of its entries.
    """

    def __init__(self, noun: str, group: str, entry_type: type[T]) -> None:
        self.noun = noun
        self.group = group
        self._type = entry_type
        self._entries: dict[str, T] = {}
        _registries.append(self)

    def add(self, name: str, entry: T) -> None:
        """Makes an entry known. A class or function that is defined anew replaces the one before it.

        Raises:
            ConfigError: the name is taken by something else, or can't be told from a path.
        """
        if not name or ":" in name:
            raise ConfigError(f"{name!r} can't name a {self.noun}: use a word without a colon")
        there = self._entries.get(name)
        if there is not None and not _same(_origin(there), _origin(entry)):
            raise ConfigError(f"the {self.noun} {name!r} exists already: choose another name")
        self._entries[name] = entry

    def names(self) -> list[str]:
        """All names that can be used now: what is registered, and what installed packages offer."""
        return list(dict.fromkeys([*self._entries, *(point.name for point in self._entry_points())]))

    def known(self, name: str) -> T | None:
        """The entry of this name if it is registered or its module is imported; nothing is imported."""
        if ":" not in name:
            return self._entries.get(name)
        module_name, _, attribute = name.partition(":")
        module = sys.modules.get(module_name)
        # Not getattr: a module may import others when it is asked for a name.
        return None if module is None else self._entry_of(vars(module).get(attribute))

    def find(self, name: str) -> T:
        """The entry of this name, imported if need be.

        Raises:
            ConfigError: there is none, or its module can't be imported.
        """
        found = self.known(name)
        if found is not None:
            return found
        if ":" in name:
            return self._import(name)
        point = next((point for point in self._entry_points() if point.name == name), None)
        if point is None:
            raise ConfigError(f"unknown {self.noun} {name!r}: {hint(name, self.names())}")
        found = self._import(point.value)
        return self._entries.setdefault(name, found)

    def entries(self) -> Iterator[tuple[str, T]]:
        """What is registered, by name, in the order in which it was."""
        return iter(tuple(self._entries.items()))

    def source(self, name: str) -> str | None:
        """The file of the module that defines an entry from outside the package: figures rest on it."""
        module = str(getattr(_origin(self.find(name)), "__module__", _PACKAGE))
        if module.partition(".")[0] == _PACKAGE:
            return None
        return getattr(sys.modules.get(module), "__file__", None)

    def needed_import(self, name: str) -> str:
        """What to import before `known` knows a name: a module, as far as can be told."""
        if ":" in name:
            return name.partition(":")[0]
        point = next((point for point in self._entry_points() if point.name == name), None)
        return f"the module that registers {name!r}" if point is None else point.module

    def load_entry_points(self) -> None:
        """Imports what installed packages offer: whoever installs one has asked for it.

        Raises:
            ConfigError: one can't be imported.
        """
        for point in self._entry_points():
            self.find(point.name)

    def _entry_points(self) -> Iterable[EntryPoint]:
        return entry_points(group=self.group)

    def _import(self, path: str) -> T:
        module_name, _, attribute = path.partition(":")
        sys.path += [folder for folder in _search_path if folder not in sys.path]
        try:
            module = import_module(module_name)
        except ConfigError as error:
            raise ConfigError(f"{self.noun} = {path!r}: {error}") from error
        value = getattr(module, attribute, None)
        found = self._entry_of(value)
        if found is None:
            what = "has no such name" if value is None else f"has {value!r} there"
            raise ConfigError(
                f"{path!r} is not a {self.noun}: the module {module_name} {what}; register it as "
                "docs/extending.md shows"
            )
        return found

    def _entry_of(self, value: Any) -> T | None:
        """The entry that an object is, or that was registered for it."""
        if isinstance(value, self._type):
            return value
        if value is None:
            return None
        return next((entry for entry in self._entries.values() if _origin(entry) is value), None)


def search_here_too(folder: str) -> None:
    """Lets a path ``module:Name`` name a module in this folder, which is searched last, when there is such a path.

    For programs that run where the user's files are, such as the command line.
    """
    if folder not in _search_path:
        _search_path.append(folder)


def import_module(name: str) -> Any:
    """Imports a module that registers something.

    Raises:
        ConfigError: it is not there, or what it imports is not.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, ValueError, TypeError) as error:  # the last two: an empty or relative name
        raise ConfigError(f"cannot import the module {name!r}: {error}") from error


def modules_to_import() -> list[str]:
    """The modules outside this package that have registered something: a new process has to import them too."""
    origins = (_origin(entry) for registry in _registries for _, entry in registry.entries())
    names = dict.fromkeys(str(getattr(origin, "__module__", _PACKAGE)) for origin in origins)
    return [name for name in names if name.partition(".")[0] not in (_PACKAGE, "__main__", "__mp_main__")]


def _origin(entry: Any) -> Any:
    """What was registered: the class or function of an entry."""
    return getattr(entry, "target", entry)


def _same(one: Any, other: Any) -> bool:
    """Whether two classes or functions are one, or one definition that was run twice."""
    places = [
        (getattr(each, "__module__", None), getattr(each, "__qualname__", None)) for each in (one, other)
    ]
    return one is other or one == other or (places[0] == places[1] and None not in places[0])


def hint(name: str, names: Iterable[str] | Mapping[str, Any]) -> str:
    """The nearest of some names, or all of them: the end of a message about an unknown one."""
    known = list(names)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
