from __future__ import annotations

import codecs
import io
import itertools
import os
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.errors import DataError
from postagger.text.lines import Lines


class Trickle(io.RawIOBase):
    """A stream that gives one part per read, as a pipe may."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = [part for part in parts if part]

    def read1(self, size: int) -> bytes:
        assert size > 0
        return self._parts.pop(0) if self._parts else b""


def lines_of(*parts: bytes) -> list[str]:
    return list(Lines(Trickle(list(parts)), "a"))  # type: ignore[arg-type]


@given(
    st.text(st.sampled_from("ab \r\n\u00e9\u20ac\U0001f333\u2028\x0c")),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.lists(st.integers(0, 60)),
)
def test_lines_are_those_of_pythons_own_reader(text: str, encoding: str, cuts: list[int]) -> None:
    data = text.encode(encoding)
    places = [0, *sorted(cuts), len(data)]
    parts = [data[start:end] for start, end in itertools.pairwise(places)]
    assert lines_of(*parts) == list(io.TextIOWrapper(io.BytesIO(data), encoding=encoding))


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_BE + b"\0a", codecs.BOM_UTF16_LE + b"a\0"])
def test_a_byte_order_mark_tells_utf16(mark: bytes) -> None:
    assert lines_of(*(mark[place : place + 1] for place in range(len(mark)))) == ["a"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"one\ncaf\xe9\n", "a is not UTF-8 text (invalid continuation byte in line 2): convert it to UTF-8"),
        (b"caf\xc3", "unexpected end of data in line 1"),
        (codecs.BOM_UTF16_LE + b"a", "a is damaged UTF-16"),
        ("é\0".encode("utf-16-le"), "iconv -f utf-16le"),
    ],
)
def test_other_encodings_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        lines_of(data)
    assert message in str(caught.value)


def test_what_has_arrived_is_known() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as binary, os.fdopen(writing, "wb", buffering=0) as pipe:
        waits: list[bool] = []
        arriving = Lines(binary, "a", before_waiting=lambda: waits.append(True))
        lines = iter(arriving)
        assert arriving.must_wait()
        pipe.write(b"one\ntwo\nthr")
        assert not arriving.must_wait()
        assert [next(lines), next(lines)] == ["one\n", "two\n"]
        assert arriving.must_wait()
        pipe.write(b"ee")
        assert arriving.must_wait()
        pipe.write(b"\n")
        assert not arriving.must_wait()
        assert next(lines) == "three\n"
        assert waits == []

        def write_later() -> None:
            time.sleep(0.1)
            pipe.write(b"four")
            pipe.close()

        threading.Thread(target=write_later).start()
        assert next(lines) == "four"
        assert waits == [True]
        assert not arriving.must_wait()
        assert list(lines) == []


def test_a_long_line_takes_linear_time() -> None:
    def parts() -> Iterator[bytes]:
        yield from [b"x" * 1000] * 9_000

    (line,) = lines_of(*parts())
    assert len(line) == 9_000_000
