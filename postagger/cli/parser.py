"""Options that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from postagger.tagger import Ensemble, Tagger


class Parser(argparse.ArgumentParser):
    """A parser whose help starts with an example."""

    def __init__(self, *, example: str, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self.example = example

    def format_help(self) -> str:
        return f"example: {self.example}\n\n{super().format_help()}"


class CommandParser(Parser):
    """A command's parser: what has no ``--`` may stand before, between and after the options."""

    _within = False

    def add_argument(self, *names: str, **settings: Any) -> argparse.Action:
        """As in argparse; the usage names what has no ``--`` first: several options take all that follows."""
        if not names[0].startswith("-"):
            metavar = settings["metavar"]
            form = {"?": "[{0}]", "*": "[{0} ...]", "+": "{0} [{0} ...]"}.get(
                settings.get("nargs", ""), "{0}"
            )
            before = (self.usage or "%(prog)s [options]").removesuffix(" [options]")
            self.usage = f"{before} {form.format(metavar)} [options]"
        return super().add_argument(*names, **settings)

    def error(self, message: str) -> NoReturn:
        """As in argparse; where something is missing, it may be that an option took it."""
        if "arguments are required" in message and any(action.nargs == "+" for action in self._actions):
            message += " (some options take all that follows them: write this before the options)"
        super().error(message)

    def parse_known_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        if self._within:  # the method below calls this one
            return super().parse_known_args(args, namespace)
        self._within = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._within = False


def add_model(parser: Parser, *, folders: bool = True) -> None:
    more = ", or a folder of them: an ensemble" if folders else ""
    parser.add_argument("model", metavar="MODEL", help=f"a .safetensors file that train wrote{more}")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")


def add_dtype(parser: Parser) -> None:
    parser.add_argument(
        "--dtype",
        choices=("float32", "bfloat16"),
        default="float32",
        help="bfloat16 is faster where the processor has it, and differs in a few tags in ten thousand",
    )


def add_head(parser: Parser) -> None:
    parser.add_argument(
        "--head", metavar="NAME", help="which of the model's tag sets (default: its main corpus's)"
    )


def add_column(parser: Parser) -> None:
    parser.add_argument(
        "--column", choices=("upos", "xpos"), help="CoNLL-U's tag column (default: as in training)"
    )


def add_overrides(parser: Parser, example: str) -> None:
    parser.add_argument(
        "--set",
        metavar="SECTION.KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help=f"override settings, as in --set {example}",
    )


def add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_folder(parser: Parser, default: Path, *, force: str) -> None:
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=default, help=f"folder (default: {default})"
    )
    parser.add_argument("--force", action="store_true", help=force)
    parser.add_argument(
        "--jobs", type=count, metavar="N", help="runs at a time (default: one for each core, one on a GPU)"
    )


def count(text: str) -> int:
    """A whole number from 1 on; anything else is an error of usage."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def load_tagger(options: argparse.Namespace) -> Tagger | Ensemble:
    """The tagger of a model file, answering in the tag set asked for; or the ensemble in a folder.

    Raises:
        ModelFileError: it can't be read, or has learned no tags.
        ConfigError: it has no such tag set, or the device or dtype is not there.
    """
    from postagger.errors import ModelFileError
    from postagger.tagger import Ensemble, Tagger

    kind = Ensemble if Path(options.model).is_dir() else Tagger
    tagger = kind.load(options.model, device=options.device, dtype=options.dtype)
    members = tagger.taggers if isinstance(tagger, Ensemble) else [tagger]
    if any(member.record.masked_words for member in members):
        what = "holds" if isinstance(tagger, Ensemble) else "is"
        raise ModelFileError(
            f"{options.model} {what} a backbone that has learned to guess masked words, and no tags: "
            "train a tagger with --from and that file"
        )
    return tagger.with_head(getattr(options, "head", None))
