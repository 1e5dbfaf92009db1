"""Reads plain and gzip-compressed files, and writes files atomically."""

from __future__ import annotations

import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from postagger.errors import DataError, PostaggerError, brief


def as_path(value: object, expected: str, error: type[PostaggerError] = DataError) -> Path:
    """Converts a caller's string or `Path` to a `Path`.

    Args:
        expected: what was expected, for the message, as in ``a model is loaded from a file``.
        error: the class of the error.

    Raises:
        PostaggerError: the value is something else, or an empty string.
    """
    if isinstance(value, str | os.PathLike) and os.fspath(value):
        return Path(os.fsdecode(value))
    raise error(f"{expected}, named by a string or a Path; got {brief(value)}")


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file atomically: to a temporary file that then replaces it. Creates missing folders.

    Raises:
        OSError: the folder or file can't be written; an existing file is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def open_binary(path: str | Path) -> Iterator[BinaryIO]:
    """Opens a file; gzip is detected from the first bytes and unpacked.

    Raises:
        DataError: the file can't be opened or turns out to be damaged while it is read.
    """
    try:
        binary = Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    try:
        with binary:
            compressed = binary.read(2) == b"\x1f\x8b"
            binary.seek(0)
            if compressed:
                with io.BufferedReader(gzip.GzipFile(fileobj=binary)) as unpacked:
                    yield unpacked
            else:
                yield binary
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is a damaged gzip file: {error}") from None


@contextmanager
def open_text(path: str | Path) -> Iterator[TextIO]:
    """Opens a UTF-8 text file; gzip is detected from the first bytes and unpacked.

    Raises:
        DataError: the file can't be opened, or turns out to be damaged or not UTF-8 while it is read.
    """
    try:
        with open_binary(path) as binary, io.TextIOWrapper(binary, encoding="utf-8-sig") as text:
            yield text
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason}): convert it to UTF-8") from None
