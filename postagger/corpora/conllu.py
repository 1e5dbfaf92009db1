"""CoNLL-U: one word per line in ten tab-separated columns, and an empty line after each sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from postagger.corpora.columns import CONLLU
from postagger.corpora.corpus import Document
from postagger.corpora.tables import read_table
from postagger.errors import DataError

COLUMNS = len(CONLLU)
"""Columns of a CoNLL-U line."""


def is_conllu(source: str, head: list[str]) -> bool:
    """Whether a file is CoNLL-U, judging by its name and its first lines.

    Args:
        head: the first lines, as `peek` returns them.
    """
    named = source.lower().removesuffix(".gz").endswith(".conllu")
    return named or (bool(head) and head[-1].count("\t") == COLUMNS - 1)


def conllu_sentences(lines: Iterable[str], source: str) -> Iterator[tuple[int, list[str]]]:
    """Yields each sentence of CoNLL-U text as ``(number of the first line, lines)``, comments included.

    Raises:
        DataError: a line does not have ten columns.
    """
    sentence: list[str] = []
    first = 1
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if line.strip():
            if not sentence:
                first = number
            columns = line.count("\t") + 1
            if columns != COLUMNS and not line.startswith("#"):
                raise DataError(
                    f"{source}:{number}: a CoNLL-U line has {COLUMNS} columns separated by tabs, "
                    f"but this one has {columns}"
                )
            sentence.append(line)
        elif sentence:
            yield first, sentence
            sentence = []
    if sentence:
        yield first, sentence


def is_word_line(line: str) -> bool:
    """Whether a CoNLL-U line is a word, not a comment, a multiword token (1-2) or an empty node (1.1)."""
    identifier = line.partition("\t")[0]
    return identifier.isdigit() or not (_is_comment(line) or "-" in identifier or "." in identifier)


def _is_comment(line: str) -> bool:
    """Whether a line is a comment; ten columns are a token, even without a number before its ``#``."""
    return line.startswith("#") and line.count("\t") != COLUMNS - 1


def parse_conllu(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Yields the documents of CoNLL-U text, or of CoNLL-U Plus, whose first line names its columns.

    Raises:
        DataError: see `read_table`.
    """
    return read_table(lines, source, column, width=COLUMNS)
