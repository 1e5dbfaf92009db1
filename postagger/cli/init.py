from __future__ import annotations

import argparse

from postagger.cli.parser import Parser

EXAMPLE = "postagger init lstm > my.toml"


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="a shipped config (default: list all of them)"
    )


def run(options: argparse.Namespace) -> None:
    """Print a config to start from, with every setting explained."""
    from postagger.config.presets import preset_names
    from postagger.config.template import describe, template

    if options.name is not None:
        print(template(options.name), end="")
        return
    for name in preset_names():
        print(f"{name:21} {describe(name)}")
