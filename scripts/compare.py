#!/usr/bin/env python3
"""Compares taggers, like ``postagger compare``.

Example:
    python scripts/compare.py window lstm --seeds 5
"""

import sys

from postagger.cli import run

if __name__ == "__main__":  # the worker processes import this file too
    run(["compare", *sys.argv[1:]])
