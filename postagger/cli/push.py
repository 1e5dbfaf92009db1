from __future__ import annotations

import argparse
from pathlib import Path

from postagger.cli.card import add_facts, facts, load
from postagger.cli.output import say, show
from postagger.cli.parser import Parser, add_model
from postagger.errors import DataError
from postagger.extras import require

EXAMPLE = "postagger push runs/lstm.safetensors user/name --private --language en"


def add_options(parser: Parser) -> None:
    add_model(parser)
    parser.add_argument("repo", metavar="USER/NAME", help="the repository, which is made if it is not there")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--private", dest="private", action="store_true", default=None, help="only for you")
    kind.add_argument("--public", dest="private", action="store_false", help="for everybody")
    parser.add_argument("--revision", metavar="BRANCH", help="branch (default: the main one)")
    parser.add_argument("-m", "--message", default="Upload a tagger", help="message of the commit")
    parser.add_argument(
        "--card",
        metavar="FILE",
        default="auto",
        help="your own model card; none: leave the one that is there (default: one is written)",
    )
    add_facts(parser)


def run(options: argparse.Namespace) -> None:
    """Upload a tagger with a model card to the Hugging Face Hub."""
    require("hub", "the Hub needs", "huggingface_hub")
    address = load(options).push_to_hub(
        options.repo,
        private=options.private,
        commit_message=options.message,
        revision=options.revision,
        card=_card(options.card),
        **facts(options),
    )
    show(address)
    at = "" if options.revision is None else f"@{options.revision.replace('/', '%2F')}"
    say(f"to use it: postagger tag hf:{options.repo.removeprefix('hf:')}{at}")


def _card(given: str) -> str | bool:
    """The text of --card, or whether one is to be written.

    Raises:
        DataError: the file can't be read.
    """
    if given in ("auto", "none"):
        return given == "auto"
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        problem = (error.strerror if isinstance(error, OSError) else None) or "it is not UTF-8"
        raise DataError(f"cannot read the model card {given}: {problem}") from None
