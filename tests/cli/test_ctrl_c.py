"""A Ctrl-C at chosen places of a command: it ends, and says at most one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each trial is a fork")

PROGRAM = Path(__file__).with_name("interrupting.py")
AT_ONCE = (-signal.SIGINT, "")
"""As long as there is nothing to tidy up."""

INTERRUPTED = (130, "interrupted\n")


def interrupted(*trials: tuple[list[str], str, float]) -> list[tuple[int, str]]:
    """How commands ended; see `interrupting.py` for what a trial is."""
    command = [sys.executable, str(PROGRAM), json.dumps(trials)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [(status, errors) for status, errors in json.loads(done.stdout)]


def test_all_over_a_command(tmp_path: Path) -> None:
    """Most of it is imports: of the command line, of pydantic, of NumPy."""
    missing = str(tmp_path / "missing.safetensors")
    trials = [(["info", missing], "", (each + 0.5) / 12) for each in range(12)]
    ends = interrupted(*trials)
    assert set(ends) == {AT_ONCE, INTERRUPTED}
    assert ends == sorted(ends)  # first the one, then the other


@pytest.mark.parametrize(
    ("place", "number", "end"),
    [
        # what is raised in the callback that frees the lock of an import is printed and forgotten
        ("<frozen importlib._bootstrap>:cb", 30, AT_ONCE),
        ("<frozen importlib._bootstrap>:cb", 800, INTERRUPTED),
        # up to Python 3.11, what is raised here becomes a RuntimeError; the exit status was 1
        ("pydantic/_internal/_decorators.py:__set_name__", 1, INTERRUPTED),
        ("argparse.py:add_argument", 50, AT_ONCE),
        ("postagger/cli/main.py:_complain", 1, AT_ONCE),  # the command is done
    ],
)
def test_at_a_place(place: str, number: float, end: tuple[int, str], tmp_path: Path) -> None:
    assert interrupted((["info", str(tmp_path / "missing.safetensors")], place, number)) == [end]


def test_while_torch_is_imported(tmp_path: Path) -> None:
    """Its C++ imports NumPy, and forgets what is raised there."""
    command = ["train", "window", "--set", "corpus.name=sample", "-o", str(tmp_path / "m.safetensors")]
    assert interrupted((command, "numpy/__init__.py:<module>", 1)) == [INTERRUPTED]
    assert not list(tmp_path.iterdir())
