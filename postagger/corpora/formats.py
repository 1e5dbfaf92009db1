"""Reads tagged sentences from files: CoNLL-U, vertical files, ``word/TAG`` lines, JSON or trees.

Each format has a registered reader, like the readers of other packages.

The tag ``_`` means that a token has no tag (see `UNTAGGED`). White space around words and tags does not
belong to them.

Files are plain or gzipped. Line ends may be Unix, Windows or old Macintosh; see `open_text` for encodings.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from postagger.corpora.conllu import parse_conllu
from postagger.corpora.corpus import Document
from postagger.corpora.detection import Kind, detect, first_lines, is_slash_token
from postagger.corpora.detection import split_tokens as split_tokens
from postagger.corpora.dividers import COMMAS, Divider, divider_of, tabs_of
from postagger.corpora.json_corpus import read_json_corpus
from postagger.corpora.readers import DETECT, READERS, checked_documents, reader_for, register_reader
from postagger.corpora.slashes import read_slashes
from postagger.corpora.tables import read_table
from postagger.corpora.trees import read_trees
from postagger.errors import DataError
from postagger.io import clean_lines, open_text, printable

register_reader("conllu", suffixes=(".conllu", ".conllup"))(parse_conllu)
register_reader("slashes")(read_slashes)
register_reader("json")(read_json_corpus)
register_reader("trees")(read_trees)


def read_documents(path: str | Path, *, column: str = "xpos", reader: str | None = None) -> list[Document]:
    """Reads the documents of one file.

    Args:
        column: the column that contains the tag, if there are several: a name, or a number from 1 on.
        reader: a registered reader or ``package.module:function``; default: chosen by the file's suffix, or
            else by its first lines.

    Raises:
        DataError: the file is unreadable, empty or malformed, or has no tag in the column; the message names
            file and line.
        ConfigError: there is no such reader.
    """
    source = printable(str(path))
    with open_text(path) as lines:
        return parse_documents(clean_lines(lines, source), source, column=column, reader=reader)


def parse_documents(
    lines: Iterable[str], source: str, *, column: str = "xpos", reader: str | None = None
) -> list[Document]:
    """Reads the documents in the lines of a file called `source`; the rest is as in `read_documents`."""
    name = reader or reader_for(source)
    read = READERS.target(name)
    documents = [
        each for each in checked_documents(read(lines, source, column), source, name) if each.sentences
    ]
    if not documents:
        raise DataError(f"{source} contains no tagged sentence")
    return documents


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
    return len(tokens) > 1 and all(map(is_slash_token, tokens))


@register_reader(DETECT)
def read_detected(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Reads a file whose format is detected from its first hundred lines; the others have to fit it."""
    first, rest = first_lines(lines)
    if not any(line.strip() for line in first):
        return
    readers: dict[Kind, Callable[[Iterable[str], str, str], Iterator[Document]]] = {
        "conllu": parse_conllu,
        "tabs": read_tabs,
        "blanks": read_blanks,
        "commas": read_commas,
        "slashes": read_slashes,
        "json": read_json_corpus,
        "trees": read_trees,
    }
    yield from readers[detect(first, source)](rest, source, column)


@register_reader("tabs")
def read_tabs(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Reads lines of ``word<TAB>tag``, or more columns, with an empty line after each sentence."""
    first, rest = first_lines(lines)
    return read_table(rest, source, column, divider=tabs_of(first))


@register_reader("blanks")
def read_blanks(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Reads a token per line in columns divided by blanks, as in CoNLL-2000 and CoNLL-2003."""
    return read_table(lines, source, column, divider=Divider("blanks", split_tokens))


@register_reader("commas")
def read_commas(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Reads a token per line in columns divided by commas, semicolons or bars, and quotes around some."""
    first, rest = first_lines(lines)
    found = divider_of([line for line in first if line.strip()] or [""])
    return read_table(rest, source, column, divider=found or COMMAS)
