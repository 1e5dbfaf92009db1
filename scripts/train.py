#!/usr/bin/env python3
"""Trains a tagger, like ``postagger train``.

Example:
    python scripts/train.py window --set training.epochs=5
"""

import sys

from postagger.cli import run

if __name__ == "__main__":
    run(["train", *sys.argv[1:]])
