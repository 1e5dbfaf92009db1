"""Tagged sentences in files: CoNLL-U, ``word<TAB>tag`` lines, or ``word/TAG`` lines; gzip as it is.

A tag ``_`` says that the token has none (see `UNTAGGED`).

Lines end as Unix, Windows or old Macintosh wrote them; the text is UTF-8, with or without a mark.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from postagger.corpora.conllu import is_conllu, parse_conllu
from postagger.corpora.corpus import Document, TaggedSentence
from postagger.errors import DataError
from postagger.io import open_text

_BLANKS = re.compile(r"[ \t]+")


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


def split_tokens(line: str) -> list[str]:
    """The tokens of a line divided by blanks or tabs; other white space stays inside."""
    return [token for token in _BLANKS.split(line.rstrip("\r\n")) if token]


def peek(lines: Iterable[str]) -> tuple[list[str], Iterator[str]]:
    """The lines up to the first that is neither empty nor a comment of CoNLL-U, and all lines."""
    rest = iter(lines)
    head: list[str] = []
    for line in rest:
        head.append(line)
        if line.strip() and not line.startswith("# "):
            break
    return head, itertools.chain(head, rest)


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
        yield from parse_conllu(rest, source, column)
    elif "\t" in first:
        yield Document(source, list(_tab_separated(enumerate(rest, 1), source)))
    elif "/" in first:
        yield Document(source, list(_slash_separated(enumerate(rest, 1), source)))
    else:
        raise DataError(
            f"{source}:{len(head)}: this is neither CoNLL-U nor word<TAB>tag lines nor word/TAG lines"
        )


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
