from __future__ import annotations

import argparse

from postagger.cli.parser import Parser

EXAMPLE = "postagger download treebank universal_tagset"


def add_options(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="+", help="an NLTK data package")


def run(options: argparse.Namespace) -> None:
    """Download NLTK corpora into data/."""
    from postagger.corpora import download as fetch

    fetch(options.name)
