"""The command line: parse, call, print. One module a command: its options, and what it runs.

Results go to stdout, everything else to stderr. Exit status: 0 done, 1 failed, 2 wrong usage or
config, 130 interrupted.
"""

from postagger.cli.main import main, run

__all__ = ["main", "run"]
