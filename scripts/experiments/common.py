"""Options, tables and pictures, shared by the experiments. Import this module before torch."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).resolve().parents[1]))

import spinning  # noqa: F401

from postagger import Corpus, PostaggerError, __version__
from postagger.cli.parser import count
from postagger.comparison import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"


def parser(
    name: str, documentation: str | None, *, seeds: int, corpus: str = "treebank"
) -> argparse.ArgumentParser:
    """A parser with the options of every experiment.

    Args:
        name: of the experiment; it names the default picture and folder of cached runs.
        documentation: the script's docstring, for ``--help``.
        seeds, corpus: defaults.
    """
    options = argparse.ArgumentParser(
        description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--seeds", type=count, default=seeds, help=f"seeds 1 to this number (default: {seeds})"
    )
    options.add_argument("--corpus", default=corpus, help=f"a corpus by name, or a file (default: {corpus})")
    options.add_argument("--jobs", type=count, help="runs at a time (default: one per core)")
    runs = Path("runs/experiments")
    options.add_argument(
        "--runs",
        type=Path,
        default=runs / name,
        help=f"folder that caches finished runs (default: {runs / name})",
    )
    picture = runs / f"{name}.png"
    options.add_argument(
        "-o", "--output", type=Path, default=picture, help=f"file for the picture (default: {picture})"
    )
    return options


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
    print(f"picture: {path}", file=sys.stderr)


def run(main: Callable[[], None]) -> None:
    """Runs a script's main function; a `PostaggerError` is reported in one line, without a traceback."""
    try:
        main()
    except PostaggerError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
