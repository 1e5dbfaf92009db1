"""CoNLL-U: ten columns divided by tabs, a word a line, and an empty line after each sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from postagger.corpora.corpus import UNTAGGED, Document, TaggedSentence
from postagger.errors import DataError

COLUMNS = 10
"""Columns of a CoNLL-U line."""

TAG_COLUMN = {"upos": 3, "xpos": 4}


def is_conllu(source: str, head: list[str]) -> bool:
    """Whether a file is CoNLL-U, going by its name and by what `peek` gave."""
    named = source.lower().removesuffix(".gz").endswith(".conllu")
    return named or (bool(head) and head[-1].count("\t") == COLUMNS - 1)


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


def is_word_line(line: str) -> bool:
    """Whether a CoNLL-U line is a word: no comment, multiword range (1-2) or empty node (1.1)."""
    identifier = line.partition("\t")[0]
    return not line.startswith("#") and "-" not in identifier and "." not in identifier


def parse_conllu(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
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
