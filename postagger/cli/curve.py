from __future__ import annotations

import argparse
from pathlib import Path

from postagger.cli.output import print_json, say, show
from postagger.cli.parser import Parser, add_json

EXAMPLE = "postagger curve runs/window.safetensors runs/lstm.safetensors -o curve.html"


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "runs",
        metavar="RUN",
        nargs="+",
        help="a model file beside which postagger train has written its metrics, or these: "
        "NAME.metrics.jsonl; also of a training that goes on or was stopped",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a page (.html) or a picture (.svg) (default: curve.html beside the first run)",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Draw loss and accuracy by epoch of one or several trainings."""
    from postagger.tracking import read_runs, write_curve
    from postagger.tracking.curve import table

    runs = read_runs(options.runs)
    output = options.output or Path(options.runs[0]).with_name("curve.html")
    write_curve(output, runs)
    if options.json:
        print_json(
            {"runs": [each._asdict() | {"epochs": [one._asdict() for one in each.epochs]} for each in runs]}
        )
    else:
        rows = table(runs)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for name, *cells in rows:
            numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
            show("  ".join([name.ljust(widths[0]), *numbers]))
    say(f"written: {output}")
