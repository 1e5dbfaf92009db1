"""Names for what can be added from outside: models, optimisers, corpus readers.

Whatever a registry holds can be named in a config. There are three ways in:

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
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from postagger.errors import ConfigError

T = TypeVar("T")


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

    def add(self, name: str, entry: T) -> None:
        """Makes an entry known. The same module imported again replaces its own entries.

        Raises:
            ConfigError: the name is taken by something else, or can't be told from a path.
        """
        if not name or ":" in name:
            raise ConfigError(f"{name!r} can't name a {self.noun}: use a word without a colon")
        there = self._entries.get(name)
        if there is not None and _origin(there) != _origin(entry):
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
        return None if module is None else self._entry_of(getattr(module, attribute, None))

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
        self._entries.setdefault(name, found)
        return found

    def needed_import(self, name: str) -> str:
        """What to import before `known` knows a name: a module, as far as can be told."""
        if ":" in name:
            return name.partition(":")[0]
        point = next((point for point in self._entry_points() if point.name == name), None)
        return f"the module that registers {name!r}" if point is None else point.module

    def load_entry_points(self) -> None:
        """Imports what installed packages offer; a user who installs one has asked for it."""
        for point in self._entry_points():
            self.find(point.name)

    def _entry_points(self) -> Iterable[EntryPoint]:
        return entry_points(group=self.group)

    def _import(self, path: str) -> T:
        module_name, _, attribute = path.partition(":")
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            raise ConfigError(f"cannot import the {self.noun} {path!r}: {error}") from error
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


def _origin(entry: Any) -> Any:
    """What was registered: the class or function of an entry."""
    return getattr(entry, "target", entry)


def hint(name: str, names: Iterable[str] | Mapping[str, Any]) -> str:
    """The nearest of some names, or all of them: the end of a message about an unknown one."""
    known = list(names)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
