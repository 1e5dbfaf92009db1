#!/usr/bin/env python3
"""Prints the site's page about the command line in Markdown: every command and option, from the parser.

Example:
    python scripts/document_commands.py
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from postagger.cli.main import _GROUPS, _name, _parser


def document() -> str:
    """All commands in their groups, each with its usage, an example, its arguments and its options."""
    commands = subcommands(_parser())
    lines: list[str] = []
    for title, modules in _GROUPS.items():
        lines += [f"## {title}", ""]
        for module in modules:
            lines += _command(commands[_name(module)])
    return "\n".join(lines)


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parser of each command by its name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _command(parser: argparse.ArgumentParser) -> Iterator[str]:
    usage = (parser.usage or "").replace("%(prog)s", parser.prog)
    yield from (f"### {parser.prog}", "", parser.description or "", "")
    yield from (
        "```text",
        usage,
        "```",
        "",
        "For example:",
        "",
        "```text",
        vars(parser)["example"],
        "```",
        "",
    )
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    for title, members in (
        ("Arguments", [action for action in actions if not action.option_strings]),
        ("Options", [action for action in actions if action.option_strings]),
    ):
        if members:
            yield from (f"{title}:", "", *map(_entry, members))


def _entry(action: argparse.Action) -> str:
    """A name and its meaning, as a list of definitions."""
    value = "" if action.nargs == 0 else _value(action)
    names = [f"{name} {value}".strip() for name in action.option_strings] or [value]
    shown = ", ".join(f"`{name}`" for name in names)
    meaning = (action.help or "") % {"default": action.default, "prog": "postagger"}
    return f"{shown}\n:   {escaped(meaning)}\n"


def _value(action: argparse.Action) -> str:
    """What follows an option, as in the usage: ``N``, ``FILE [FILE ...]``, ``cpu,cuda``."""
    name = str(
        action.metavar or (",".join(map(str, action.choices)) if action.choices else action.dest.upper())
    )
    return {"+": f"{name} [{name} ...]", "*": f"[{name} ...]", "?": f"[{name}]"}.get(str(action.nargs), name)


def escaped(text: str) -> str:
    """Text that looks in Markdown as it looks in the terminal."""
    return re.sub(r"([\\`*_\[\]])", r"\\\1", text).replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    print(document(), end="")
