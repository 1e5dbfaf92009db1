"""Tagged sentences in files: CoNLL-U, ``word<TAB>tag`` lines, or ``word/TAG`` lines; gzip as it is.

A tag ``_`` says that the token has none (see `UNTAGGED`).

Lines end as Unix, Windows or old Macintosh wrote them; the text is UTF-8, with or without a mark.
"""

from __future__ import annotations

import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from postagger.corpora.corpus import UNTAGGED, Document, TaggedSentence
from postagger.errors import DataError

COLUMNS = 10
"""Columns of a CoNLL-U line."""

_BLANKS = re.compile(r"[ \t]+")

TAG_COLUMN = {"upos": 3, "xpos": 4}


@contextmanager
def open_binary(path: str | Path) -> Iterator[BinaryIO]:
    """Opens a file, unpacking gzip by its first bytes.

    Raises:
        DataError: the file can't be opened or is damaged; also while it is read.
    """
    try:
        binary = Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    try:
        with binary:
            packed = binary.read(2) == b"\x1f\x8b"
            binary.seek(0)
            if packed:
                with io.BufferedReader(gzip.GzipFile(fileobj=binary)) as unpacked:
                    yield unpacked
            else:
                yield binary
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is a damaged gzip file: {error}") from None


@contextmanager
def open_text(path: str | Path) -> Iterator[TextIO]:
    """Opens a UTF-8 text file, unpacking gzip by its first bytes.

    Raises:
        DataError: the file can't be opened, is damaged, or is not UTF-8; also while it is read.
    """
    try:
        with open_binary(path) as binary, io.TextIOWrapper(binary, encoding="utf-8-sig") as text:
            yield text
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason}): convert it to UTF-8") from None


def read_documents(path: str | Path, *, column: str = "xpos") -> list[Document]:
    """The documents of one file; its format is seen from its name (``.conllu``) or first line.

    Args:
        column: ``upos`` or ``xpos``, which column of CoNLL-U holds the tag.

    Raises:
        DataError: the file is unreadable, empty or malformed, or is CoNLL-U without any tag in the column
            (file and line are named).
    """
    with open_text(path) as lines:
        documents = list(_parse(lines, str(path), column))
    documents = [document for document in documents if document.sentences]
    if not documents:
        raise DataError(f"{path} holds no tagged sentence")
    return documents


def conllu_sentences(lines: Iterable[str], source: str) -> Iterator[tuple[int, list[str]]]:
    """Sentences of CoNLL-U text as ``(number of the first line, lines)``, comments included."""
    sentence: list[str] = []
    first = 1
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if line.strip():
            if not sentence:
                first = number
            if not line.startswith("#") and line.count("\t") != COLUMNS - 1:
                raise DataError(
                    f"{source}:{number}: a CoNLL-U line has {COLUMNS} columns divided by tabs, "
                    f"this one has {line.count(chr(9)) + 1}"
                )
            sentence.append(line)
        elif sentence:
            yield first, sentence
            sentence = []
    if sentence:
        yield first, sentence


def split_tokens(line: str) -> list[str]:
    """The tokens of a line divided by blanks or tabs; other white space stays inside."""
    return [token for token in _BLANKS.split(line.rstrip("\r\n")) if token]


def is_word_line(line: str) -> bool:
    """Whether a CoNLL-U line is a word: no comment, multiword range (1-2) or empty node (1.1)."""
    identifier = line.partition("\t")[0]
    return not line.startswith("#") and "-" not in identifier and "." not in identifier


def peek(lines: Iterable[str]) -> tuple[list[str], Iterator[str]]:
    """The lines up to the first that is neither empty nor a comment of CoNLL-U, and all lines."""
    rest = iter(lines)
    head: list[str] = []
    for line in rest:
        head.append(line)
        if line.strip() and not line.startswith("# "):
            break
    return head, itertools.chain(head, rest)


def is_conllu(source: str, head: list[str]) -> bool:
    """Whether a file is CoNLL-U, going by its name and by what `peek` gave."""
    named = source.lower().removesuffix(".gz").endswith(".conllu")
    return named or (bool(head) and head[-1].count("\t") == COLUMNS - 1)


def is_word_and_tag(line: str) -> bool:
    """Whether a line is a word and its tag, or a sentence of ``word/TAG``, of at least two tokens."""
    tokens = split_tokens(line)
    if "\t" in line:
        return len(tokens) == 2 and line.count("\t") == 1
    return len(tokens) > 1 and all(0 < token.rfind("/") < len(token) - 1 for token in tokens)


def _parse(lines: TextIO, source: str, column: str) -> Iterator[Document]:
    head, rest = peek(lines)
    if not any(line.strip() for line in head):
        return
    first = head[-1].rstrip("\r\n")
    if is_conllu(source, head):
        yield from _conllu(rest, source, column)
    elif "\t" in first:
        yield Document(source, list(_tab_separated(enumerate(rest, 1), source)))
    elif "/" in first:
        yield Document(source, list(_slash_separated(enumerate(rest, 1), source)))
    else:
        raise DataError(
            f"{source}:{len(head)}: this is neither CoNLL-U nor word<TAB>tag lines nor word/TAG lines"
        )


def _conllu(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    place = TAG_COLUMN[column]
    name, category = source, ""
    sentences: list[TaggedSentence] = []
    hole, filled = 0, False  # the first line without a tag; whether another has one
    for first, block in conllu_sentences(lines, source):
        sentence = []
        for number, line in enumerate(block, first):
            if line.startswith("# newdoc"):
                yield Document(name, sentences, category)
                name, category, sentences = line.partition("=")[2].strip() or f"{source}:{number}", "", []
            elif line.startswith("# genre ="):
                category = line.partition("=")[2].strip()
            elif is_word_line(line):
                fields = line.split("\t")
                tag = fields[place] or UNTAGGED
                if tag == UNTAGGED:
                    hole = hole or number
                else:
                    filled = True
                sentence.append((fields[1], tag))
        if sentence:
            sentences.append(sentence)
    if hole and not filled:
        other = "upos" if column == "xpos" else "xpos"
        raise DataError(
            f"{source}:{hole}: no tag in the column {column}, nor in any other line: "
            f"fill it in, or choose the other with corpus.column={other}"
        )
    yield Document(name, sentences, category)


def _tab_separated(lines: Iterable[tuple[int, str]], source: str) -> Iterator[TaggedSentence]:
    sentence: TaggedSentence = []
    for number, line in lines:
        line = line.rstrip("\r\n")
        if not line.strip():
            if sentence:
                yield sentence
            sentence = []
            continue
        fields = line.split("\t")
        if len(fields) != 2 or not all(fields):
            raise DataError(f"{source}:{number}: expected word<TAB>tag, got {line!r}")
        sentence.append((fields[0], fields[1]))
    if sentence:
        yield sentence


def _slash_separated(lines: Iterable[tuple[int, str]], source: str) -> Iterator[TaggedSentence]:
    for number, line in lines:
        sentence = []
        for token in split_tokens(line):
            word, _, tag = token.rpartition("/")
            if not (word and tag):
                raise DataError(f"{source}:{number}: expected word/TAG, got {token!r}")
            sentence.append((word, tag))
        if sentence:
            yield sentence
