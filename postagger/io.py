"""Reads plain and gzip-compressed files and pipes, and writes files atomically."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import os
import platform
import secrets
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from postagger.errors import DataError, PostaggerError, brief

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP = b"\x1f\x8b"
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, with which it begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
"""The encoding that each byte order mark tells."""


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


def printable(name: str) -> str:
    """The name of a file without bytes that are not UTF-8; ``\\xe9`` and the like stand for them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def write_whole(path: Path, *content: bytes | memoryview) -> None:
    """Writes a file atomically: to a temporary file that then replaces it. Creates missing folders.

    Only a regular file is replaced; the new one keeps its permissions and its owner, if it may. When this
    returns, the file is on the disk, even if the power fails. What processes that were killed had begun to
    write there is removed.

    Args:
        content: the parts of the file, in order.

    Raises:
        OSError: the folder or file can't be written; an existing file is unchanged.
    """
    path = path.resolve() if path.is_symlink() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat() if path.exists() else None
    if before is not None:
        check_replaceable(path)
    _sweep(path)
    temporary = path.with_name(
        f".{path.name}.{platform.node()}.{os.getpid()}.{secrets.token_hex(4)}{_TEMPORARY}"
    )
    try:
        with temporary.open("xb") as file:
            for part in content:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask() if before is None else stat.S_IMODE(before.st_mode))
        if before is not None and hasattr(os, "chown"):
            with contextlib.suppress(OSError):  # only an administrator can give files away
                os.chown(temporary, before.st_uid, before.st_gid)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


_TEMPORARY = ".part"
"""How the names of temporary files end."""


def check_replaceable(path: Path) -> None:
    """Checks that an existing file is a regular one, or a link to one.

    Raises:
        OSError: it is a folder, a device or a pipe.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(None, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(None, "it is a device or a pipe, not a file")


def _sweep(path: Path) -> None:
    """Removes what dead processes of this machine left of a file."""
    start = f".{path.name}.{platform.node()}."
    for file in path.parent.glob(f".*{_TEMPORARY}"):
        if file.name.startswith(start):
            number = file.name.removeprefix(start).partition(".")[0]
            if number.isdecimal() and not _is_alive(int(number)):
                file.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # elsewhere this would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    """Makes sure that a new name in a folder is on the disk."""
    with contextlib.suppress(OSError):  # not every system can do it
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock that other processes wait for; none where the system has no file locks (Windows).

    Args:
        path: the file that is to be written; the lock is a file beside it.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class _Rewound(io.RawIOBase):
    """A stream whose first bytes have been read already and come again; so even a pipe can be looked into."""

    def __init__(self, start: bytes, rest: io.RawIOBase | BinaryIO) -> None:
        self._start = start
        self._rest = rest

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
        return len(found)


class _Counted(io.BufferedReader):
    """Counts the lines read as text, for the place of an error."""

    lines = 0

    def read1(self, size: int = -1, /) -> bytes:
        chunk = super().read1(size)
        self.lines += _line_ends(chunk)
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
            whole = _Rewound(start, raw)
            if start.startswith(_GZIP):
                with gzip.GzipFile(fileobj=io.BufferedReader(whole, 1 << 16)) as unpacked:
                    yield _Counted(unpacked)
            else:
                yield _Counted(whole, 1 << 16)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is a damaged gzip file: {error}") from None


def _first_bytes(raw: io.RawIOBase) -> bytes:
    """Reads until it is clear whether a file begins with one of the marks; a pipe may give single bytes."""
    start = b""
    while any(mark.startswith(start) and mark != start for mark in (_GZIP, *_MARKS)):
        more = raw.read(len(codecs.BOM_UTF32_LE) - len(start))
        if not more:
            break
        start += more
    return start


@contextmanager
def open_text(path: str | Path) -> Iterator[TextIO]:
    """Opens a text file or a pipe: UTF-8, or UTF-16 or UTF-32 with a byte order mark; gzip is unpacked.

    Lines end in a line feed, a carriage return, or both; all of these become a line feed.

    Raises:
        DataError: the file can't be opened, or turns out to be damaged or in another encoding while it is
            read.
    """
    with open_binary(path) as binary:
        start = binary.peek(4)  # type: ignore[attr-defined]
        try:
            with io.TextIOWrapper(binary, encoding=encoding_of(start)) as text:
                yield text
        except UnicodeDecodeError as error:
            line = binary.lines - _line_ends(error.object[error.start :]) + 1  # type: ignore[attr-defined]
            raise wrong_encoding(path, error, line) from None


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its byte order mark; UTF-8 without one."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8")


def may_become_mark(start: bytes) -> bool:
    """Whether these first bytes are only the beginning of a byte order mark."""
    return any(mark.startswith(start) and mark != start for mark in _MARKS)


def wrong_encoding(source: str | Path, error: UnicodeDecodeError, line: int) -> DataError:
    """The error for text in another encoding than `encoding_of` says.

    Args:
        line: the number of the line with the first wrong byte.
    """
    if not error.encoding.startswith("utf-8"):
        return DataError(f"{source} is damaged {error.encoding.upper()} text ({error.reason})")
    likely = "utf-16le" if b"\0" in error.object else "latin1"
    return DataError(
        f"{source} is not UTF-8 text ({error.reason} in line {line}): "
        f"convert it to UTF-8, as in iconv -f {likely} -t utf-8"
    )


def clean_lines(lines: Iterable[str], path: str | Path) -> Iterator[str]:
    """Yields the lines of a text without the byte order marks at their start, as concatenated files have.

    Raises:
        DataError: there is a NUL character, as in binary files and in UTF-16 without a byte order mark.
    """
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            likely = "utf-32le" if "\0\0\0" in line else "utf-16be" if line[0] == "\0" else "utf-16le"
            raise DataError(
                f"{path} is not UTF-8 text (it holds NUL bytes, first in line {number}): "
                f"convert it to UTF-8, as in iconv -f {likely} -t utf-8"
            )
        yield line.removeprefix("\ufeff")
