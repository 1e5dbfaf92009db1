"""Reads tagged sentences from files: CoNLL-U, ``word<TAB>tag`` lines or ``word/TAG`` lines, plain or gzipped.

Each format has a registered reader, like the readers of other packages.

The tag ``_`` means that a token has no tag (see `UNTAGGED`).

Line ends may be Unix, Windows or old Macintosh; the text is UTF-8, with or without a byte order mark.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from postagger.corpora.conllu import is_conllu, parse_conllu
from postagger.corpora.corpus import Document
from postagger.corpora.readers import DETECT, READERS, checked_documents, reader_for, register_reader
from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError
from postagger.io import open_text

register_reader("conllu", suffixes=(".conllu",))(parse_conllu)

_SPACES_AND_TABS = re.compile(r"[ \t]+")


def read_documents(path: str | Path, *, column: str = "xpos", reader: str | None = None) -> list[Document]:
    """Reads the documents of one file.

    Args:
        column: ``upos`` or ``xpos``, the column of CoNLL-U that contains the tag.
        reader: a registered reader or ``package.module:function``; default: chosen by the file's suffix, or
            else by its first lines.

    Raises:
        DataError: the file is unreadable, empty or malformed, or is CoNLL-U without any tag in the column;
            the message names file and line.
        ConfigError: there is no such reader.
    """
    source = str(path)
    name = reader or reader_for(source)
    read = READERS.target(name)
    with open_text(path) as lines:
        documents = [
            each for each in checked_documents(read(lines, source, column), source, name) if each.sentences
        ]
    if not documents:
        raise DataError(f"{path} contains no tagged sentence")
    return documents


def split_tokens(line: str) -> list[str]:
    """Splits a line at spaces and tabs; tokens may contain other white space."""
    return [token for token in _SPACES_AND_TABS.split(line.rstrip("\r\n")) if token]


def peek(lines: Iterable[str]) -> tuple[list[str], Iterator[str]]:
    """The lines up to the first that is not empty or a CoNLL-U comment, and an iterator over all lines."""
    rest = iter(lines)
    head: list[str] = []
    for line in rest:
        head.append(line)
        if line.strip() and not line.startswith("# "):
            break
    return head, itertools.chain(head, rest)


def is_word_and_tag(line: str) -> bool:
    """Whether a line is ``word<TAB>tag``, or two or more ``word/TAG`` tokens."""
    tokens = split_tokens(line)
    if "\t" in line:
        return len(tokens) == 2 and line.count("\t") == 1
    return len(tokens) > 1 and all(0 < token.rfind("/") < len(token) - 1 for token in tokens)


@register_reader(DETECT)
def read_detected(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Reads a file whose format is detected from its first line that is neither empty nor a comment."""
    head, rest = peek(lines)
    if not any(line.strip() for line in head):
        return
    first = head[-1].rstrip("\r\n")
    if is_conllu(source, head):
        yield from parse_conllu(rest, source, column)
    elif "\t" in first:
        yield Document(source, list(read_tab_separated(rest, source, column)))
    elif "/" in first:
        yield Document(source, list(read_slash_separated(rest, source, column)))
    else:
        raise DataError(f"{source}:{len(head)}: this line is not CoNLL-U, word<TAB>tag or word/TAG")


@register_reader("tabs")
def read_tab_separated(lines: Iterable[str], source: str, _column: str) -> Iterator[TaggedSentence]:
    """Reads lines of ``word<TAB>tag``, with an empty line after each sentence."""
    sentence: TaggedSentence = []
    for number, line in enumerate(lines, 1):
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


@register_reader("slashes")
def read_slash_separated(lines: Iterable[str], source: str, _column: str) -> Iterator[TaggedSentence]:
    """Reads sentences of ``word/TAG`` tokens, one per line."""
    for number, line in enumerate(lines, 1):
        sentence = []
        for token in split_tokens(line):
            word, _, tag = token.rpartition("/")
            if not (word and tag):
                raise DataError(f"{source}:{number}: expected word/TAG, got {token!r}")
            sentence.append((word, tag))
        if sentence:
            yield sentence
