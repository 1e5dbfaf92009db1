"""Reads lines as they arrive, so that a program can be answered line by line through a pipe."""

from __future__ import annotations

import codecs
import gzip
import io
import select
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from postagger.errors import PostaggerError
from postagger.io import (
    LINE,
    PARQUET,
    damaged_gzip,
    encoding_of,
    may_become_mark,
    no_text,
    wrong_encoding,
)

_SIZE = 2**16
"""The most bytes to read at a time: what a pipe holds."""


class Lines(Iterable[str]):
    """The lines of a text stream, in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Lines end in a line feed, a carriage return, or both; all of these become a line feed. An error, such as
    wrong bytes or a line beyond the limit, is raised after the lines before it.
    """

    def __init__(
        self, binary: BinaryIO, source: str, *, before_waiting: Callable[[], object] = lambda: None
    ) -> None:
        """
        Args:
            binary: a stream with the method `read1`, such as a buffered reader.
            source: the name of the text in error messages.
            before_waiting: called before every read that may have to wait; for example, it writes out the
                answers so far.
        """
        self._binary = binary
        self._source = source
        self._before_waiting = before_waiting
        self._start = b""
        self._decoder: io.IncrementalNewlineDecoder | None = None
        self._whole: deque[str] = deque()  # lines that can be returned at once
        self._begun: list[str] = []  # parts of the line after them
        self._length, self._longest = 0, LINE.value  # characters in these parts, and the most of them
        self._error: PostaggerError | None = None
        self._count = 0  # of the lines that have been whole
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        while True:
            while self._whole:
                yield self._whole.popleft()
            if self._error is not None:
                raise self._error
            if self._ended:
                return
            self._before_waiting()
            while not self._whole and not self._ended:
                self._read()

    def must_wait(self) -> bool:
        """Whether the next line has not arrived yet; False at the end."""
        while not self._whole and not self._ended and self._readable():
            self._read()
        return not self._whole and not self._ended

    def _readable(self) -> bool:
        """Whether a read returns at once; False where this can't be known, as for pipes on Windows."""
        try:
            return bool(select.select([self._binary], [], [], 0)[0])
        except (OSError, ValueError):
            return False

    def _read(self) -> None:
        """Reads what has arrived, waiting for the first byte."""
        try:
            data = self._binary.read1(_SIZE)  # type: ignore[attr-defined]
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            self._fail(damaged_gzip(self._source, error))
            return
        self._ended = not data
        data = self._start + data
        if self._decoder is None:
            if may_become_mark(data) and not self._ended:
                self._start = data  # perhaps a byte order mark: the rest of it will tell
                return
            if data.startswith(PARQUET):
                self._fail(no_text(self._source))
                return
            decoder = codecs.getincrementaldecoder(encoding_of(data))()
            self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
            self._start = b""
        try:
            self._add(self._decoder.decode(data, final=self._ended))
        except UnicodeDecodeError as error:
            kept = len(error.object) - len(data)  # bytes that the decoder has from before
            self._add(self._decoder.decode(data[: max(0, error.start - kept)]))
            self._fail(wrong_encoding(self._source, error, self._count + 1))
        if self._ended and self._begun and self._error is None:
            self._whole.append("".join(self._begun))

    def _add(self, text: str) -> None:
        """Adds text that has been read to the lines."""
        *whole, rest = text.split("\n")
        if whole:
            whole[0] = "".join([*self._begun, whole[0]])
            self._begun.clear()
            self._length = 0
            self._whole.extend([f"{line}\n" for line in whole])
            self._count += len(whole)
        if rest:
            self._begun.append(rest)
            self._length += len(rest)
            if self._length > self._longest:
                self._fail(LINE.exceeded(f"{self._source}:{self._count + 1}", "this line"))

    def _fail(self, error: PostaggerError) -> None:
        self._error, self._ended = error, True
