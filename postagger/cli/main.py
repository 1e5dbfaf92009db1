"""Parses the command line, runs the command and returns its exit status."""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, Protocol, cast

from postagger.cli import (
    calibrate,
    card,
    check,
    compare,
    curve,
    download,
    evaluate,
    explain,
    export,
    info,
    init,
    pretrain,
    push,
    serve,
    suggest,
    tag,
    train,
    tune,
)
from postagger.cli.output import say
from postagger.cli.parser import CommandParser, Parser, add_import, import_what_is_needed
from postagger.errors import ConfigError, PostaggerError
from postagger.io.interrupts import interruptible
from postagger.io.launch import check_alone, launch
from postagger.version import __version__


class _Command(Protocol):
    """A module of this package: an example, its options, and its action, whose docstring is its summary.

    The action returns its exit status; None is 0.
    """

    EXAMPLE: str

    def add_options(self, parser: Parser) -> None: ...
    def run(self, options: argparse.Namespace) -> int | None: ...


_GROUPS = {
    "Use a tagger": (tag, evaluate, explain, suggest, calibrate, info, serve, export),
    "Train a tagger": (train, curve, init, check, pretrain, download),
    "Find the best one": (compare, tune),
    "Share it": (card, push),
}

_EXAMPLES = """\
  postagger train window                 train a tagger on the treebank: runs/window.safetensors
  postagger evaluate runs/window.safetensors treebank
  echo 'The dog barks.' | postagger tag runs/window.safetensors
  postagger compare window lstm          which is better, and is the difference significant?
  postagger init lstm > my.toml          a config to edit, with every setting explained
  postagger check my.conllu              what is in this corpus, and what is wrong with it?
  postagger train my.toml my.conllu      train on a file of yours"""


_PAGES = "https://github.com/postagger/postagger/tree/main/docs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given, argparse.Namespace(given=given))
    status: int | None = None
    try:
        with interruptible():
            if options.command not in (train.run, pretrain.run):
                check_alone("this command")
            if hasattr(options, "imports"):
                import_what_is_needed(options)
            status = options.command(options)
            sys.stdout.flush()
    except ConfigError as error:
        return _complain(error, 2)
    except PostaggerError as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        again = shlex.join(["postagger", *given])
        say(f"interrupted; to go on: {again}" if getattr(options, "resume", False) else "interrupted")
        return 130
    except BrokenPipeError:  # the program reading our output, such as `head`, has stopped
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk, a failing device
        return _complain(error, 1)
    except MemoryError:
        return _complain(MemoryError("there is not enough memory for this"), 1)
    return status or 0


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script: unlike `main`, it may change settings of the process."""
    if sys.stderr is None:  # closed
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 (for as long as the process lives)
    if sys.stdout is None:
        say("postagger: stdout is closed, so results would be lost: redirect it, as in > /dev/null")
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # names of files may be no UTF-8
    warnings.showwarning = lambda message, *_: say(f"postagger: {message}")
    limit_threads()
    gc.set_threshold(50_000, 20, 20)  # text makes many lists, but hardly any cycle
    sys.exit(main(arguments))


def limit_threads() -> None:
    """Makes waiting threads sleep soon, and NumPy compute with one, unless the user has chosen otherwise.

    By default, waiting threads of torch spin for so long that training takes up to ten times longer if other
    programs use the cores too. Brief spinning costs the LSTM about a tenth on an idle machine; sleeping at
    once would double its time. NumPy's threads double the time of tagging in NumPy, because its products are
    small, and take 60 ms to start. The libraries read these variables when torch and NumPy are loaded, so
    they must be set before. Worker processes inherit them.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if "OMP_NUM_THREADS" not in os.environ:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _parser() -> argparse.ArgumentParser:
    commands = {
        title: {_name(module): cast(_Command, module) for module in modules}
        for title, modules in _GROUPS.items()
    }
    parser = Parser(
        prog="postagger",
        usage="postagger COMMAND [options]\n       postagger COMMAND --help",
        description=_overview(commands),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"postagger {__version__}")
    choices = parser.add_subparsers(
        required=True, metavar="COMMAND", prog="postagger", parser_class=CommandParser, help=argparse.SUPPRESS
    )
    for members in commands.values():
        for name, command in members.items():
            sub = choices.add_parser(name, example=command.EXAMPLE, description=_summary(command) + ".")
            command.add_options(sub)
            if command not in (init, download, curve):
                add_import(sub)
            sub.set_defaults(command=command.run)
    return parser


def _overview(commands: dict[str, dict[str, _Command]]) -> str:
    """The help text: a line for each command, in groups, and examples."""
    lines = ["Train, compare and use part-of-speech taggers."]
    for title, members in commands.items():
        lines += ["", f"{title}:"]
        lines += [f"  {name:10} {_summary(command)}" for name, command in members.items()]
    return "\n".join(
        [*lines, "", "Examples:", _EXAMPLES, "", f"Pages that messages name (docs/...): {_PAGES}"]
    )


def _name(module: object) -> str:
    return str(vars(module)["__name__"]).rpartition(".")[2]


def _summary(command: _Command) -> str:
    return str(command.run.__doc__).partition("\n")[0].rstrip(".")


def _complain(error: Exception, status: int) -> int:
    with contextlib.suppress(ConfigError):
        if (found := launch()) is not None and found.rank:
            say(f"postagger (process {found.rank + 1} of {found.size}): {error}")
            return status
    say(f"postagger: {error}")
    return status
