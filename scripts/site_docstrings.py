"""Prepares docstrings for the site; an extension of Griffe, which mkdocstrings reads the package with.

Our docstrings describe parameters together where one sentence holds for all of them, as in
``begins, ends: whether the sentence begins or ends here``; mkdocstrings expects one by one. And they name
what is public in backticks, `Tagger.tag`, of which the site makes links.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

import postagger

_SECTION = re.compile(r"(Args|Attributes):")
_TOGETHER = re.compile(r"(\s+)(\w+(?:, \w+)+)(: .*)")
_LENGTH = re.compile(r"\(Its length is [^)]*\)\s?")
"""A reason for those who read the code."""
_PAGE = re.compile(r"(`?)docs/([\w/-]+)\.md(#[\w-]+)?\1")
_NAME = re.compile(r"(?<![`\[])`(?:postagger\.)?(\w+)(?:\.(\w+))?`(?!`)")


class Docstrings(griffe.Extension):
    """Rewrites each docstring once, when its object is complete."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            text = "\n".join(one_by_one(obj.docstring.value.splitlines()))
            obj.docstring.value = pages_linked(_LENGTH.sub("", text))

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """When all is read: it is known only now what a name belongs to."""
        for name in postagger.__all__:
            member = pkg[name]
            thing = member.final_target if member.is_alias else member
            self._link(thing, pkg, thing)
            for other in thing.all_members.values() if thing.is_class else ():
                self._link(other.final_target if other.is_alias else other, pkg, thing)

    def _link(self, obj: griffe.Object, package: griffe.Module, home: griffe.Object) -> None:
        if obj.docstring is not None and not obj.name.startswith("_"):
            obj.docstring.value = linked(obj.docstring.value, package, home)


def pages_linked(text: str) -> str:
    """Text in which names of pages, with or without backticks, are links from a page of the reference."""
    return _PAGE.sub(r"[\2](../../\2.md\3)", text)


def one_by_one(lines: list[str]) -> list[str]:
    """The lines of a docstring; parameters that are described together have a description each."""
    done: list[str] = []
    within = False
    for number, line in enumerate(lines):
        if line and not line.startswith(" "):
            within = _SECTION.fullmatch(line) is not None
        found = _TOGETHER.fullmatch(line) if within else None
        if found is None:
            done.append(line)
            continue
        blanks, names, text = found.groups()
        more = []
        for following in lines[number + 1 :]:
            if not following.startswith(f"{blanks} "):
                break
            more.append(following)
        *first, last = names.split(", ")
        for name in first:
            done += [f"{blanks}{name}{text}", *more]
        done.append(f"{blanks}{last}{text}")
    return done


def linked(text: str, package: griffe.Module, home: griffe.Object) -> str:
    """Text in which public names, and names of the members of the class at home, are links."""

    def link(found: re.Match[str]) -> str:
        name, member = found.groups()
        if (
            name in postagger.__all__
            and name != home.name
            and (member is None or _shown(package[name], member))
        ):
            return f"[{found[0]}][{'.'.join(filter(None, ('postagger', name, member)))}]"
        if member is None and _shown(home, name) and home.all_members[name].is_function:
            return f"[{found[0]}][postagger.{home.name}.{name}]"
        return found[0]

    return _NAME.sub(link, text)


def _shown(thing: griffe.Object | griffe.Alias, member: str) -> bool:
    """Whether the site shows this member of a class."""
    if member.startswith("_") or not thing.is_class or member not in thing.all_members:
        return False
    has_docstring: bool = thing.all_members[member].has_docstring
    return has_docstring
