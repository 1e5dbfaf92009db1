"""The command line, with one module per command: its options and its action.

Results go to stdout, everything else to stderr. Exit status: 0 success, 1 failure, 2 wrong usage or config,
130 interrupted.
"""

from postagger.cli.main import main, run

__all__ = ["main", "run"]
