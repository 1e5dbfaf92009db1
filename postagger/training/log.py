"""A run's figures as they come, one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from postagger.errors import DataError


class MetricsLog:
    """Writes ``metrics.jsonl``. A context manager.

    It has another name, with ``.part`` at the end, until all went well. So a killed run keeps what it
    had, and what an earlier run wrote stays until there is something to put in its place.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._file: TextIO | None = None

    def write(self, record: dict[str, Any]) -> None:
        """Adds a line.

        Raises:
            DataError: the file can't be written.
        """
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._part.open("w", encoding="utf-8")
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise DataError(f"cannot write {self._part}: {error.strerror or error}") from None

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        self._file.close()
        if kind is None:
            self._part.replace(self._path)
