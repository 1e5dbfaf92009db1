"""``python -m postagger`` is the same as ``postagger``."""

from postagger.cli import run

run()
