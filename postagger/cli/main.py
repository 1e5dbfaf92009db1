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


def run() -> NoReturn:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    sys.exit(main())


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
