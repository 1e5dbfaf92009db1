"""The argument parser, and options that several commands share."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from postagger.cli.hints import hint_on
from postagger.cli.output import say
from postagger.errors import ConfigError, ModelFileError
from postagger.io import check_name

if TYPE_CHECKING:
    from postagger.features import TagDictionary
    from postagger.tagger import Ensemble, Tagger


class Parser(argparse.ArgumentParser):
    """A parser that suggests the command, option or value that was probably meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '([^' =]+)|unrecognized arguments: (.+)", message)
        if wrong is not None:
            known = [str(name) for action in self._actions for name in _names(action)]
            unknown = [wrong[1]] if wrong[1] else wrong[2].split(" ")
            meant = hint_on(unknown, known, takes_settings="--set" in known)
            message += f"; {meant}" if meant else ""
        super().error(message)


def _names(action: argparse.Action) -> list[Any]:
    """The names of an option, or the choices of an argument."""
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
        """Adds an argument as in argparse; usage lists arguments without ``--`` before the options."""
        if not names[0].startswith("-"):
            metavar = settings["metavar"]
            form = {"?": "[{0}]", "*": "[{0} ...]", "+": "{0} [{0} ...]"}.get(
                settings.get("nargs", ""), "{0}"
            )
            before = (self.usage or "%(prog)s [options]").removesuffix(" [options]")
            self.usage = f"{before} {form.format(metavar)} [options]"
        return super().add_argument(*names, **settings)

    def error(self, message: str) -> NoReturn:
        """Exits as in argparse; for a missing argument, adds that an option may have consumed it."""
        if "arguments are required" in message and any(action.nargs == "+" for action in self._actions):
            message += " (some options take all words that follow: put these arguments before the options)"
        super().error(message)

    def parse_known_args(  # type: ignore[override]
        self, args: Any = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        if self._within:  # parse_known_intermixed_args calls this method
            return super().parse_known_args(args, namespace)
        self._within = True
        try:
            options, unknown = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._within = False
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def add_model(parser: Parser, *, folders: bool = True, **settings: Any) -> None:
    more = ", or a folder of such files (an ensemble)" if folders else ""
    use = (
        "en, the English tagger that comes with the package, hf:USER/NAME on the Hub, or a file written by "
        f"postagger train{more}"
    )
    parser.add_argument("model", metavar="MODEL", help=use, **settings)
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")


def add_dtype(parser: Parser) -> None:
    parser.add_argument(
        "--dtype",
        choices=("float32", "bfloat16", "int8"),
        default="float32",
        help="int8 (on the CPU, with postagkit-native) and bfloat16 (on CUDA) are faster, and change a few "
        "tags in ten thousand",
    )


def add_head(parser: Parser, default: str = "its main corpus's", *, more: str = "") -> None:
    parser.add_argument(
        "--head",
        metavar="NAME",
        help="which tag set to use of a model with several, such as xpos, upos or feats of en (postagger "
        f"info lists them){more} (default: {default})",
    )


def add_lexicon(parser: Parser) -> None:
    parser.add_argument(
        "--lexicon",
        metavar="FILE",
        help="file with the only tags that some words may have: lines of a word and its tags, between tabs",
    )
    parser.add_argument(
        "--lexicon-bonus",
        type=float,
        metavar="NATS",
        help="allow other tags too, but raise the scores of the lexicon's by this much (with --lexicon)",
    )


def add_column(parser: Parser) -> None:
    parser.add_argument(
        "--column",
        metavar="COLUMN",
        help="column of the tags: upos, xpos ... of CoNLL-U, a name in the file's header or in its JSON, "
        "or a number from 1 on (default: as in training)",
    )


CONFIG_HELP = "settings: a shipped config by name, as window (postagger init lists them), or a TOML file"


def add_overrides(parser: Parser, example: str) -> None:
    parser.add_argument(
        "--set",
        metavar="SECTION.KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help=f"settings that replace those of the config, one or more, as in --set {example}",
    )


def add_import(parser: Parser) -> None:
    parser.add_argument(
        "--import",
        dest="imports",
        metavar="MODULE",
        action="append",
        default=[],
        help="import this Python module first, which registers models, optimisers, readers or systems; "
        "may be repeated (docs/how-to/extending.md)",
    )


def import_what_is_needed(options: argparse.Namespace) -> None:
    """Imports the modules of --import and, for commands that load a model, installed extensions.

    This never depends on the contents of a model file. The current folder is searched last, and only for
    --import and for paths such as ``module:Name`` in a config.

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
    """Imports installed extensions; only reports failures, as the model may not need them."""
    from postagger.config import MODELS, OPTIMISERS
    from postagger.corpora import READERS

    for registry in (MODELS, OPTIMISERS, READERS):
        try:
            registry.load_entry_points()
        except ConfigError as error:
            say(f"skipping an installed package: {error}")


def add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_corpus_source(parser: Parser, *, tagset: str = "as in training") -> None:
    """How a corpus is read.

    Args:
        tagset: what the default is.
    """
    parser.add_argument("--tagset", choices=("native", "universal"), help=f"default: {tagset}")
    parser.add_argument(
        "--reader", metavar="NAME", help="reader of a file (default: chosen by its name and first lines)"
    )
    parser.add_argument("--nltk-data", metavar="DIR", help="folder with NLTK data, which is searched first")


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
    """Parses a whole number, 1 or more; anything else is a usage error."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def check_exists(model: str) -> None:
    """Checks that a model file exists, before PyTorch is loaded; raises `ModelFileError` if it does not.

    One on the Hub is looked for when it is loaded.
    """
    from postagger.hub import is_hub_name
    from postagger.shipped import find_model, missing_model

    check_name(model, ModelFileError)
    if is_hub_name(model) or Path(find_model(model)).exists():
        return
    from postagger.config.load import is_config

    error = missing_model(model)
    if is_config(model):
        error = ModelFileError(
            f"{error}; {model} is a config: train the model first (postagger train {model})"
        )
    raise error


def load_tagger(options: argparse.Namespace) -> Tagger | Ensemble:
    """Loads the tagger in a model file, or the ensemble in a folder, with the head of --head selected.

    Raises:
        ModelFileError: the file can't be read, or its model predicts masked words, not tags.
        ConfigError: the model has no such head, or the dtype is not supported.
        DeviceError: there is no such device.
    """
    check_exists(options.model)
    from postagger.shipped import find_model
    from postagger.tagger import Ensemble, Tagger

    kind = Ensemble if Path(find_model(options.model)).is_dir() else Tagger
    tagger = kind.load(options.model, device=options.device, dtype=options.dtype)
    members = tagger.taggers if isinstance(tagger, Ensemble) else [tagger]
    if any(member.record.masked_words for member in members):
        verb = "contains" if isinstance(tagger, Ensemble) else "is"
        raise ModelFileError(
            f"{options.model} {verb} a backbone that predicts masked words, not tags: train a tagger from it "
            "with --from"
        )
    return tagger.with_head(getattr(options, "head", None))


def load_lexicon(options: argparse.Namespace, tagger: Tagger | Ensemble) -> TagDictionary | None:
    """Loads the file of --lexicon, if there is one, and reports tags that the tagger does not have.

    Raises:
        DataError: the file can't be read, or the tagger has none of its tags.
        ConfigError: the bonus is out of bounds, or comes without a lexicon.
    """
    from postagger.features import TagDictionary

    if options.lexicon is None:
        if options.lexicon_bonus is not None:
            raise ConfigError("--lexicon-bonus needs a lexicon: name its file with --lexicon")
        return None
    lexicon = TagDictionary.load(options.lexicon, bonus=options.lexicon_bonus)
    left_out = lexicon.left_out(tagger.tagset)
    if left_out:
        say(left_out)
    return lexicon.restricted_to(tagger.tagset)
