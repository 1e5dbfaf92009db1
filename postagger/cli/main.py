"""Which command is meant, and how it ended."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from postagger.cli import compare, download, evaluate, explain, info, pretrain, tag, train, tune
from postagger.cli.output import say
from postagger.cli.parser import CommandParser, Parser
from postagger.errors import ConfigError, PostaggerError

_COMMANDS = {
    module.__name__.rpartition(".")[2]: module
    for module in (train, evaluate, tag, explain, compare, tune, pretrain, info, download)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
        sys.stdout.flush()
    except ConfigError as error:
        return _complain(error, 2)
    except PostaggerError as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk, a failing device
        return _complain(error, 1)
    return 0


def run(self, options: argparse.Namespace) -> None: ...


_GROUPS = {
    "Use a tagger": (tag, evaluate, explain, info),
    "Train a tagger": (train, init, pretrain, download),
    "Find the best one": (compare, tune),
}

_EXAMPLES = """\
  postagger train window                 train a tagger on the treebank: runs/window.safetensors
  postagger evaluate runs/window.safetensors treebank
  echo 'The dog barks.' | postagger tag runs/window.safetensors
  postagger compare window lstm          which is better, and is it more than chance?
  postagger init lstm > my.toml          a config to edit, with every setting explained
  postagger train my.toml --set corpus.train=train.conllu corpus.dev=dev.conllu"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
        sys.stdout.flush()
    except ConfigError as error:
        return _complain(error, 2)
    except PostaggerError as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk, a failing device
        return _complain(error, 1)
    return 0


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script: the process is ours, so that its settings may be changed, unlike in `main`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    _limit_spinning()
    sys.exit(main(arguments))


def _limit_spinning() -> None:
    """Lets threads that wait for each other sleep soon, unless the user has chosen otherwise.

    By default a waiting thread of torch's spins for so long that training takes up to ten times longer
    where other programs use the cores too. Spinning briefly costs the LSTM about a tenth on a quiet machine;
    sleeping at once would double its time. GNU OpenMP reads this when torch is loaded, so it has to be set
    before that. Worker processes inherit it.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="postagger",
        example="postagger train configs/window.toml",
        description="Train, evaluate, compare and use part-of-speech taggers.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=CommandParser)
    for name, module in _COMMANDS.items():
        summary = str(module.run.__doc__).partition("\n")[0].rstrip(".")
        sub = commands.add_parser(name, example=module.EXAMPLE, help=summary, description=summary + ".")
        module.add_options(sub)
        sub.set_defaults(command=module.run)
    return parser


def _complain(error: Exception, status: int) -> int:
    say(f"postagger: {error}")
    return status
