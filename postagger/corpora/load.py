"""Loads corpora: NLTK's by name, the built-in sample, or files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from postagger.config import CorpusConfig
from postagger.config.error_messages import explain_argument
from postagger.corpora.corpus import PARTS, Corpus, Document
from postagger.corpora.formats import read_documents
from postagger.corpora.nltk_data import drop_traces, map_to_universal, read_nltk
from postagger.corpora.sentences import TaggedSentence
from postagger.corpora.split import split_documents
from postagger.errors import ConfigError, DataError, brief
from postagger.io import as_path, printable

Tagset = Literal["native", "universal"]
Column = str | int
"""A name or a number, counted from 1."""

_PACKAGE = Path(__file__).resolve().parent
_SAMPLE_PLACES = (_PACKAGE / "sample", _PACKAGE.parents[1] / "data" / "sample")
"""In an installed wheel, and in a checkout."""


def load_corpus(
    name: str | Path,
    *,
    tagset: Tagset = "native",
    column: Column = "xpos",
    nltk_data: str | None = None,
    head: str | None = None,
    reader: str | None = None,
) -> Corpus:
    """Loads a corpus, split by document into train, dev and test.

    Args:
        name: an NLTK tagged corpus (``treebank``, ``brown``, ``conll2000`` ...), ``sample`` (which
            comes with the package), or the path of a file, which is split in the same way.
        tagset: ``native`` for the corpus's own tags, ``universal`` for NLTK's 12 universal ones.
        column: the column that contains the tag, in files with several: ``upos``, ``xpos``, ``feats`` ... of
            CoNLL-U, a name in the file's header, or a number from 1 on.
        nltk_data: a folder with NLTK data, searched before ``data/`` and NLTK's own places.
        head: the name of the head that a tagger has for it; default: the corpus's name.
        reader: a registered reader for a file, or ``package.module:function``; default: chosen by the file's
            name and first lines.

    Raises:
        DataError: the corpus is unknown, missing (the message says how to get it) or malformed.
        ConfigError: an argument has an invalid value.
    """
    options: dict[str, Any] = {"tagset": tagset, "column": column, "nltk_data": nltk_data, "head": head}
    return load_configured(_settings(name=_checked_name(name), reader=reader, **options))


def load_documents(
    name: str | Path,
    *,
    tagset: Tagset = "native",
    column: Column = "xpos",
    nltk_data: str | None = None,
    reader: str | None = None,
) -> tuple[list[Document], int]:
    """Loads the documents of a corpus in order, unsplit, and the number of traces dropped.

    Arguments and errors are as in `load_corpus`.
    """
    name = _checked_name(name)
    _settings(tagset=tagset, column=column, nltk_data=nltk_data, reader=reader)
    if reader is not None and (name == "sample" or not is_file(name)):
        raise ConfigError(
            f"corpus.reader = {reader!r} is for files, but {name!r} is a corpus by name: leave the reader out"
        )
    if name == "sample":
        corpus_column = "upos" if tagset == "universal" else str(column)
        documents = [
            doc for part in PARTS for doc in read_documents(_sample_file(part), column=corpus_column)
        ]
        return documents, 0
    if is_file(name):
        return _read_file(name, tagset, column, nltk_data, reader)
    return read_nltk(name, universal=tagset == "universal", nltk_data=nltk_data)


def load_configured(settings: CorpusConfig) -> Corpus:
    """Loads the corpus or the files that a config names; errors are as in `load_corpus`."""
    name, tagset, column, nltk_data = settings.name, settings.tagset, settings.column, settings.nltk_data
    reader = settings.reader
    if settings.train is not None:
        files = {"train": settings.train, "dev": settings.dev, "test": settings.test}
        given = {part: file for part, file in files.items() if file is not None}
        corpus = _from_files(printable(", ".join(given.values())), given, tagset, column, nltk_data, reader)
    elif name == "sample" and reader is None:
        files_of = {part: _sample_file(part) for part in PARTS}
        # The sample's UPOS column holds NLTK's universal tags: no mapping, no data needed.
        corpus = _from_files(name, files_of, "native", "upos" if tagset == "universal" else column, nltk_data)
    else:
        documents, traces = load_documents(
            name, tagset=tagset, column=column, nltk_data=nltk_data, reader=reader
        )
        corpus = Corpus(
            printable(name), *split_documents(documents), traces=traces, documents=tuple(documents)
        )
    return replace(corpus, loaded_from=settings)


def load_files(
    train: str | Path | None = None,
    dev: str | Path | None = None,
    test: str | Path | None = None,
    *,
    tagset: Tagset = "native",
    column: Column = "xpos",
    nltk_data: str | None = None,
    head: str | None = None,
    reader: str | None = None,
) -> Corpus:
    """Loads a corpus from files that are already split; a part without a file is empty.

    Args:
        tagset, column, nltk_data, head, reader: see `load_corpus`.

    Raises:
        DataError: no file is named, or one is missing, unreadable, empty or malformed.
        ConfigError: an argument has an invalid value.
    """
    files = zip(PARTS, (train, dev, test), strict=True)
    given = {part: str(as_path(path, f"{part} is one file")) for part, path in files if path is not None}
    if not given:
        raise DataError("no file is given: pass at least one of train, dev and test")
    options: dict[str, Any] = {"tagset": tagset, "column": column, "nltk_data": nltk_data}
    options |= {"head": head, "reader": reader}
    if train is not None:
        return load_configured(_settings(**given, **options))
    name = printable(", ".join(given.values()))
    settings = _settings(name=name, **options)
    return replace(_from_files(name, given, tagset, column, nltk_data, reader), loaded_from=settings)


def _settings(**values: Any) -> CorpusConfig:
    """Arguments as the settings of a corpus.

    Raises:
        ConfigError: an argument has an invalid value.
    """
    plain = {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
    try:
        return CorpusConfig.model_validate(plain)
    except ValidationError as error:
        raise ConfigError("; ".join(explain_argument(dict(each)) for each in error.errors())) from None


def _checked_name(name: object) -> str:
    """The name or file of a corpus as a string."""
    if not isinstance(name, str | Path):
        raise DataError(
            f"expected the name of a corpus, such as 'sample', or the path of a file; got {brief(name)}"
        )
    return str(name)


def _from_files(
    name: str,
    files: dict[str, str],
    tagset: Tagset,
    column: Column,
    nltk_data: str | None,
    reader: str | None = None,
) -> Corpus:
    parts: dict[str, list[TaggedSentence]] = {part: [] for part in PARTS}
    traces = 0
    texts: list[Document] = []
    for part, file in files.items():
        documents, dropped = _read_file(file, tagset, column, nltk_data, reader)
        parts[part] = [sentence for document in documents for sentence in document.sentences]
        traces += dropped
        texts += documents
    return Corpus(name, parts["train"], parts["dev"], parts["test"], traces, tuple(texts))


def _read_file(
    path: str, tagset: Tagset, column: Column, nltk_data: str | None, reader: str | None
) -> tuple[list[Document], int]:
    documents = read_documents(path, column=str(column), reader=reader)
    if tagset == "universal":
        documents = map_to_universal(documents, "en-ptb", path, nltk_data=nltk_data)
    return drop_traces(documents)


def is_file(name: str) -> bool:
    """Whether a name is a path and not a corpus: it has a separator or a suffix, or the file exists."""
    if Path(name).suffix != "" or "/" in name or "\\" in name:
        return True
    return Path(name).exists() and not Path(name).is_dir()  # a pipe will do


def _sample_file(part: str) -> str:
    for place in _SAMPLE_PLACES:
        file = place / f"{part}.conllu"
        if file.is_file():
            return str(file)
    raise DataError("the sample treebank is missing from this installation: install postagger again")
