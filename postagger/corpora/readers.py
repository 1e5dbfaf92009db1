"""The registry of corpus readers, by name and by file suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from postagger.corpora.corpus import Document
from postagger.corpora.sentences import TaggedSentence, as_sentence
from postagger.errors import ConfigError, DataError
from postagger.registry import Registry

Read = Callable[[Iterable[str], str, str], Iterable[Document] | Iterable[TaggedSentence]]
"""The signature of a reader: ``read(lines, source, column)``.

Its arguments are the lines of a file with their line ends, the file's name for error messages, and the column
that contains the tag if there are several (``corpus.column``). It returns documents, or the sentences of one
document.
"""


@dataclass(frozen=True)
class CorpusReader:
    """A reader, and the suffixes of the files that it reads, such as ``.vert``."""

    target: Read
    suffixes: tuple[str, ...] = ()


READERS = Registry("corpus.reader", "postagger.readers", CorpusReader)
"""Every reader that a config can name."""

DETECT = "detect"
"""The reader for other suffixes: it detects the format from the first lines."""

Reader = TypeVar("Reader", bound=Read)


def register_reader(name: str, *, suffixes: Iterable[str] = ()) -> Callable[[Reader], Reader]:
    """A decorator that registers a reader under a name for ``corpus.reader``.

    Args:
        suffixes: files with these suffixes, gzipped or not, use the reader by default.

    Raises:
        ConfigError: the name or a suffix is taken, or a suffix is not a dot and lower-case letters.
    """
    suffixes = (suffixes,) if isinstance(suffixes, str) else tuple(suffixes)

    def register(read: Reader) -> Reader:
        for suffix in suffixes:
            if not suffix.startswith(".") or suffix != suffix.lower():
                raise ConfigError(f"a reader's suffix must be a dot and lower-case letters, not {suffix!r}")
            other = _by_suffix(suffix)
            if other not in (None, name):
                raise ConfigError(
                    f"files ending in {suffix} already have the reader {other!r}: choose another suffix"
                )
        READERS.add(name, CorpusReader(read, suffixes))
        return read

    return register


def reader_for(source: str) -> str:
    """The name of the reader for a file, by its suffix."""
    found = _by_suffix(source)
    if found is None:
        READERS.load_entry_points()  # an installed package may register one
        found = _by_suffix(source)
    return found or DETECT


def _by_suffix(source: str) -> str | None:
    ending = source.lower().removesuffix(".gz")
    return next((name for name, reader in READERS.entries() if ending.endswith(reader.suffixes)), None)


def checked_documents(
    given: Iterable[Document] | Iterable[TaggedSentence], source: str, reader: str
) -> Iterator[Document]:
    """Checks a reader's output and yields its documents; sentences become one document.

    Args:
        given: the reader's output.

    Raises:
        DataError: it is not tagged sentences; reader, file and sentence are named.
    """
    sentences: list[TaggedSentence] = []
    number = 0
    for each in given:
        checked = []
        for sentence in each.sentences if isinstance(each, Document) else [each]:
            number += 1
            checked.append(_checked(sentence, number, source, reader))
        if isinstance(each, Document):
            yield replace(each, sentences=checked)
        else:
            sentences += filter(None, checked)
    if sentences:
        yield Document(source, sentences)


def _checked(sentence: TaggedSentence, number: int, source: str, reader: str) -> TaggedSentence:
    try:
        return as_sentence(sentence, f"sentence {number}")
    except DataError as error:
        raise DataError(
            f"{source}: the reader {reader!r} does not return tagged sentences: {error}"
        ) from None
