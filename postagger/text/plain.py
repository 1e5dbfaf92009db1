"""Loads untagged text for training without tags, from files or from the words of a tagged corpus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from postagger.corpora.detection import first_lines, table_width
from postagger.corpora.formats import is_word_and_tag, parse_documents, peek
from postagger.corpora.load import is_file, load_documents
from postagger.errors import DataError, brief
from postagger.io import check_name, clean_lines, open_text
from postagger.text.bounded import BoundedLines
from postagger.text.detect import detect
from postagger.text.layouts import layout_of
from postagger.text.segment import SentenceMode, Splitter, as_sentence_mode, as_tokenizer
from postagger.text.tokenize import Rules

LONGEST = 500
"""The most tokens in a sentence; a longer line is cut into pieces of this length."""


def load_text(
    source: str | Path,
    *,
    nltk_data: str | None = None,
    tokens: Rules | Splitter = "ptb",
    sentences: SentenceMode | Splitter = "line",
) -> list[list[str]]:
    """Loads sentences as lists of words; empty sentences are left out.

    Args:
        source: the path of a UTF-8 text file, which is split into sentences and tokens; or of a tagged file
            or of JSON lines with ``tokens``, whose words are used; all may be gzipped. Or the name of a
            tagged corpus, as in `load_corpus`, whose words are used, without traces.
        nltk_data: a folder with NLTK data, searched before ``data/`` and NLTK's own folders.
        tokens: rules or a function, as in `segment`, for raw text. Use those of the treebank whose tagger
            learns from the text: ``tagger.token_rules``.
        sentences: the same for its sentences. With ``line``, the full stop of a sentence within a line stays
            with its word.

    Raises:
        ConfigError: there are no such rules.
        DataError: the file is missing, a folder, binary, damaged, empty or a table of other columns than
            word and tag, or the corpus does not exist.
    """
    if not isinstance(source, str | Path):
        raise DataError(f"expected the path of a text file, or a corpus such as 'brown'; got {brief(source)}")
    source = str(source)
    check_name(source)
    cut, split = as_tokenizer(tokens), as_sentence_mode(sentences)
    found = _read(source, cut, split) if is_file(source) else _words(source, nltk_data)
    pieces = [
        sentence[start : start + LONGEST] for sentence in found for start in range(0, len(sentence), LONGEST)
    ]
    if not pieces:
        raise DataError(f"{source} contains no words: name a text with one sentence per line")
    return pieces


def _read(path: str, tokens: Splitter, sentences: SentenceMode | Splitter) -> Iterator[list[str]]:
    if Path(path).is_dir():
        raise DataError(f"{path} is a folder: name a text file")
    if not Path(path).exists():
        raise DataError(f"there is no file {path}: name a text file, or a corpus such as brown")
    with open_text(path) as opened:
        form, lines = detect(clean_lines(opened, path), path)
        head, lines = peek(lines)
        if form in ("raw", "vertical") and head and is_word_and_tag(head[-1]):
            for document in parse_documents(lines, path):
                yield from ([word for word, _ in sentence] for sentence in document.sentences)
            return
        if form == "raw":
            first, lines = first_lines(lines)
            if (columns := table_width(first)) is not None:
                raise DataError(
                    f"{path} looks like a table of {columns} columns, not like sentences: write its words "
                    "as text, one sentence per line, or as word<TAB>tag lines"
                )
        layout = layout_of(form, tokens=tokens, sentences=sentences)
        bounded = BoundedLines(lines, path)
        for item in layout.items(bounded, path):
            yield from bounded.end_sentences(layout.sentences(item))


def _words(name: str, nltk_data: str | None) -> Iterator[list[str]]:
    documents, _ = load_documents(name, nltk_data=nltk_data)
    for document in documents:
        for sentence in document.sentences:
            yield [word for word, _ in sentence]
