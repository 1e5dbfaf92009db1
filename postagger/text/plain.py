"""Text without tags, for training that needs none: files, or the words of a tagged corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from postagger.corpora.conllu import conllu_sentences, is_conllu
from postagger.corpora.formats import is_word_and_tag, peek, read_documents
from postagger.corpora.load import is_file, load_documents
from postagger.errors import DataError, brief
from postagger.io import open_text
from postagger.text.tag_text import forms
from postagger.text.tokenize import tokenize

LONGEST = 500
"""Tokens of a sentence; a longer line is cut into pieces of so many, the last one shorter."""


def load_text(source: str | Path, *, nltk_data: str | None = None) -> list[list[str]]:
    """Reads sentences of words; empty ones are left out.

    Args:
        source: the path of a UTF-8 text file with a sentence a line, which is cut into tokens as the
            Penn treebank does it; or of a tagged file, of which the words are taken; gzip is read
            as it is. Or the name of a tagged corpus, as for `load_corpus`: its words, without traces.
            Nothing cuts a line into sentences: of several in one line, only the last full stop would be
            a token of its own.
        nltk_data: a folder with NLTK data, searched before ``data/`` and NLTK's own places.

    Raises:
        DataError: the file is missing, a folder, binary, damaged or without a word, or there is no such
            corpus.
    """
    if not isinstance(source, str | Path):
        raise DataError(f"a text is the path of a file, or a corpus such as 'brown'; got {brief(source)}")
    source = str(source)
    sentences = _read(source) if is_file(source) else _words(source, nltk_data)
    pieces = [
        sentence[start : start + LONGEST]
        for sentence in sentences
        for start in range(0, len(sentence), LONGEST)
    ]
    if not pieces:
        raise DataError(f"{source} holds no word: name a text with a sentence a line")
    return pieces


def _read(path: str) -> Iterator[list[str]]:
    if Path(path).is_dir():
        raise DataError(f"{path} is a folder: name a text file")
    if not Path(path).exists():
        raise DataError(f"there is no file {path}: name a text file, or a corpus such as brown")
    with open_text(path) as opened:
        head, lines = peek(_without_nul(opened, path))
        if is_conllu(path, head):
            yield from (forms(block) for _, block in conllu_sentences(lines, path))
        elif not (head and is_word_and_tag(head[-1])):
            yield from map(tokenize, lines)
        else:
            for document in read_documents(path):
                yield from ([word for word, _ in sentence] for sentence in document.sentences)


def _without_nul(lines: Iterable[str], path: str) -> Iterator[str]:
    """The lines, which in UTF-8 text hold no NUL character; in UTF-16 and binary files they do."""
    for line in lines:
        if "\0" in line:
            raise DataError(f"{path} is not UTF-8 text (it holds NUL bytes): convert it to UTF-8")
        yield line


def _words(name: str, nltk_data: str | None) -> Iterator[list[str]]:
    documents, _ = load_documents(name, nltk_data=nltk_data)
    for document in documents:
        for sentence in document.sentences:
            yield [word for word, _ in sentence]
