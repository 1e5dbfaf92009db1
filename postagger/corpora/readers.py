"""Functions that read files with tagged sentences, by name and by the ends of file names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from postagger.corpora.corpus import Document, TaggedSentence, as_sentence
from postagger.errors import ConfigError, DataError
from postagger.registry import Registry

Read = Callable[[Iterable[str], str, str], Iterable[Document] | Iterable[TaggedSentence]]
"""``read(lines, source, column)``: what a reader is.

It gets the lines of a file with their line ends, what the file is called in messages, and which column holds
the tag where there are several (``corpus.column``). It gives documents, or sentences, which are one document.
"""


@dataclass(frozen=True)
class CorpusReader:
    """A reader, and the ends of the names of files that it reads, such as ``.vert``."""

    target: Read
    suffixes: tuple[str, ...] = ()


READERS = Registry("corpus.reader", "postagger.readers", CorpusReader)
"""Every reader that a config can name."""

DETECT = "detect"
"""The reader of files whose names say nothing: it goes by their first lines."""

Reader = TypeVar("Reader", bound=Read)


def register_reader(name: str, *, suffixes: Iterable[str] = ()) -> Callable[[Reader], Reader]:
    """A decorator that makes a reader known by its name, as ``corpus.reader``.

    Args:
        suffixes: it reads files whose names end so (or so and ``.gz``) without being named.

    Raises:
        ConfigError: the name or a suffix is taken, or a suffix has no dot before it.
    """
    suffixes = (suffixes,) if isinstance(suffixes, str) else tuple(suffixes)

    def register(read: Reader) -> Reader:
        for suffix in suffixes:
            if not suffix.startswith(".") or suffix != suffix.lower():
                raise ConfigError(f"a reader's suffix is a dot and lower-case letters, not {suffix!r}")
            other = _by_suffix(suffix)
            if other not in (None, name):
                raise ConfigError(f"files ending in {suffix} are read by {other!r} already")
        READERS.add(name, CorpusReader(read, suffixes))
        return read

    return register


def reader_for(source: str) -> str:
    """The name of the reader for a file, going by the end of its name."""
    found = _by_suffix(source)
    if found is None:
        READERS.load_entry_points()  # the reader of an installed package
        found = _by_suffix(source)
    return found or DETECT


def _by_suffix(source: str) -> str | None:
    ending = source.lower().removesuffix(".gz")
    return next((name for name, reader in READERS.entries() if ending.endswith(reader.suffixes)), None)


def checked_documents(
    given: Iterable[Document] | Iterable[TaggedSentence], source: str, reader: str
) -> Iterator[Document]:
    """What a reader gives as documents; sentences become one.

    Raises:
        DataError: it is something else; reader, file and sentence are named.
    """
    sentences: list[TaggedSentence] = []
    number = 0
    for each in given:
        checked = []
        for sentence in each.sentences if isinstance(each, Document) else [each]:
            number += 1
            checked.append(_checked(sentence, number, source, reader))
        if isinstance(each, Document):
            yield Document(each.name, checked, each.category)
        else:
            sentences += filter(None, checked)
    if sentences:
        yield Document(source, sentences)


def _checked(sentence: TaggedSentence, number: int, source: str, reader: str) -> TaggedSentence:
    try:
        return as_sentence(sentence, f"sentence {number}")
    except DataError as error:
        raise DataError(
            f"{source}: the reader {reader!r} gives something else than tagged sentences: {error}"
        ) from None
