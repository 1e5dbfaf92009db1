"""One door to every corpus: NLTK's by name, the built-in sample, or files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from postagger.config import CorpusConfig
from postagger.corpora.corpus import PARTS, Corpus, Document, TaggedSentence, split_documents
from postagger.corpora.formats import read_documents
from postagger.corpora.nltk_data import drop_traces, map_to_universal, read_nltk
from postagger.errors import DataError

Tagset = Literal["native", "universal"]
Column = Literal["upos", "xpos"]

_PACKAGE = Path(__file__).resolve().parent
_SAMPLE_PLACES = (_PACKAGE / "sample", _PACKAGE.parents[1] / "data" / "sample")
"""In an installed wheel, and in a checkout."""


def load_corpus(
    name: str, *, tagset: Tagset = "native", column: Column = "xpos", nltk_data: str | None = None
) -> Corpus:
    """Loads a corpus, split by document into train, dev and test.

    Args:
        name: an NLTK tagged corpus (``treebank``, ``brown``, ``conll2000`` ...), ``sample`` (the one
            that comes with the package), or the path of a file, which is split like any corpus.
        tagset: ``native`` for the corpus's own tags, ``universal`` for NLTK's 12 universal ones.
        column: which column of a CoNLL-U file holds the tag.
        nltk_data: a folder with NLTK data, searched before ``data/`` and NLTK's own places.

    Raises:
        DataError: the corpus is unknown or missing (the message says what mends it), or malformed.
    """
    if name == "sample":
        files = {part: _sample_file(part) for part in PARTS}
        # The sample's UPOS column holds NLTK's universal tags: no mapping, no data needed.
        return _from_files("sample", files, "native", "upos" if tagset == "universal" else column, nltk_data)
    documents, traces = load_documents(name, tagset=tagset, column=column, nltk_data=nltk_data)
    return Corpus(name, *split_documents(documents), traces=traces, documents=tuple(documents))


def load_documents(
    name: str, *, tagset: Tagset = "native", column: Column = "xpos", nltk_data: str | None = None
) -> tuple[list[Document], int]:
    """The documents of a corpus in their order, unsplit, and how many traces were dropped.

    Arguments and errors are those of `load_corpus`.
    """
    if name == "sample":
        corpus_column: Column = "upos" if tagset == "universal" else column
        documents = [
            doc for part in PARTS for doc in read_documents(_sample_file(part), column=corpus_column)
        ]
        return documents, 0
    if is_file(name):
        return _read_file(name, tagset, column, nltk_data)
    return read_nltk(name, universal=tagset == "universal", nltk_data=nltk_data)


def load_configured(how: CorpusConfig) -> Corpus:
    """The corpus, or the files, that a config names; errors are those of `load_corpus`."""
    if how.train is None:
        return load_corpus(how.name, tagset=how.tagset, column=how.column, nltk_data=how.nltk_data)
    return load_files(
        how.train, how.dev, how.test, tagset=how.tagset, column=how.column, nltk_data=how.nltk_data
    )


def load_files(
    train: str | Path | None = None,
    dev: str | Path | None = None,
    test: str | Path | None = None,
    *,
    tagset: Tagset = "native",
    column: Column = "xpos",
    nltk_data: str | None = None,
) -> Corpus:
    """A corpus from files that are already split; a part without a file is empty.

    Raises:
        DataError: a file is missing, unreadable, empty or malformed.
    """
    given = {
        part: str(path) for part, path in zip(PARTS, (train, dev, test), strict=True) if path is not None
    }
    name = ", ".join(given.values())
    return _from_files(name, given, tagset, column, nltk_data)


def _from_files(
    name: str, files: dict[str, str], tagset: Tagset, column: Column, nltk_data: str | None
) -> Corpus:
    parts: dict[str, list[TaggedSentence]] = {part: [] for part in PARTS}
    traces = 0
    texts: list[Document] = []
    for part, file in files.items():
        documents, dropped = _read_file(file, tagset, column, nltk_data)
        parts[part] = [sentence for document in documents for sentence in document.sentences]
        traces += dropped
        texts += documents
    return Corpus(name, **parts, traces=traces, documents=tuple(texts))


def _read_file(
    path: str, tagset: Tagset, column: Column, nltk_data: str | None
) -> tuple[list[Document], int]:
    documents = read_documents(path, column=column)
    if tagset == "universal":
        documents = map_to_universal(documents, "en-ptb", path, nltk_data=nltk_data)
    return drop_traces(documents)


def is_file(name: str) -> bool:
    """A path is told from a corpus's name by a separator, a suffix, or being there."""
    return Path(name).suffix != "" or "/" in name or "\\" in name or Path(name).is_file()


def _sample_file(part: str) -> str:
    for place in _SAMPLE_PLACES:
        file = place / f"{part}.conllu"
        if file.is_file():
            return str(file)
    raise DataError("the sample treebank is missing from this installation: install postagger again")
