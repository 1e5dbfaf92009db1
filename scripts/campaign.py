#!/usr/bin/env python3
"""Uses taggers for a long time in ways that programs break at, and prints what came of it.

`models` makes small taggers of each kind; the other commands take some of them, as files or folders.

Example:
    python scripts/campaign.py models runs/campaign
    python scripts/campaign.py processes runs/campaign/*
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from campaigning.batches import batches
from campaigning.damage import damage
from campaigning.long_runs import cycles, lines, tokens
from campaigning.processes import processes
from campaigning.saving import kills
from campaigning.taggers import train


def models(options: argparse.Namespace) -> int:
    """Trains small taggers on the sample treebank: window, lstm, crf, characters, an ensemble, an encoder."""
    train(options.folder)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    numbers = {
        processes: 100,
        tokens: 10**7,
        lines: 10**6,
        cycles: 1000,
        batches: 500,
        kills: 400,
        damage: 6000,
    }
    for run in (models, *numbers):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.set_defaults(run=run)
        if run is models:
            command.add_argument("folder", type=Path)
            continue
        command.add_argument("models", type=Path, nargs="+", metavar="MODEL")
        name = "--trials" if run in (processes, kills) else "--count"
        command.add_argument(name, type=int, default=numbers[run])
        if run is kills:
            command.add_argument("--folder", type=Path, help="on which disk; default: for temporary files")
    options = parser.parse_args()
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
