"""CoNLL-U: one word per line in ten tab-separated columns, and an empty line after each sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from postagger.corpora.corpus import Document
from postagger.corpora.sentences import UNTAGGED, TaggedSentence
from postagger.errors import DataError

COLUMNS = 10
"""Columns of a CoNLL-U line."""

TAG_COLUMN = {"upos": 3, "xpos": 4}


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
            if not line.startswith("#") and line.count("\t") != COLUMNS - 1:
                raise DataError(
                    f"{source}:{number}: a CoNLL-U line has {COLUMNS} columns separated by tabs, "
                    f"but this one has {line.count(chr(9)) + 1}"
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
    return not line.startswith("#") and "-" not in identifier and "." not in identifier


def parse_conllu(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Yields the documents of CoNLL-U text; ``# newdoc`` starts one.

    Raises:
        DataError: a line does not have ten columns, or no word has a tag in the column.
    """
    tag_column = TAG_COLUMN[column]
    name, category = source, ""
    sentences: list[TaggedSentence] = []
    first_untagged, any_tagged = 0, False  # line number; whether any word has a tag
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
                tag = fields[tag_column] or UNTAGGED
                if tag == UNTAGGED:
                    first_untagged = first_untagged or number
                else:
                    any_tagged = True
                sentence.append((fields[1], tag))
        if sentence:
            sentences.append(sentence)
    if first_untagged and not any_tagged:
        other = "upos" if column == "xpos" else "xpos"
        raise DataError(
            f"{source}:{first_untagged}: no tag in the column {column}, on this or any other line: "
            f"fill it in, or choose the other column with corpus.column={other}"
        )
    yield Document(name, sentences, category)
