"""Tagged sentences in files: CoNLL-U, ``word<TAB>tag`` lines, or ``word/TAG`` lines; gzip as it is.

Each format is a registered reader, as those of other packages are.

A tag ``_`` says that the token has none (see `UNTAGGED`).

Lines end as Unix, Windows or old Macintosh wrote them; the text is UTF-8, with or without a mark.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from postagger.corpora.conllu import is_conllu, parse_conllu
from postagger.corpora.corpus import Document, TaggedSentence
from postagger.corpora.readers import DETECT, READERS, checked_documents, reader_for, register_reader
from postagger.errors import DataError
from postagger.io import open_text

register_reader("conllu", suffixes=(".conllu",))(parse_conllu)

_BLANKS = re.compile(r"[ \t]+")


def read_documents(path: str | Path, *, column: str = "xpos", reader: str | None = None) -> list[Document]:
    """The documents of one file.

    Args:
        column: ``upos`` or ``xpos``, which column of CoNLL-U holds the tag.
        reader: a registered one or ``package.module:function``; default: the one for the file's suffix, or
            whichever fits its first lines.

    Raises:
        DataError: the file is unreadable, empty or malformed, or is CoNLL-U without any tag in the column
            (file and line are named).
        ConfigError: there is no such reader.
    """
    source = str(path)
    name = reader or reader_for(source)
    read = READERS.find(name).target
    with open_text(path) as lines:
        documents = [
            each for each in checked_documents(read(lines, source, column), source, name) if each.sentences
        ]
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


@register_reader(DETECT)
def read_detected(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """The format is seen from the first line that is neither empty nor a comment."""
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
        raise DataError(
            f"{source}:{len(head)}: this is neither CoNLL-U nor word<TAB>tag lines nor word/TAG lines"
        )


@register_reader("tabs")
def read_tab_separated(lines: Iterable[str], source: str, _column: str) -> Iterator[TaggedSentence]:
    """Lines of ``word<TAB>tag``, and an empty one after each sentence."""
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
    """Lines of ``word/TAG``, a sentence each."""
    for number, line in enumerate(lines, 1):
        sentence = []
        for token in split_tokens(line):
            word, _, tag = token.rpartition("/")
            if not (word and tag):
                raise DataError(f"{source}:{number}: expected word/TAG, got {token!r}")
            sentence.append((word, tag))
        if sentence:
            yield sentence
