"""Reads records in JSON, which may be damaged, or may have been written by somebody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from postagger.errors import DataError
from postagger.io.limits import CONFIG, read_whole


def parse_json(text: str | bytes) -> Any:
    """Parses JSON.

    Raises:
        ValueError: it is none, or is nested too deeply, or has a number of thousands of digits.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None


def read_json(path: Path) -> Any:
    """Reads a JSON file.

    Raises:
        OSError: it can't be read.
        ValueError: as in `parse_json`; or the file is larger than a record may be.
    """
    try:
        return parse_json(read_whole(path, CONFIG))
    except DataError as error:
        raise ValueError(str(error)) from None
