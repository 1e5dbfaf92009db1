"""Says what a file is that can't be read as text."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from pathlib import Path

from postagger.errors import DataError

_UNPACK = ": unpack it"
_SAVE = "save it as text or CSV"
_KINDS = (
    (0, b"\x80\x04", "a pickle", ""),
    (0, b"\x93NUMPY", "an array of NumPy", ""),
    (8, b'{"', "a model, or another file of tensors", ""),
    (0, b"ARROW1", "a table of Arrow", ": write it as JSON lines or CSV"),
    (0, b"\xff\xff\xff\xff", "a table of Arrow", ": write it as JSON lines or CSV"),
    (0, b"\x89HDF", "an HDF5 file", ""),
    (0, b"SQLite format 3", "a database", ": write its table as CSV"),
    (0, b"PK\x03\x04", "a zip archive or an office document", f"{_UNPACK}, or {_SAVE}"),
    (0, b"\xd0\xcf\x11\xe0", "an office document", f": {_SAVE}"),
    (0, b"%PDF", "a PDF", ""),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (0, b"\xfd7zXZ", "a file packed by xz", f"{_UNPACK}, as in unxz -k, or pack it by gzip"),
    (0, b"BZh", "a file packed by bzip2", f"{_UNPACK}, as in bunzip2 -k, or pack it by gzip"),
    (0, b"\x28\xb5\x2f\xfd", "a file packed by zstd", f"{_UNPACK}, as in unzstd, or pack it by gzip"),
    (0, b"\x89PNG", "a picture", ""),
    (0, b"\xff\xd8\xff", "a picture", ""),
    (0, b"GIF8", "a picture", ""),
    (0, b"\x7fELF", "a program", ""),
)
"""Where and how files of other kinds begin, what they are, and what to do about it."""

_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
"""Characters that text does not have, in no encoding of bytes."""

_START = 4096
"""How many bytes of a file are looked at."""


def damaged_gzip(source: str | Path, error: Exception) -> DataError:
    """The error for a gzip file that can't be unpacked."""
    return DataError(f"{source} is a damaged gzip file: {error}")


def no_text(source: str | Path) -> DataError:
    """The error for a Parquet file where text is read."""
    return DataError(
        f"{source} is a Parquet file, not text: only postagger tag reads these, as files that are named, not "
        "through a pipe; for all else write its column as text or JSON lines"
    )


def wrong_encoding(source: str | Path, error: UnicodeDecodeError, line: int) -> DataError:
    """The error for text in another encoding than its byte order mark says.

    Args:
        line: the number of the line with the first wrong byte.
    """
    if not error.encoding.startswith("utf-8"):
        return DataError(f"{source} is damaged {error.encoding.upper()} text ({error.reason})")
    likely = "utf-16le" if b"\0" in error.object else "cp1252"
    return _not_utf8(source, f"{error.reason} in line {line}", likely)


def holds_nul(source: str | Path, line: str, number: int) -> DataError:
    """The error for a line with NUL characters, as in binary files and in UTF-16 without a byte order mark.

    Args:
        number: that of the line.
    """
    likely = "utf-32le" if "\0\0\0" in line else "utf-16be" if line[0] == "\0" else "utf-16le"
    return _not_utf8(source, f"it holds NUL bytes, first in line {number}", likely)


def _not_utf8(source: str | Path, reason: str, likely: str) -> DataError:
    """The error for a file that is of another kind, or in an encoding that is likely."""
    start, packed = _start_of(Path(source))
    for place, mark, kind, advice in _KINDS:
        if start.startswith(mark, place):
            return DataError(
                f"{source} is {kind}{' that is packed by gzip' if packed else ''}, not text{advice}"
            )
    if _can_be_text(start, likely):
        advice = f"convert it to UTF-8, as in iconv -f {likely} -t utf-8"
    elif _CONTROLS.search(start):
        return DataError(f"{source} is not text ({reason}): write it as UTF-8 text")
    else:
        advice = "convert it to UTF-8 from the encoding that it has, or mend this line"
    return DataError(f"{source} is not UTF-8 text ({reason}): {advice}")


def _start_of(file: Path) -> tuple[bytes, bool]:
    """The first bytes of a regular file, and whether gzip has packed them; none of a pipe."""
    try:
        if not file.is_file():
            return b"", False
        with file.open("rb") as opened:
            packed = opened.read(2) == b"\x1f\x8b"
        with gzip.open(file) if packed else file.open("rb") as opened:
            return opened.read(_START), packed
    except (OSError, EOFError, zlib.error):
        return b"", False


def _can_be_text(start: bytes, encoding: str) -> bool:
    """Whether a file that begins so is text in an encoding: each character is printable, or white space."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return False
    return all(each.isprintable() or each.isspace() or each in "\ufeff\u200b\xad" for each in text)
