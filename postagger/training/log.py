"""Logs a run's metrics as JSON lines."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from postagger.io import visible


class MetricsLog:
    """A context manager that writes ``metrics.jsonl``.

    The file's name ends in ``.part`` until the run has succeeded. So a killed run keeps its lines, and the
    file of an earlier run stays until it is replaced.
    """

    def __init__(self, path: Path, *, go_on: bool = False) -> None:
        """
        Args:
            go_on: keep the lines of a run that was interrupted; an epoch that it repeats has one line.
        """
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._file: TextIO | None = None
        self._failed = False
        self._before = self._lines() if go_on else {}

    def _lines(self) -> dict[Any, str]:
        """The lines about epochs that the interrupted run has written, by stage and epoch."""
        found: dict[Any, str] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # up to the first that is damaged
            for line in self._part.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                found[record["stage"], record["epoch"]] = line
        return found

    def write(self, record: dict[str, Any]) -> None:
        """Writes a line. If that fails, it says so and writes no more: a training is worth more than this."""
        if self._failed or (record.get("stage"), record.get("epoch")) in self._before:
            return
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._part.open("w", encoding="utf-8")
                self._file.writelines(f"{line}\n" for line in self._before.values())
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self._failed = True
            problem = error.strerror or error
            print(visible(f"cannot write {self._part}, so it ends here: {problem}"), file=sys.stderr)

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # of a full disk, which was said before
            self._file.close()
            if kind is None and not self._failed:
                self._part.replace(self._path)
