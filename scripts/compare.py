#!/usr/bin/env python3
"""Compares taggers: the same as ``postagger compare``.

Example:
    python scripts/compare.py configs/window.toml configs/lstm.toml --seeds 5
"""

import sys

from postagger.cli import main

if __name__ == "__main__":  # the worker processes import this file too
    sys.exit(main(["compare", *sys.argv[1:]]))
