"""Reads lines as they arrive, so that a program can be answered line by line through a pipe."""

from __future__ import annotations

import codecs
import io
import select
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from postagger.io import encoding_of, may_become_mark, wrong_encoding

_SIZE = 2**16
"""The most bytes to read at a time: what a pipe holds."""


class Lines(Iterable[str]):
    """The lines of a text stream, in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Lines end in a line feed, a carriage return, or both; all of these become a line feed.
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
        self._count = 0  # of the lines that have been whole
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        while True:
            while self._whole:
                yield self._whole.popleft()
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
        data = self._binary.read1(_SIZE)  # type: ignore[attr-defined]
        self._ended = not data
        try:
            text = self._decode(data)
        except UnicodeDecodeError as error:
            place = self._count + error.object[: error.start].count(b"\n") + 1
            raise wrong_encoding(self._source, error, place) from None
        *whole, rest = text.split("\n")
        if whole:
            whole[0] = "".join([*self._begun, whole[0]])
            self._begun.clear()
            self._whole.extend([f"{line}\n" for line in whole])
            self._count += len(whole)
        if rest:
            self._begun.append(rest)
        if self._ended and self._begun:
            self._whole.append("".join(self._begun))

    def _decode(self, data: bytes) -> str:
        if self._decoder is None:
            self._start += data
            if data and may_become_mark(self._start):
                return ""  # perhaps a byte order mark: the rest of it will tell
            data = self._start
            decoder = codecs.getincrementaldecoder(encoding_of(data))()
            self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        text: str = self._decoder.decode(data, final=self._ended)
        return text
