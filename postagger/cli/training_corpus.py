"""The corpus of a command that trains, as an argument beside the config."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from postagger.cli.parser import Parser
from postagger.errors import ConfigError
from postagger.io import check_name

_SETTING = re.compile(r"[a-z]+\.\w+=")
_SETTINGS = ("corpus.name=", "corpus.train=", "corpus.dev=", "corpus.test=")


def add_corpus(parser: Parser) -> None:
    parser.add_argument(
        "corpus",
        metavar="CORPUS",
        nargs="?",
        help="what to learn from: a corpus by name (treebank, brown, sample ...), or a file, which is split "
        "into train, dev and test (default: as the config says; corpus.name)",
    )


def corpus_override(options: argparse.Namespace) -> list[str]:
    """The override that the argument CORPUS stands for, if it is given.

    Raises:
        ConfigError: a corpus is named by --set too, or the name is impossible.
    """
    if options.corpus is None:
        return []
    if _SETTING.match(options.corpus) and not Path(options.corpus).exists():
        raise ConfigError(f"settings follow --set: --set {options.corpus}")
    other = next((given for given in options.set if given.startswith(_SETTINGS)), None)
    if other is not None:
        raise ConfigError(f"{options.corpus} and {other} name a corpus each: leave one of them out")
    check_name(options.corpus)
    return [f"corpus.name={json.dumps(options.corpus, ensure_ascii=False)}"]
