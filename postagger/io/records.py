"""Reads records in JSON, which may be damaged, or may have been written by somebody else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from postagger.errors import DataError
from postagger.io.limits import CONFIG, read_whole

_TOO_DEEP = "its brackets are nested too deeply"


def parse_json(text: str | bytes) -> Any:
    """Parses JSON.

    Raises:
        ValueError: it is none, or is nested too deeply, or has a number of thousands of digits.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def parse_each_json(text: str) -> list[Any]:
    """Parses values of JSON, one after another, each of which may have several lines.

    Raises:
        ValueError: as in `parse_json`.
    """
    values, end = [], _skip(text, 0)
    decoder = json.JSONDecoder()
    while end < len(text):
        try:
            value, end = decoder.raw_decode(text, end)
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None
        values.append(value)
        end = _skip(text, end)
    return values


def _skip(text: str, start: int) -> int:
    """Where white space ends."""
    found = re.compile(r"\s*").match(text, start)
    assert found is not None
    return found.end()


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
