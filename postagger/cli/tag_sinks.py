"""Where tagged texts go: a text file, gzipped or not, a Parquet file, or stdout."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TextIO

from postagger.cli.tag_stream import Stream
from postagger.errors import ConfigError, PostaggerError
from postagger.extras import require
from postagger.io import writing_whole
from postagger.text.detect import is_parquet_name

if TYPE_CHECKING:
    from postagger.serving.parquet import Writer

PARQUET = "parquet"


class Sink(Protocol):
    """An output, to which texts are added one after another."""

    def add(self, stream: Stream, file: str) -> None:
        """Tags a text and adds it.

        Raises:
            DataError, ConfigError: as in `Stream.tagged`.
        """


class _TextSink:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, stream: Stream, file: str) -> None:
        # What is tagged is written out before more text is waited for: a program may be waiting for it.
        with stream.tagged(file, self._file.flush) as sentences:
            self._file.writelines(sentences)


class _ParquetSink:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def add(self, stream: Stream, file: str) -> None:
        stream.write_parquet(file, self._writer)


@contextmanager
def to_stdout(to: str | None) -> Iterator[Sink]:
    """Stdout as an output.

    Args:
        to: the format asked for.

    Raises:
        ConfigError: it is Parquet, and stdout is a terminal.
    """
    if to != PARQUET:
        yield _TextSink(sys.stdout)
        return
    if sys.stdout.isatty():
        raise ConfigError("Parquet is nothing for a terminal: name a file, as in -o tagged.parquet")
    with _as_parquet(sys.stdout.buffer) as sink:
        yield sink


@contextmanager
def writing(path: Path, to: str | None) -> Iterator[Sink]:
    """Opens a file that is written whole or not at all.

    Text is gzipped if the name ends in ``.gz``.

    Args:
        to: the format asked for; without one, a name in ``.parquet`` asks for that.

    Raises:
        PostaggerError: it can't be written.
    """
    try:
        with writing_whole(path) as binary, _sink(binary, path, to) as sink:
            yield sink
    except OSError as error:
        raise PostaggerError(f"cannot write {path}: {error.strerror or error}") from None


@contextmanager
def _sink(binary: BinaryIO, path: Path, to: str | None) -> Iterator[Sink]:
    if to == PARQUET or (to is None and is_parquet_name(path.name)):
        with _as_parquet(binary) as sink:
            yield sink
    else:
        with _as_text(binary, packed=path.suffix == ".gz") as text:
            yield _TextSink(text)


@contextmanager
def _as_parquet(binary: BinaryIO) -> Iterator[Sink]:
    """
    Raises:
        PostaggerError: pyarrow is missing.
    """
    require("parquet", "Parquet needs", "pyarrow")
    from postagger.serving.parquet import Writer

    writer = Writer(binary)
    try:
        yield _ParquetSink(writer)
        writer.close()
    except BaseException:
        writer.abandon()
        raise


@contextmanager
def _as_text(binary: BinaryIO, *, packed: bool) -> Iterator[TextIO]:
    """A text file in UTF-8 that is written to a binary one, perhaps gzipped; the binary one stays open."""
    unpacked = gzip.GzipFile("", "wb", fileobj=binary, mtime=0) if packed else None
    text = io.TextIOWrapper(unpacked or binary, encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        yield text
    finally:
        text.detach()
        if unpacked is not None:
            unpacked.close()
