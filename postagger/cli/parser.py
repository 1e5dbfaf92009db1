"""Options that several commands have."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from postagger.cli.output import say
from postagger.errors import ConfigError, ModelFileError

if TYPE_CHECKING:
    from postagger.tagger import Ensemble, Tagger


class Parser(argparse.ArgumentParser):
    """A parser that suggests the command, option or value that was probably meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"(?:invalid choice: '|unrecognized arguments: )([^' =]+)", message)
        if wrong is not None:
            known = [str(name) for action in self._actions for name in _names(action)]
            near = difflib.get_close_matches(wrong[1], known, n=1)
            message += f"; did you mean {near[0]}?" if near else ""
        super().error(message)


def _names(action: argparse.Action) -> list[Any]:
    """What can be written for an option or in its place."""
    return [*action.option_strings, *(action.choices or ())]


class CommandParser(Parser):
    """A command's parser: arguments without ``--`` may stand before, between and after the options."""

    _within = False

    def __init__(self, *, example: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.example = example

    def format_help(self) -> str:
        return f"example: {self.example}\n\n{super().format_help()}"

    def add_argument(self, *names: str, **settings: Any) -> argparse.Action:
        """As in argparse; the usage lists arguments without ``--`` before the options."""
        if not names[0].startswith("-"):
            metavar = settings["metavar"]
            form = {"?": "[{0}]", "*": "[{0} ...]", "+": "{0} [{0} ...]"}.get(
                settings.get("nargs", ""), "{0}"
            )
            before = (self.usage or "%(prog)s [options]").removesuffix(" [options]")
            self.usage = f"{before} {form.format(metavar)} [options]"
        return super().add_argument(*names, **settings)

    def error(self, message: str) -> NoReturn:
        """As in argparse; where an argument is missing, an option may have taken it."""
        if "arguments are required" in message and any(action.nargs == "+" for action in self._actions):
            message += " (some options take everything that follows them: write this before the options)"
        super().error(message)

    def parse_known_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        if self._within:  # the method below calls this one
            return super().parse_known_args(args, namespace)
        self._within = True
        try:
            options, unknown = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._within = False
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def add_model(parser: Parser, *, folders: bool = True) -> None:
    more = ", or a folder of them (an ensemble)" if folders else ""
    parser.add_argument("model", metavar="MODEL", help=f"a model file written by postagger train{more}")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")


def add_dtype(parser: Parser) -> None:
    parser.add_argument(
        "--dtype",
        choices=("float32", "bfloat16"),
        default="float32",
        help="bfloat16 is faster on processors that support it, and changes a few tags in ten thousand",
    )


def add_head(parser: Parser) -> None:
    parser.add_argument(
        "--head", metavar="NAME", help="which of the model's tag sets (default: that of its main corpus)"
    )


def add_column(parser: Parser) -> None:
    parser.add_argument(
        "--column", choices=("upos", "xpos"), help="CoNLL-U's tag column (default: as in training)"
    )


CONFIG_HELP = "a TOML file, or the name of a shipped config (postagger init lists them)"


def add_overrides(parser: Parser, example: str) -> None:
    parser.add_argument(
        "--set",
        metavar="SECTION.KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help=f"change settings of the config, as in --set {example}",
    )


def add_import(parser: Parser) -> None:
    parser.add_argument(
        "--import",
        dest="imports",
        metavar="MODULE",
        action="append",
        default=[],
        help="import this Python module first, which registers models, optimisers, readers or systems; may be "
        "repeated (docs/extending.md)",
    )


def import_what_is_needed(options: argparse.Namespace) -> None:
    """Imports the modules that --import names, and for a command that reads a model the installed packages'.

    What a model file says has no part in this. The current folder is searched last, and only for --import and
    for a path such as ``module:Name`` in a config.

    Raises:
        ConfigError: a module can't be imported.
    """
    from postagger.registry import import_module, search_here_too

    here = str(Path.cwd())
    search_here_too(here)
    if options.imports and here not in sys.path:
        sys.path.append(here)
    for module in options.imports:
        import_module(module)
    if hasattr(options, "model") or getattr(options, "teachers", None):
        _load_installed()


def _load_installed() -> None:
    """What installed packages offer; one that can't be imported is told of, for the model may not need it."""
    from postagger.config import MODELS, OPTIMISERS
    from postagger.corpora import READERS

    for registry in (MODELS, OPTIMISERS, READERS):
        try:
            registry.load_entry_points()
        except ConfigError as error:
            say(f"an installed package is left out: {error}")


def add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_folder(parser: Parser, default: Path, *, force: str) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=Path,
        default=default,
        help=f"folder (default: {default})",
    )
    parser.add_argument("--force", action="store_true", help=force)
    parser.add_argument(
        "--jobs", type=count, metavar="N", help="trainings at a time (default: one per core, or one on a GPU)"
    )


def count(text: str) -> int:
    """A whole number from 1 on; anything else is an error of usage."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def check_exists(model: str) -> None:
    """Finds a misspelt model file before PyTorch is loaded.

    Raises:
        ModelFileError: there is no such file or folder.
    """
    if not Path(model).exists():
        raise ModelFileError(f"cannot read the model {model}: No such file or directory")


def load_tagger(options: argparse.Namespace) -> Tagger | Ensemble:
    """The tagger in a model file, or the ensemble in a folder, with the tag set that was asked for.

    Raises:
        ModelFileError: the file can't be read, or its model has not learned any tags.
        ConfigError: the model has no such tag set, or the dtype is not supported.
        DeviceError: there is no such device.
    """
    check_exists(options.model)
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
