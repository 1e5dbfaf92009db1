"""Loads corpora: NLTK's by name, the built-in sample, or files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from postagger.config import CorpusConfig
from postagger.config.datasets import in_short
from postagger.config.error_messages import explain_argument
from postagger.corpora.corpus import PARTS, Corpus, Document
from postagger.corpora.files import files_by_part, is_pipe, matching_files, sample_file
from postagger.corpora.formats import read_documents
from postagger.corpora.nltk_data import drop_traces, map_to_universal, read_nltk
from postagger.corpora.sentences import TaggedSentence, UntaggedColumnError, is_tagged, untagged
from postagger.corpora.split import split_documents
from postagger.errors import ConfigError, DataError, brief
from postagger.io import as_path, check_name, printable

Tagset = Literal["native", "universal"]
Column = str | int
"""A name or a number, counted from 1."""
Files = str | Path | Sequence[str | Path]


class SameColumnError(DataError):
    """Two columns have the same tags: they are one, as in a file of words and tags."""


def load_corpus(
    name: str | Path,
    *,
    tagset: Tagset = "native",
    column: Column | Sequence[Column] = "xpos",
    nltk_data: str | None = None,
    head: str | None = None,
    reader: str | None = None,
) -> Corpus:
    """Loads a corpus, split by document into train, dev and test.

    Args:
        name: an NLTK tagged corpus (``treebank``, ``brown``, ``conll2000`` ...), ``sample`` (which
            comes with the package), or the path of a file, or a pattern for several (``a/*.conllu``), which
            are split in the same way.
        tagset: ``native`` for the corpus's own tags, ``universal`` for NLTK's 12 universal ones.
        column: the column that contains the tag, in files with several: ``upos``, ``xpos``, ``feats`` ... of
            CoNLL-U, a name in the file's header, or a number from 1 on; or several, the main one first, for
            a tagger with a head for each.
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
    column: Column | Sequence[Column] = "xpos",
    nltk_data: str | None = None,
    reader: str | None = None,
) -> tuple[list[Document], int]:
    """Loads the documents of a corpus in order, unsplit, and the number of traces dropped.

    Arguments and errors are as in `load_corpus`, but only one column can be read.
    """
    name = _checked_name(name)
    column, *more = _settings(tagset=tagset, column=column, nltk_data=nltk_data, reader=reader).columns
    if more:
        raise ConfigError("load_documents reads one column of tags; load_corpus reads several")
    if reader is not None and (name == "sample" or not is_file(name)):
        raise ConfigError(
            f"corpus.reader = {reader!r} is for files, but {name!r} is a corpus by name: leave the reader out"
        )
    if name == "sample":
        corpus_column = "upos" if tagset == "universal" else str(column)
        documents = [doc for part in PARTS for doc in read_documents(sample_file(part), column=corpus_column)]
        return documents, 0
    if is_file(name):
        return _read_files(matching_files(name), tagset, column, nltk_data, reader)
    return read_nltk(name, universal=tagset == "universal", nltk_data=nltk_data)


def load_configured(settings: CorpusConfig) -> Corpus:
    """Loads the corpus or the files that a config names, every column; errors are as in `load_corpus`."""
    return _columns(settings, _load_column)


def _columns(settings: CorpusConfig, load: Callable[[CorpusConfig, Sequence[str]], Corpus]) -> Corpus:
    """Loads each column by itself, as the main corpus and its `others`.

    Args:
        load: loads the corpus of one column, given its settings and all columns; see `_read_file`.

    Raises:
        DataError: a column has no tags to learn from.
    """
    if len(settings.columns) == 1:
        return load(settings, ())
    if settings.train is None and settings.name != "sample" and not is_file(settings.name):
        raise ConfigError(
            f"corpus.column lists several columns, but {settings.name!r} has one tag for each word: "
            "leave the setting out"
        )
    given = (settings.train, settings.dev, settings.test, settings.name if settings.train is None else None)
    if pipe := next((file for file in given if isinstance(file, str) and is_pipe(file)), None):
        raise DataError(f"{pipe} is a pipe, which can be read for one column only: save it as a file first")
    first, *others = (load(each, settings.columns) for each in settings.by_head.values())
    for column in others:
        if (column.train, column.dev, column.test) == (first.train, first.dev, first.test):
            raise SameColumnError(
                f"{settings.source} has the same tags in the columns {first.head} and {column.head}: "
                "name one of them, or in a file of two columns none (corpus.column)"
            )
    for column in (first, *others):
        if any(column.train) and not is_tagged(column.train):
            raise DataError(
                f"{settings.source}: no tag in the column {column.head} of the training part: fill it in, or "
                "leave the column out of corpus.column"
            )
    return replace(first, others=tuple(others), loaded_from=settings)


def _load_column(settings: CorpusConfig, columns: Sequence[str]) -> Corpus:
    """Loads a corpus with a single column of tags, one of these `columns`; see `_read_file`."""
    (column,) = settings.columns
    name, tagset, nltk_data = settings.name, settings.tagset, settings.nltk_data
    reader = settings.reader
    if settings.train is not None:
        files = {"train": settings.train, "dev": settings.dev, "test": settings.test}
        given = {part: file for part, file in files.items() if file is not None}
        corpus = _from_files(given, tagset, column, nltk_data, reader, columns)
    elif name == "sample" and reader is None:
        files_of: dict[str, str | tuple[str, ...]] = {part: sample_file(part) for part in PARTS}
        # The sample's UPOS column holds NLTK's universal tags: no mapping, no data needed.
        column = "upos" if tagset == "universal" else column
        corpus = replace(_from_files(files_of, "native", column, nltk_data), name=name)
    else:
        documents, traces = (
            _read_files(matching_files(name), tagset, column, nltk_data, reader, columns)
            if columns
            else load_documents(name, tagset=tagset, column=column, nltk_data=nltk_data, reader=reader)
        )
        corpus = Corpus(
            printable(name), *split_documents(documents), traces=traces, documents=tuple(documents)
        )
    return replace(corpus, loaded_from=settings)


def load_files(
    train: Files | None = None,
    dev: Files | None = None,
    test: Files | None = None,
    *,
    tagset: Tagset = "native",
    column: Column | Sequence[Column] = "xpos",
    nltk_data: str | None = None,
    head: str | None = None,
    reader: str | None = None,
) -> Corpus:
    """Loads a corpus from files that are already split; a part without a file is empty.

    Args:
        train, dev, test: a file, a list of files, or a pattern such as ``a/*.conllu``; a list may contain
            patterns too.
        tagset, column, nltk_data, head, reader: see `load_corpus`.

    Raises:
        DataError: no file is named, or one is missing, unreadable, empty or malformed, a pattern matches
            none, or a file is named twice.
        ConfigError: an argument has an invalid value.
    """
    files = zip(PARTS, (train, dev, test), strict=True)
    given = {part: _file_names(names, part) for part, names in files if names is not None}
    if not given:
        raise DataError("no file is given: pass at least one of train, dev and test")
    options: dict[str, Any] = {"tagset": tagset, "column": column, "nltk_data": nltk_data}
    options |= {"head": head, "reader": reader}
    if train is not None:
        return load_configured(_settings(**given, **options))

    def load(settings: CorpusConfig, columns: Sequence[str]) -> Corpus:
        (column,) = settings.columns
        return replace(_from_files(given, tagset, column, nltk_data, reader, columns), loaded_from=settings)

    return _columns(_settings(name=printable(", ".join(map(in_short, given.values()))), **options), load)


def _file_names(names: object, part: str) -> str | tuple[str, ...]:
    """The argument of a part as strings: one, or several."""
    if not isinstance(names, list | tuple):
        return str(as_path(names, f"{part} is a file, or a list of files"))
    if not names:
        raise DataError(f"{part} is an empty list: name a file, or leave it out")
    first, *more = (str(as_path(name, f"{part} is a list of files")) for name in names)
    return (first, *more) if more else first


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
    check_name(str(name))
    return str(name)


def _from_files(
    given: Mapping[str, str | tuple[str, ...]],
    tagset: Tagset,
    column: str,
    nltk_data: str | None,
    reader: str | None = None,
    columns: Sequence[str] = (),
) -> Corpus:
    parts: dict[str, list[TaggedSentence]] = {part: [] for part in PARTS}
    traces = 0
    texts: list[Document] = []
    for part, files in files_by_part(given).items():
        documents, dropped = _read_files(files, tagset, column, nltk_data, reader, columns)
        parts[part] = [sentence for document in documents for sentence in document.sentences]
        traces += dropped
        texts += documents
    name = printable(", ".join(map(in_short, given.values())))
    return Corpus(name, parts["train"], parts["dev"], parts["test"], traces, tuple(texts))


def _read_files(
    files: Iterable[str],
    tagset: Tagset,
    column: str,
    nltk_data: str | None,
    reader: str | None,
    columns: Sequence[str] = (),
) -> tuple[list[Document], int]:
    documents: list[Document] = []
    for file in files:
        read = _read_file(file, str(column), reader, columns)
        if tagset == "universal":
            read = map_to_universal(read, "en-ptb", file, nltk_data=nltk_data)
        documents += read
    return drop_traces(documents)


def _read_file(file: str, column: str, reader: str | None, columns: Sequence[str]) -> list[Document]:
    """Reads one column of a file; if it has no tags, but another of `columns` has, its words are untagged.

    Raises:
        DataError: as in `read_documents`; there are no tags in any of the columns.
    """
    try:
        return read_documents(file, column=column, reader=reader)
    except UntaggedColumnError:
        for other in (each for each in columns if each != column):
            with suppress(UntaggedColumnError):
                found = read_documents(file, column=other, reader=reader)
                note = f"{printable(file)}: no tag in the column {column}, which is not scored"
                return [replace(each, sentences=untagged(each.sentences), notes=(note,)) for each in found]
        raise


def is_file(name: str) -> bool:
    """Whether a name is a path and not a corpus: it has a separator or a suffix, or the file exists."""
    if Path(name).suffix != "" or "/" in name or "\\" in name:
        return True
    return Path(name).exists() and not Path(name).is_dir()  # a pipe will do
