"""Options, tables and pictures, shared by the experiments. Import this module before torch."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).resolve().parents[1]))

import spinning  # noqa: F401

from postagger import Corpus, PostaggerError, __version__
from postagger.cli.parser import count
from postagger.comparison import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"


class Parser(argparse.ArgumentParser):
    """A parser of an experiment's options, with ``--quick``.

    A quick run shows how the experiment goes, and measures nothing: options that are not given have other
    defaults, the script may do less, and the figures are marked. Its runs are cached in a folder of their
    own, and it does not draw over the picture of a full run.
    """

    def __init__(self, name: str, documentation: str | None, *, time: str, quick: str, without: str) -> None:
        """
        Args:
            name: of the experiment.
            documentation: the script's docstring, for ``--help``.
            time, quick: how long a full run and a quick one take, as in ``6 min``.
            without: what a quick run does without, as in ``one seed instead of three``.
        """
        super().__init__(
            prog=f"{name}.py",
            description=documentation,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"On one core it takes {time} with the defaults, and {quick} with --quick.",
        )
        self._name, self._time, self._quick, self._without = name, time, quick, without
        self._less: dict[str, Any] = {}
        self.add_argument(
            "--quick", action="store_true", help=f"a first look in {quick}, no measurement: {without}"
        )

    def quickly(self, **less: Any) -> None:
        """Sets the defaults that options have in a quick run."""
        self._less |= less

    def parse_args(self, *args: Any, **more: Any) -> argparse.Namespace:  # type: ignore[override]
        """Parses the options, and says on stderr at once what begins."""
        options: argparse.Namespace = super().parse_args(*args, **more)
        if not options.quick:
            say(f"{self._name}: with the defaults {self._time} on one core (--quick: {self._quick})")
            return options
        for name, value in self._less.items():
            if getattr(options, name) == self.get_default(name):
                setattr(options, name, value)
        if hasattr(options, "runs"):
            options.runs = options.runs.with_name(f"{options.runs.name}_quick")
        if getattr(options, "output", None) == self.get_default("output") is not None:
            options.output = options.output.with_stem(f"{options.output.stem}_quick")
        say(f"{self._name}: a quick run, {self._quick} on one core")
        print(f"**A quick run, which measures nothing**: {self._without}.\n", flush=True)
        return options


def parser(
    name: str,
    documentation: str | None,
    *,
    time: str,
    quick: str,
    without: str,
    seeds: int | None = None,
    corpus: str | None = None,
    runs: bool = True,
    picture: bool = True,
    less: Mapping[str, Any] | None = None,
) -> Parser:
    """A parser with the options that an experiment uses.

    Args:
        name: of the experiment; it names the default picture and folder of cached runs.
        documentation, time, quick, without: see `Parser`.
        seeds, corpus: defaults; None: there is no such option. A quick run has one seed, and the sample.
        runs: whether finished runs are cached, and several may run at a time.
        picture: whether there is one.
        less: further defaults of a quick run.
    """
    options = Parser(name, documentation, time=time, quick=quick, without=without)
    folder = Path("runs/experiments")
    if seeds is not None:
        options.add_argument(
            "--seeds", type=count, default=seeds, help=f"seeds 1 to this number (default: {seeds})"
        )
        options.quickly(seeds=1)
    if corpus is not None:
        options.add_argument(
            "--corpus", default=corpus, help=f"a corpus by name, or a file (default: {corpus})"
        )
        options.quickly(corpus="sample")
    if runs:
        options.add_argument("--jobs", type=count, help="runs at a time (default: one per core)")
        options.add_argument(
            "--runs",
            type=Path,
            default=folder / name,
            help=f"folder that caches finished runs (default: {folder / name})",
        )
    if picture:
        file = folder / f"{name}.png"
        options.add_argument(
            "-o", "--output", type=Path, default=file, help=f"file for the picture (default: {file})"
        )
    options.quickly(**(less or {}))
    return options


def say(line: str) -> None:
    """Prints a line to stderr at once: progress, while stdout has the results."""
    print(line, file=sys.stderr, flush=True)


def fewer_epochs(options: argparse.Namespace, epochs: int = 2) -> list[str]:
    """The overrides of a config in a quick run."""
    return [f"training.epochs={epochs}"] if options.quick else []


def origin(corpus: Corpus | None, seeds: int) -> str:
    """The origin of an experiment's figures in one line: corpus, seeds and versions.

    Args:
        corpus: None for a generated language.
        seeds: number of seeds.
    """
    if corpus is None:
        what = "generated language"
    else:
        traces = f", {corpus.traces:,} traces dropped" if corpus.traces else ""
        what = f"{corpus.name}, dev part: {sum(map(len, corpus.dev)):,} tokens{traces}"
    versions = f"postagger {__version__}, Python {platform.python_version()}, torch {version('torch')}"
    return f"{what}; {seeds} seed{'' if seeds == 1 else 's'}; {versions}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, padded to be readable as plain text; only the first column is aligned left."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if number == 0 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    rule = [("-" * width if number == 0 else "-" * (width - 1) + ":") for number, width in enumerate(widths)]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def save(figure: Figure, path: Path) -> None:
    """Writes a picture as PNG, SVG or PDF, depending on the suffix, and prints its path to stderr."""
    style.save(figure, path)
    say(f"picture: {path}")


def run(main: Callable[[], None]) -> None:
    """Runs a script's main function; a `PostaggerError` is reported in one line, without a traceback."""
    try:
        main()
    except PostaggerError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
