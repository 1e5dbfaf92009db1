#!/usr/bin/env python3
"""Trains a tagger: the same as ``postagger train``.

Example:
    python scripts/train.py configs/window.toml --set training.epochs=5
"""

import sys

from postagger.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
