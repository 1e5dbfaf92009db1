"""Reads plain and gzip-compressed files and pipes."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from postagger.errors import DataError
from postagger.io.kinds import damaged_gzip, holds_nul, no_text, wrong_encoding
from postagger.io.limits import FILE, LINE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP = b"\x1f\x8b"
PARQUET = b"PAR1\x15"
"""How Parquet files begin: the mark of the format, and the first byte of a page's header or of the footer."""

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, with which it begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
"""The encoding that each byte order mark tells."""


_RATIO, _SMALL = 100, 2**24
"""How many times its size a gzip file of text may unpack to, beyond this many bytes; 3 to 15 are usual."""


class _Rewound(io.RawIOBase):
    """A stream whose first bytes have been read already and come again; so even a pipe can be looked into.

    Attributes:
        count: the number of bytes that have been read.
    """

    def __init__(self, start: bytes, rest: io.RawIOBase | BinaryIO) -> None:
        self._start = start
        self._rest = rest
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        view = memoryview(buffer)
        found = self._start[: len(view)]
        self._start = self._start[len(view) :]
        if not found:
            read = getattr(self._rest, "read1", self._rest.read)  # what is there, without waiting for more
            found = read(len(view)) or b""
        view[: len(found)] = found
        self.count += len(found)
        return len(found)


class _Counted(io.BufferedReader):
    """Counts the lines and bytes read as text, for the place of an error and for the limit of a file.

    Attributes:
        packed: the stream that is unpacked, if it is.
    """

    lines = size = 0
    packed: _Rewound | None = None

    def read1(self, size: int = -1, /) -> bytes:
        chunk = super().read1(size)
        self.lines += _line_ends(chunk)
        self.size += len(chunk)
        return chunk


def _line_ends(text: bytes) -> int:
    return text.count(b"\n") or text.count(b"\r")


def read_start(file: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    """The first bytes of a file, and a file that begins with them again; it need not be seekable.

    Args:
        size: the number of bytes; fewer are returned only if the file ends.
    """
    start = file.read(size)
    return start, io.BufferedReader(_Rewound(start, file), 1 << 16)


@contextmanager
def open_binary(path: str | Path) -> Iterator[BinaryIO]:
    """Opens a file or a pipe; gzip is detected from the first bytes and unpacked.

    Raises:
        DataError: the file can't be opened or turns out to be damaged while it is read.
    """
    try:
        raw = Path(path).open("rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    try:
        with raw:
            start = _first_bytes(raw)
            if start.startswith(PARQUET):
                raise no_text(path)
            whole = _Rewound(start, raw)
            if start.startswith(_GZIP):
                with gzip.GzipFile(fileobj=io.BufferedReader(whole, 1 << 16)) as unpacked:
                    counted = _Counted(unpacked)
                    counted.packed = whole
                    yield counted
            else:
                yield _Counted(whole, 1 << 16)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise damaged_gzip(path, error) from None


def _first_bytes(raw: io.RawIOBase) -> bytes:
    """Reads until it is clear whether a file begins with one of the marks; a pipe may give single bytes."""
    start = b""
    while any(mark.startswith(start) and mark != start for mark in (_GZIP, PARQUET, *_MARKS)):
        more = raw.read(len(PARQUET) - len(start))
        if not more:
            break
        start += more
    return start


@contextmanager
def open_text(path: str | Path) -> Iterator[Iterator[str]]:
    """Opens a text file or a pipe: UTF-8, or UTF-16 or UTF-32 with a byte order mark; gzip is unpacked.

    Lines end in a line feed, a carriage return, or both; all of these become a line feed.

    Yields:
        The lines.

    Raises:
        DataError: the file can't be opened, or turns out to be damaged or in another encoding while it is
            read; or it, or one of its lines, is beyond the limits (`postagger.io.limits`).
    """
    with open_binary(path) as binary:
        assert isinstance(binary, _Counted)
        start = binary.peek(4)
        try:
            with io.TextIOWrapper(binary, encoding=encoding_of(start)) as text:
                yield _lines(text, binary, path)
        except UnicodeDecodeError as error:
            line = binary.lines - _line_ends(error.object[error.start :]) + 1
            raise wrong_encoding(path, error, line) from None


def _lines(text: io.TextIOWrapper, binary: _Counted, path: str | Path) -> Iterator[str]:
    """The lines of a file within the limits."""
    longest, most = LINE.value, FILE.value
    for number, line in enumerate(iter(partial(text.readline, longest + 1), ""), 1):
        if len(line) > longest:
            raise LINE.exceeded(f"{path}:{number}", "this line")
        if binary.size > most:
            raise FILE.exceeded(f"{path}:{number}", "this file, up to here,")
        if binary.packed and binary.size > max(_SMALL, _RATIO * binary.packed.count):
            raise DataError(
                f"{path}:{number}: up to here, this gzip file unpacks to more than {_RATIO} times its size, "
                "which text does not: to read it all the same, unpack it with gunzip"
            )
        yield line


def binary_lines(file: BinaryIO, path: str | Path) -> Iterator[bytes]:
    """The lines of a binary file.

    Raises:
        DataError: a line is beyond the limit.
    """
    longest = LINE.value
    for number, line in enumerate(iter(partial(file.readline, longest + 1), b""), 1):
        if len(line) > longest:
            raise LINE.exceeded(f"{path}:{number}", "this line")
        yield line


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its byte order mark; UTF-8 without one."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8")


def may_become_mark(start: bytes) -> bool:
    """Whether these first bytes are only the beginning of a byte order mark."""
    return any(mark.startswith(start) and mark != start for mark in _MARKS)


def is_text(start: bytes) -> bool:
    """Whether a file that begins with these bytes, perhaps not whole characters, is text in UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        return bool(start) and "\0" not in decoder.decode(start)
    except UnicodeDecodeError:
        return False


def clean_lines(lines: Iterable[str], path: str | Path) -> Iterator[str]:
    """Yields the lines of a text without the byte order marks at their start, as concatenated files have.

    Raises:
        DataError: there is a NUL character, as in binary files and in UTF-16 without a byte order mark.
    """
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            raise holds_nul(path, line, number)
        yield line.removeprefix("\ufeff")
