"""Registries of what users can add: models, optimisers, corpus readers and systems to compare.

Configs and commands refer to registered entries by name. There are three ways to register one:

- a decorator or a call, as in ``@register_model("convolution", ConvolutionConfig)``;
- an entry point of an installed package, as in ``[project.entry-points."postagger.models"]``;
- the path ``package.module:Name`` in place of a name in a config.

The last two import code, so `Registry.find` must only get names from the user's own configs and commands.
For files from others there is `Registry.known`, which never imports anything.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from postagger.errors import ConfigError, brief

T = TypeVar("T")

_PACKAGE = __name__.partition(".")[0]

_registries: list[Registry[Any]] = []
"""All registries, for `modules_to_import`."""

_search_path: list[str] = []
"""Additional folders to search for modules named by a path; see `search_here_too`."""


class Registry(Generic[T]):
    """A mapping from names to entries of one type.

    Args:
        noun: what an entry is called in messages, as in ``model.kind``.
        group: the group of entry points that add to the registry, as in ``postagger.models``.
        entry_type: the class of its entries.
    """

    def __init__(self, noun: str, group: str, entry_type: type[T]) -> None:
        self.noun = noun
        self.group = group
        self._type = entry_type
        self._entries: dict[str, T] = {}
        _registries.append(self)

    def add(self, name: str, entry: T) -> None:
        """Registers an entry. Defining a class or function again, as in a notebook, replaces it.

        Raises:
            ConfigError: the name is taken by something else, or looks like a path.
        """
        if not name or ":" in name:
            raise ConfigError(f"{name!r} can't name a {self.noun}: use a word without a colon")
        existing = self._entries.get(name)
        if existing is not None and not _same(_origin(existing), _origin(entry)):
            raise ConfigError(f"the {self.noun} {name!r} exists already: choose another name")
        self._entries[name] = entry

    def names(self) -> list[str]:
        """The names of all registered entries and of the entry points of installed packages."""
        return list(dict.fromkeys([*self._entries, *(point.name for point in self._entry_points())]))

    def known(self, name: str) -> T | None:
        """Returns an entry if it is registered or its module is already imported; never imports anything."""
        if ":" not in name:
            return self._entries.get(name)
        module_name, _, attribute = name.partition(":")
        module = sys.modules.get(module_name)
        # Not getattr: a module-level __getattr__ may import other modules.
        return None if module is None else self._entry_of(vars(module).get(attribute))

    def find(self, name: str) -> T:
        """Returns an entry, importing its module if necessary.

        Raises:
            ConfigError: there is no such entry, or its module can't be imported.
        """
        found = self.known(name)
        if found is not None:
            return found
        if ":" in name:
            return self._import(name)
        point = next((point for point in self._entry_points() if point.name == name), None)
        if point is None:
            raise ConfigError(
                f"unknown {self.noun} {brief(name)}: {hint(name, self.names())}; one of your own: "
                "import its module first (--import MODULE), or write MODULE:NAME"
            )
        found = self._import(point.value)
        return self._entries.setdefault(name, found)

    def target(self, name: str) -> Any:
        """Returns the class or function of an entry; those of this package are imported only now.

        Raises:
            ConfigError: there is no such entry, or its module can't be imported.
        """
        target = _origin(self.find(name))
        if not isinstance(target, str):
            return target
        module, _, attribute = target.partition(":")
        return getattr(importlib.import_module(module), attribute)

    def entries(self) -> Iterator[tuple[str, T]]:
        """Yields names and entries in the order of their registration."""
        return iter(tuple(self._entries.items()))

    def source(self, name: str) -> str | None:
        """The file that defines an entry from outside the package, since results depend on it; else None."""
        module = str(getattr(_origin(self.find(name)), "__module__", _PACKAGE))
        if module.partition(".")[0] == _PACKAGE:
            return None
        return getattr(sys.modules.get(module), "__file__", None)

    def needed_import(self, name: str) -> str:
        """The module to import so that `known` finds a name, as a phrase if it can't be determined."""
        if ":" in name:
            return name.partition(":")[0]
        point = next((point for point in self._entry_points() if point.name == name), None)
        return f"the module that registers {name!r}" if point is None else point.module

    def load_entry_points(self) -> None:
        """Imports all entry points: installing a package is consent to importing it.

        Raises:
            ConfigError: an entry point can't be imported.
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
            place = f" ({module.__file__})" if getattr(module, "__file__", None) else ""
            what = f"has no such name{place}" if value is None else f"has {value!r} there"
            raise ConfigError(
                f"{path!r} is not a {self.noun}: the module {module_name} {what}; register it as "
                "docs/how-to/extending.md shows"
            )
        return found

    def _entry_of(self, value: Any) -> T | None:
        """Returns the object itself if it is an entry, else the entry registered for it."""
        if isinstance(value, self._type):
            return value
        if value is None:
            return None
        return next((entry for entry in self._entries.values() if _origin(entry) is value), None)


def search_here_too(folder: str) -> None:
    """Adds a folder, searched last, in which modules named by a path ``module:Name`` are found.

    It is for programs that run in the user's folder, such as the command line. ``sys.path`` changes only
    when such a path is imported.
    """
    if folder not in _search_path:
        _search_path.append(folder)


def import_module(name: str) -> Any:
    """Imports a module that registers something.

    Raises:
        ConfigError: the module, or one that it imports, does not exist.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, ValueError, TypeError) as error:  # the last two: an empty or relative name
        raise ConfigError(f"cannot import the module {name!r}: {error}") from error


def modules_to_import() -> list[str]:
    """The modules outside this package with registered entries, which a new process has to import."""
    origins = (_origin(entry) for registry in _registries for _, entry in registry.entries())
    names = dict.fromkeys(str(getattr(origin, "__module__", _PACKAGE)) for origin in origins)
    return [name for name in names if name.partition(".")[0] not in (_PACKAGE, "__main__", "__mp_main__")]


def _origin(entry: Any) -> Any:
    """The class or function that was registered as this entry."""
    return getattr(entry, "target", entry)


def _same(one: Any, other: Any) -> bool:
    """Whether two classes or functions are the same, or come from one definition that was run twice."""
    places = [
        (getattr(each, "__module__", None), getattr(each, "__qualname__", None)) for each in (one, other)
    ]
    return one is other or one == other or (places[0] == places[1] and None not in places[0])


def closest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most like a name, whatever its case; None if none is like it.

    Args:
        cutoff: the least likeness, in 0..1.
    """
    by_case = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name.casefold(), by_case, n=1, cutoff=cutoff)
    return by_case[near[0]] if near else None


def hint(name: str, names: Iterable[str] | Mapping[str, Any]) -> str:
    """Suggests the closest known name, or lists them all: the end of a message about an unknown name."""
    known = list(names)
    near = closest(name, known, cutoff=0.5)
    return f"did you mean {near!r}?" if near is not None else f"choose one of {', '.join(known)}"
