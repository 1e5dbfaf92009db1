"""Reads word vectors entry by entry: from text, word2vec's binary format, fastText's .bin, or gensim."""

from __future__ import annotations

import codecs
import re
import string
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from postagger.errors import DataError
from postagger.io import TOKEN, binary_lines, open_binary, read_start

Entry = tuple[str, str, NDArray[Any]]
"""The position for error messages, a word, and its vector, ``(dim,)``."""

_START = 1 << 16
"""How many of the first bytes show the format."""

_HEADER = re.compile(rb"(\d{1,12})[ \t]+([1-9]\d{0,4})[ \t]*\r?\n")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PRINTABLE = string.printable.encode()
_FASTTEXT = struct.pack("<i", 793712314)
_GENSIM = "load it with gensim and pass its KeyedVectors, or save them with save_word2vec_format"


class KeyedVectors(Protocol):
    """The part of gensim's ``KeyedVectors`` that is used: words, most frequent first, and their vectors."""

    @property
    def index_to_key(self) -> Sequence[str]: ...

    @property
    def vectors(self) -> NDArray[Any]: ...


@dataclass(frozen=True)
class WordSelection:
    """Selects the first `limit` words, and the wanted ones wherever they are."""

    limit: int
    wanted: frozenset[str] = frozenset()

    def takes(self, number: int, word: str) -> bool:
        """Whether the word with this number, counted from 0, is selected."""
        return number < self.limit or word in self.wanted

    def ends(self, number: int) -> bool:
        """Whether no word from this number on can be selected."""
        return number >= self.limit and not self.wanted


class _Header(NamedTuple):
    words: int
    dim: int


def file_entries(path: Path, selection: WordSelection) -> Iterator[Entry]:
    """Yields the entries of a file; its format is detected from its content.

    Raises:
        DataError: see `load_vectors`.
    """
    with open_binary(path) as opened:
        start, file = read_start(opened, _START)
        if start.startswith(b"\x80"):
            raise DataError(f"{path} is a pickle, which could run code: it is not read; {_GENSIM}")
        if start.startswith(b"PK\x03\x04"):
            raise DataError(f"{path} is a zip archive: unpack it first")
        if start.startswith(_FASTTEXT):
            _check_fasttext(path)
            yield from object_entries(_load_fasttext(path), selection, str(path))
            return
        if start.startswith(codecs.BOM_UTF8):
            start = start.removeprefix(file.read(len(codecs.BOM_UTF8)))
        found = _HEADER.match(start)
        header = _Header(int(found[1]), int(found[2])) if found else None
        if header and found and not _is_text(start[found.end() :], header.dim):
            yield from _binary_entries(file, str(path), selection, header)
        else:
            dim = header.dim if header else _usual_dim(start)
            yield from _text_entries(file, str(path), selection, header, dim)


def object_entries(source: KeyedVectors, selection: WordSelection, name: str) -> Iterator[Entry]:
    """Yields the entries of an object like gensim's ``KeyedVectors``; `name` is its name in errors.

    Raises:
        DataError: the object lacks these attributes, or they don't fit each other.
    """
    try:
        words, vectors = list(source.index_to_key), np.asarray(source.vectors)
    except (AttributeError, TypeError):
        raise DataError(
            "word vectors come from a file, from WordVectors or from gensim's KeyedVectors (the .wv of a "
            f"gensim model); got an object of type {name}"
        ) from None
    if vectors.dtype.kind not in "fiu":
        raise DataError(f"{name} has vectors of type {vectors.dtype}; expected numbers")
    if vectors.ndim != 2 or len(vectors) != len(words):
        raise DataError(f"{name} has {len(words)} words but vectors of shape {vectors.shape}")
    for number, (word, vector) in enumerate(zip(words, vectors, strict=True)):
        if selection.takes(number, word):
            yield name, word, vector


# -- text -------------------------------------------------------------------------------------------


def _is_text(start: bytes, dim: int) -> bool:
    """Whether an entry is text: a longer printable run follows its word than random bytes would give."""
    _, *numbers = re.split(rb"[ \t]", start.partition(b"\n")[0], maxsplit=1)
    shown = b"".join(numbers)[:64]
    return len(shown) >= min(dim, 20) and not shown.translate(None, _PRINTABLE)


def _usual_dim(start: bytes) -> int:
    """The number of numbers that fits most of the first lines: some words contain blanks or are one."""
    lines = [line.rstrip() for line in start.split(b"\n") if line.strip()]
    if len(start) == _START:
        lines = lines[:-1] or lines  # the last one may be cut off
    dims = [len(line.split()) - (0 if _lacks_word(line) else 1) for line in lines]
    dims += [line.count(b"\t") for line in lines]
    return max(dict.fromkeys(dims), key=lambda dim: sum(_fits(line, dim) for line in lines), default=0)


def _fits(line: bytes, dim: int) -> bool:
    numbers = _word_and_numbers(line, dim)[1]
    return 0 < dim == len(numbers) and all(map(_is_number, numbers))


def _lacks_word(line: bytes) -> bool:
    """Whether a line begins with a blank and contains only numbers: its word is a blank."""
    return line[:1] in (b" ", b"\t") and all(map(_is_number, line.split()))


def _text_entries(
    file: BinaryIO, path: str, selection: WordSelection, header: _Header | None, dim: int
) -> Iterator[Entry]:
    count = 0
    for line_number, line in enumerate(binary_lines(file, path), 1):
        if (header and line_number == 1) or not line.strip():
            continue
        if selection.ends(count):
            return
        if selection.takes(count, line.split(None, 1)[0].decode(errors="replace")):
            yield _text_entry(line.rstrip(), dim, f"{path}:{line_number}")
        count += 1
    if header and count != header.words:
        raise _wrong_count(path, header, str(count))


