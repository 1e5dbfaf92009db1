"""Where a training saves its model and its checkpoints."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.output import say
from postagger.cli.parser import Parser
from postagger.errors import ModelFileError
from postagger.io.launch import launch

if TYPE_CHECKING:
    from postagger.pipeline import RunFolder
    from postagger.tagger import Tagger


def add_saving(parser: Parser) -> None:
    """Adds the options about what may be there already, and about checkpoints."""
    parser.add_argument(
        "--force",
        action="store_true",
        help="overwrite the model if there is one already; begin again if there are checkpoints",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run that was interrupted, if there is one"
    )
    parser.add_argument(
        "--checkpoint-every",
        dest="interval",
        type=_seconds,
        default=300.0,
        metavar="SECONDS",
        help="how often the state of the run is saved, in a folder beside the model; 0: only when the run is "
        "stopped (default: 300)",
    )


def add_logging(parser: Parser) -> None:
    parser.add_argument(
        "--log-to",
        metavar="WHERE",
        action="append",
        default=[],
        help="log settings and each epoch there too: tensorboard:FOLDER, mlflow[:EXPERIMENT] or "
        "wandb[:PROJECT]; may be repeated",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("expected a number of seconds, 0 or more")
    return seconds


@contextmanager
def run_folder(options: argparse.Namespace, model: Path) -> Iterator[RunFolder]:
    """A context with the folder for the checkpoints of the run that trains a model; deleted if that succeeds.

    If the run is stopped, it says how to go on.

    Raises:
        ModelFileError: there is a model or an interrupted run already, and it may not be overwritten.
    """
    from postagger.pipeline import RunFolder

    check_overwrite(model, force=options.force)
    folder = RunFolder(_folder_for(model), options.interval)
    if options.resume:
        if not folder.begun:
            say(f"there is no interrupted run in {folder.path}, so this one begins at the beginning")
    elif folder.begun:
        _check_restart(folder.path, force=options.force)
        _delete(folder.path)
    try:
        yield folder
    except (KeyboardInterrupt, SystemExit) as stop:
        if not folder.begun:
            raise
        _ignore_signals()
        say(f"stopped; to go on: {_again(options)}")
        raise SystemExit(stop.code if isinstance(stop, SystemExit) else 130) from None
    _delete(folder.path)


def _folder_for(model: Path) -> Path:
    """The folder of the run that trains a model."""
    return model.with_name(f"{model.name.removesuffix('.safetensors')}.run")


def _again(options: argparse.Namespace) -> str:
    """How to go on with a run."""
    command = ["postagger", *options.given, *([] if options.resume else ["--resume"])]
    found = launch()
    if found is None:
        return shlex.join(command)
    if found.size == found.local_size:
        return shlex.join(["torchrun", "--nproc-per-node", str(found.size), "-m", *command])
    return f"start the {found.size} processes as before, with --resume"


def _ignore_signals() -> None:
    """When one of several processes ends, the launcher sends the others a signal; they are ending already."""
    if launch() is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def followed(options: argparse.Namespace, model: Path) -> Iterator[RunFolder]:
    """As `run_folder`, for a process that is not the first: the first one writes and says everything."""
    from postagger.pipeline import RunFolder

    try:
        yield RunFolder(_folder_for(model), options.interval)
    except (KeyboardInterrupt, SystemExit) as stop:
        _ignore_signals()
        raise SystemExit(stop.code if isinstance(stop, SystemExit) else 130) from None


def _check_restart(folder: Path, *, force: bool) -> None:
    """Asks before an interrupted run is deleted, or refuses where nobody can be asked.

    Raises:
        ModelFileError: it may not be deleted.
    """
    if not force and not _confirmed(f"{folder} has an interrupted run: delete it and begin again?"):
        raise ModelFileError(
            f"{folder} has an interrupted run: go on with --resume, begin again with --force, or choose "
            "another model file with -o"
        )


def _delete(folder: Path) -> None:
    """Deletes the folder of a run, of which nothing is needed any more."""
    shutil.rmtree(folder, ignore_errors=True)


def check_overwrite(path: Path, *, force: bool) -> None:
    """Asks before a model is overwritten, or refuses where nobody can be asked.

    Raises:
        ModelFileError: there is a file already, and it may not be overwritten.
    """
    if force or not path.is_file() or not path.stat().st_size:
        return
    if _confirmed(f"{path} is there already: overwrite it?"):
        return
    raise ModelFileError(
        f"{path} is there already: overwrite it with --force, or choose another file with -o"
    )


def _confirmed(question: str) -> bool:
    """Asks a question; False where nobody can be asked."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):  # None if it is closed
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def save(tagger: Tagger, path: Path) -> None:
    """Saves a tagger that has just been trained; if that fails, elsewhere, so that nothing is lost.

    Raises:
        ModelFileError: it can't be saved at `path`; the message says where it is instead.
    """
    try:
        tagger.save(path)
    except ModelFileError as error:
        for folder in (Path.cwd, Path.home, tempfile.gettempdir):
            with contextlib.suppress(ModelFileError, OSError, RuntimeError):  # or there is no such folder
                rescue = Path(folder()) / f"rescued-{os.getpid()}-{path.name}"
                tagger.save(rescue)
                break
        else:
            raise
        raise ModelFileError(f"{error}; the trained model is in {rescue}") from None
