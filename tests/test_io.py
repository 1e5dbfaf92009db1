from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger.errors import DataError
from postagger.io import clean_lines, open_binary, open_text, read_start, write_whole

TEXT = "The dog\nbarks caf\u00e9\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    """Writes bytes to a file and returns its path."""

    def write(content: bytes) -> str:
        (tmp_path / "file").write_bytes(content)
        return str(tmp_path / "file")

    return write


def lines_of(path: str) -> list[str]:
    with open_text(path) as lines:
        return list(clean_lines(lines, path))


def complaint(path: str) -> str:
    with pytest.raises(DataError) as caught:
        lines_of(path)
    return str(caught.value).replace(path, "a.txt")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("source", ["file", "feed"])
@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-16-be", "utf-32-be"])
def test_text_from_files_and_pipes(
    source: str, encoding: str, packed: bool, request: pytest.FixtureRequest
) -> None:
    content = TEXT.encode(encoding)
    if encoding.endswith("-be"):
        content = "\ufeff".encode(encoding) + content
    open_source = request.getfixturevalue(source)
    assert "".join(lines_of(open_source(gzip.compress(content) if packed else content))) == TEXT


@pytest.mark.parametrize("content", [b"", b"a", b"\x1f", b"\xef\xbb", b"\n"])
@pytest.mark.parametrize("source", ["file", "feed"])
def test_a_file_shorter_than_a_mark(source: str, content: bytes, request: pytest.FixtureRequest) -> None:
    with open_binary(request.getfixturevalue(source)(content)) as binary:
        assert binary.read() == content


@pytest.mark.parametrize("size", [0, 3, 99])
def test_the_first_bytes_come_again(size: int, feed: Callable[[bytes], str]) -> None:
    with open_binary(feed(b"word vectors")) as binary:
        start, whole = read_start(binary, size)
        assert (start, whole.read()) == (b"word vectors"[:size], b"word vectors")


def test_only_line_feeds_and_carriage_returns_end_a_line(file: Callable[[bytes], str]) -> None:
    inside = "a\u2028b\u2029c\u0085d\fe\vf\x1cg"
    assert lines_of(file(f"{inside}\nh\r\ni\rj".encode())) == [f"{inside}\n", "h\n", "i\n", "j"]


def test_concatenated_files_keep_no_byte_order_mark(file: Callable[[bytes], str]) -> None:
    content = b"".join(f"{word}\n".encode("utf-8-sig") for word in ("one", "two"))
    assert lines_of(file(content + content)) == ["one\n", "two\n"] * 2


@pytest.mark.parametrize(
    ("content", "reason", "encoding"),
    [
        (b"a\n" * 9000 + "caf\u00e9 x\n".encode("latin-1"), "continuation byte in line 9001", "cp1252"),
        (b"a\r\n" * 3 + b"\xff\r\n" + b"a\r\n" * 3, "start byte in line 4", "cp1252"),
        (b"a\r" * 3 + b"\xff\r", "start byte in line 4", "cp1252"),
        ("\u201cThe\u201d".encode("cp1252"), "start byte in line 1", "cp1252"),
        ("caf\u00e9\n".encode("utf-16-le"), "in line 1", "utf-16le"),
        ("a word\n".encode("utf-16-le"), "NUL bytes, first in line 1", "utf-16le"),
        ("a word\n".encode("utf-16-be"), "NUL bytes, first in line 1", "utf-16be"),
        ("a word\n".encode("utf-32-le"), "NUL bytes, first in line 1", "utf-32le"),
    ],
)
@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_other_encodings_are_an_error_that_names_the_line(
    content: bytes, reason: str, encoding: str, wrap: Callable[[bytes], bytes], file: Callable[[bytes], str]
) -> None:
    message = complaint(file(wrap(content)))
    assert message.startswith("a.txt is not UTF-8 text (")
    assert message.endswith(f"{reason}): convert it to UTF-8, as in iconv -f {encoding} -t utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"one\ntwo\0\n", "not text (it holds NUL bytes, first in line 2): write it as UTF-8 text"),
        (bytes(range(256)) * 20, "not text (invalid start byte in line 2): write it as UTF-8 text"),
        (b"SQLite format 3\0" + bytes(99), "a database, not text: write its table as CSV"),
        (b"ARROW1\0\0" + bytes([0, 200]), "a table of Arrow, not text: write it as JSON lines or CSV"),
        (b"\xff\xff\xff\xff\xf8\0\0\0", "a table of Arrow, not text: write it as JSON lines or CSV"),
        (
            lzma.compress(b"a\tX\n"),
            "a file packed by xz, not text: unpack it, as in unxz -k, or pack it by gzip",
        ),
        (
            bz2.compress(b"a\tX\n"),
            "a file packed by bzip2, not text: unpack it, as in bunzip2 -k, or pack it",
        ),
        (b"\x28\xb5\x2f\xfd\4\0\xff", "a file packed by zstd, not text: unpack it, as in unzstd, or pack it"),
        (b"a.tsv".ljust(257, b"\0") + b"ustar\0", "a tar archive, not text: unpack it"),
        (
            gzip.compress(b"a.tsv".ljust(257, b"\0") + b"ustar\0", mtime=0),
            "a tar archive that is packed by gzip, not text",
        ),
        (b"7z\xbc\xaf\x27\x1c\0", "a 7z archive, not text: unpack it"),
        (b"PK\3\4\x14\0\xff", "a zip archive or an office document, not text: unpack it, or save it as text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an office document, not text: save it as text or CSV"),
        (b"\x93NUMPY\1\0v", "an array of NumPy, not text"),
        (b"\x89HDF\r\n\x1a\n\0", "an HDF5 file, not text"),
        (b"%PDF-1.4\n%\xe2\xe3\n", "a PDF, not text"),
    ],
)
def test_files_that_are_no_text(content: bytes, message: str, file: Callable[[bytes], str]) -> None:
    assert complaint(file(content)).startswith(f"a.txt is {message}")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("\u65e5\u672c\u8a9e\u3092\u8aad\u3080\u3002\n".encode("shift_jis"), "start byte in line 1"),
        ("\u041d\u0435\u0442\n".encode() * 3 + b"\xff\n", "start byte in line 4"),
    ],
)
def test_an_encoding_that_is_not_known_is_not_guessed(
    content: bytes, reason: str, file: Callable[[bytes], str]
) -> None:
    message = complaint(file(content))
    assert message.startswith("a.txt is not UTF-8 text (")
    assert message.endswith(
        f"{reason}): convert it to UTF-8 from the encoding that it has, or mend this line"
    )


def test_damaged_utf16(file: Callable[[bytes], str]) -> None:
    assert complaint(file("word".encode("utf-16")[:-1])).startswith("a.txt is damaged UTF-16")


def test_a_file_is_written_with_its_folders_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "file.txt"
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"
    assert [entry.name for entry in file.parent.iterdir()] == ["file.txt"]


def test_a_file_has_the_usual_permissions_of_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_whole(tmp_path / "whole", b"")
    assert (tmp_path / "whole").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_existing_file_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file.txt"
    write_whole(file, b"before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(file, b"after")
    assert file.read_bytes() == b"before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"")


def test_a_file_that_is_replaced_keeps_its_permissions_and_a_link_its_target(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    write_whole(file, b"before")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, b"af", b"ter")
    assert link.is_symlink()
    assert file.read_bytes() == b"after"
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="whether a process lives is asked on POSIX systems only")
def test_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    """A process is killed while it writes; another file, and one of a process that lives, stay."""
    program = (
        "import os, signal, sys; from pathlib import Path; from postagger.io import write_whole;"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL);"
        "write_whole(Path(sys.argv[1]), b'half')"
    )
    file = tmp_path / "file"
    write_whole(file, b"before")
    subprocess.run([sys.executable, "-c", program, str(file)], check=False)
    (left,) = [each for each in tmp_path.iterdir() if each != file]
    alive = left.with_name(left.name.replace(left.name.split(".")[-4], str(os.getppid())))
    alive.write_bytes(b"")
    other = tmp_path / ".other.part"
    other.write_bytes(b"")
    assert file.read_bytes() == b"before"
    write_whole(file, b"after")
    assert sorted(tmp_path.iterdir()) == sorted([file, alive, other])
