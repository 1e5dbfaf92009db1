from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.cli.output import say
from postagger.cli.parser import Parser, add_model, check_exists
from postagger.errors import DataError

if TYPE_CHECKING:
    from postagger.tagger import Ensemble, Tagger

EXAMPLE = "postagger card runs/lstm.safetensors --language en > README.md"


def add_options(parser: Parser) -> None:
    add_model(parser)
    parser.add_argument("--repo", metavar="USER/NAME", default="", help="where it will be, for the examples")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: stdout)")
    add_facts(parser)


def add_facts(parser: Parser) -> None:
    """Adds the options for what a card says besides what the model knows."""
    parser.add_argument("--licence", default="", help="the terms of its use (default: those in the model)")
    for name, what in (("language", "language of the corpus, as in en"), ("dataset", "its name on the Hub")):
        parser.add_argument(
            f"--{name}",
            dest=f"{name}s",
            metavar=name.upper(),
            action="append",
            default=[],
            help=f"{what}; may be repeated (default: as the corpus's name and files tell)",
        )
    parser.add_argument(
        "--carbon", type=float, metavar="GRAMS", help="the emissions of its training, in CO2 equivalents"
    )
    parser.add_argument(
        "--comparison", metavar="DIR", help="folder of postagger compare: what it found, with significance"
    )


def facts(options: argparse.Namespace) -> dict[str, Any]:
    names = ("licence", "languages", "datasets", "carbon", "comparison")
    return {name: getattr(options, name) for name in names}


def load(options: argparse.Namespace) -> Tagger | Ensemble:
    """Loads a tagger, an ensemble, or a backbone, which can't tag but can be published.

    Raises:
        ModelFileError, DeviceError, PostaggerError: as `Tagger.load`.
    """
    check_exists(options.model)
    from postagger.shipped import find_model
    from postagger.tagger import Ensemble, Tagger

    kind = Ensemble if Path(find_model(options.model)).is_dir() else Tagger
    return kind.load(options.model, device=options.device)


def run(options: argparse.Namespace) -> None:
    """Write a model card: what a tagger is, its data, scores and limits."""
    text = load(options).model_card(options.repo, **facts(options))
    if options.output is None:
        print(text, end="")
        return
    from postagger.io import as_path, write_whole

    file = as_path(options.output, "a model card is written to a file")
    try:
        write_whole(file, text.encode(errors="backslashreplace"))
    except OSError as error:
        raise DataError(f"cannot write {file}: {error.strerror or error}") from None
    say(f"written: {file}")