def _text_entry(line: bytes, dim: int, place: str) -> Entry:
    """Parses a line: a word, which may contain blanks as some of GloVe's do or be one, and its numbers."""
    word, numbers = _word_and_numbers(line, dim)
    if dim < 1 or len(numbers) != dim:
        raise DataError(f"{place}: expected a word and {dim or 'its'} numbers, got {len(numbers)} numbers")
    try:
        return place, word.decode(), np.array([float(number) for number in numbers])
    except UnicodeDecodeError:
        raise DataError(
            f"{place}: this is not UTF-8 text: convert the file, as in iconv -f cp1252 -t utf-8"
        ) from None
    except ValueError:
        bad = next(number for number in numbers if not _is_number(number))
        raise DataError(
            f"{place}: expected a word and {dim} numbers, got {bad.decode(errors='replace')!r}"
        ) from None


def _word_and_numbers(line: bytes, dim: int) -> tuple[bytes, list[bytes]]:
    """Divides a line: the word ends at the first tab if all are tabs, else before the last `dim` fields."""
    if line.count(b"\t") == dim:
        word, *numbers = line.split(b"\t")
        return word.strip(), numbers
    fields = line.split()
    if len(fields) == dim and _lacks_word(line):
        return b"", fields
    if len(fields) <= dim + 1 or _is_surplus(fields[-dim - 1], fields[-dim:]):
        return fields[0], fields[1:]
    return line.rsplit(None, dim)[0].strip(), fields[-dim:]


def _is_surplus(field: bytes, numbers: list[bytes]) -> bool:
    """Whether a field before the numbers is one number too many, and not part of a word such as ``1 000``.

    Digits alone belong to the word if the numbers have decimal points or exponents.
    """
    if not _NUMBER.fullmatch(field):
        return False
    return not field.isdigit() or all(map(bytes.isdigit, numbers))


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _wrong_count(path: str, header: _Header, found: str) -> DataError:
    return DataError(f"{path}: the header says {header.words} words, the file has {found}: is it damaged?")


# -- binary -----------------------------------------------------------------------------------------


def _binary_entries(file: BinaryIO, path: str, selection: WordSelection, header: _Header) -> Iterator[Entry]:
    file.readline()
    size = 4 * header.dim
    for number in range(header.words):
        if selection.ends(number):
            return
        word = _until(file, b" ", f"{path}: word {number + 1}").lstrip(b"\n")
        vector = file.read(size)
        if len(vector) < size:
            raise _wrong_count(path, header, str(number))
        try:
            if selection.takes(number, text := word.decode()):
                yield f"{path}: word {number + 1}", text, np.frombuffer(vector, "<f4")
        except UnicodeDecodeError:
            continue  # word2vec cuts long words within a character
    if file.read(2).strip():
        raise _wrong_count(path, header, "more")


def _until(file: BinaryIO, end: bytes, place: str) -> bytes:
    """Reads up to the byte `end` or the end of the file, and returns what comes before.

    Raises:
        DataError: that is longer than a token may be.
    """
    found = bytearray()
    longest = TOKEN.value
    while (byte := file.read(1)) not in (end, b""):
        found += byte
        if len(found) > longest:
            raise TOKEN.exceeded(place, "this word")
    return bytes(found)


def _check_fasttext(path: Path) -> None:
    """Checks that a file is complete, because gensim hangs on one that is cut off among its words."""
    if not path.is_file():
        raise DataError(f"{path} is a fastText .bin in a pipe: save it as a file first")
    with path.open("rb") as file:
        if file.read(len(_FASTTEXT)) != _FASTTEXT:
            raise DataError(f"{path} is a compressed fastText .bin: unpack it with gunzip")
        size = file.seek(0, 2)
        file.seek(64)  # after magic number, version and settings
        try:
            words, _, labels, _, pruned = struct.unpack("<3i2q", file.read(28))
            for number in range(words):
                _until(file, b"\0", f"{path}: word {number + 1}")
                if len(file.read(9)) < 9:  # its count and kind
                    raise EOFError
            if pruned > size or words < 0:
                raise EOFError
            file.seek(8 * max(0, pruned), 1)
            quantised, rows, dim = struct.unpack("<?2q", file.read(17))
        except (struct.error, EOFError, OSError, ValueError):  # the last two of what is to be skipped
            raise DataError(f"{path} is a fastText .bin that is cut off") from None
        left = size - file.tell()
    if quantised or labels:
        raise DataError(f"{path} is a fastText classifier or .ftz, not a .bin with word vectors")
    if rows < 0 or dim < 1 or left < 4 * rows * dim:
        raise DataError(f"{path} is a fastText .bin that is cut off")


def _load_fasttext(path: Path) -> KeyedVectors:
    try:
        from gensim.models.fasttext import load_facebook_vectors
    except ImportError:
        raise DataError(
            f"{path} is a fastText .bin, which needs gensim: pip install 'postagkit[vectors]'"
        ) from None
    try:
        vectors: KeyedVectors = load_facebook_vectors(str(path))
    except (
        AssertionError,
        ArithmeticError,
        EOFError,
        MemoryError,
        NotImplementedError,
        OSError,
        struct.error,
        ValueError,
    ) as error:
        raise DataError(f"{path} is a fastText .bin that gensim can't read: {error}") from None
    return vectors
