"""The record of a folder of tagged files: which of them are complete, so that a run can go on."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path, PurePath
from typing import Any

from postagger.io import parse_json
from postagger.version import __version__

NAME = ".postagger.jsonl"
"""The name of the record: an object for each output, of which the last one counts."""

_OPTIONS = (
    *("form", "to", "field", "head", "every", "column", "sentences", "tokens", "lexicon_bonus", "dtype"),
    *("probabilities", "top", "min_confidence"),
)
"""The options that outputs depend on, besides files."""


class Record:
    """Which outputs of a folder are complete, of which files, and how they were tagged."""

    def __init__(self, folder: Path, how: str) -> None:
        """
        Args:
            how: a digest of the model and the options; outputs with another one are made again.
        """
        self._folder = folder
        self._how = how
        self._entries: dict[str, dict[str, Any]] = {}
        try:
            lines = (folder / NAME).read_text(encoding="utf-8", errors="replace").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            lines = []
        for line in lines:
            try:
                entry = parse_json(line)
            except ValueError:  # the process was killed while it wrote this line
                continue
            if isinstance(entry, dict):
                self._entries[str(entry.get("output"))] = entry

    def has(self, file: str, name: PurePath) -> bool:
        """Whether the output of a file is complete, and the file has not changed since."""
        entry = self._entries.get(name.as_posix())
        output = self._folder / name
        if entry is None or file == "-" or not output.is_file():
            return False
        state = {key: entry.get(key) for key in ("file", "size", "time", "how")}
        return state == self.state_of(file) and entry.get("written") == output.stat().st_size

    def is_of_another(self, name: PurePath, file: str) -> bool:
        """Whether an output of this name is of another file."""
        entry = self._entries.get(name.as_posix())
        return entry is not None and entry.get("file") != _absolute(file) and (self._folder / name).is_file()

    def state_of(self, file: str) -> dict[str, Any]:
        """What tells whether a file has changed: its size and its time of change."""
        return {"file": _absolute(file), **_state(file), "how": self._how}

    def add(self, state: dict[str, Any], name: PurePath) -> None:
        """Notes that the output of a file has been written.

        Args:
            state: that of the file before it was read.
        """
        written = (self._folder / name).stat().st_size
        entry = {"output": name.as_posix(), **state, "written": written}
        self._entries[name.as_posix()] = entry
        with (self._folder / NAME).open("a", encoding="utf-8") as record:
            record.write(f"\n{json.dumps(entry)}")


def how_it_is_tagged(options: argparse.Namespace) -> str:
    """A digest of what the outputs depend on: the version, the model's files, the lexicon and options."""
    from postagger.shipped import find_model

    model = Path(find_model(options.model))
    files = sorted(model.glob("*.safetensors")) if model.is_dir() else [model]
    if options.lexicon is not None:
        files.append(Path(options.lexicon))
    parts = [
        __version__,
        {name: getattr(options, name) for name in _OPTIONS},
        [[_absolute(str(file)), _state(str(file))] for file in files],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _absolute(file: str) -> str:
    return file if file == "-" else str(Path(file).resolve())


def _state(file: str) -> dict[str, int | None]:
    try:
        found = Path(file).stat()
    except OSError:
        return {"size": None, "time": None}
    return {"size": found.st_size, "time": found.st_mtime_ns}
