"""Classes of words, such as Brown clusters (Brown et al. 1992), read from a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from postagger.config import WordsConfig
from postagger.errors import DataError, brief
from postagger.features.normalise import vector_forms
from postagger.io import open_text
from postagger.unicode import normal_form

NO_CLASS = ""
"""The class of words that the file does not have."""

_BITS = re.compile("[01]+")
_COUNT = re.compile(r"\d{1,18}")
_FORMS = "expected Brown clusters (bits, word and count) or lines of a word and its class, separated by tabs"


class _Line(NamedTuple):
    """A line of a file; the frequency is 0 if the file does not have it."""

    number: int
    word: str
    name: str
    frequency: int


@dataclass(frozen=True)
class WordClasses:
    """A class for each of some words.

    Classes may be bit strings, which are paths in a binary tree of classes. Their prefixes are coarser
    classes; each length of a prefix is a feature of its own (Turian et al. 2010).

    Attributes:
        classes: the class of each word.
        prefixes: lengths of prefixes; empty if the class itself is the only feature.
    """

    classes: Mapping[str, str]
    prefixes: tuple[int, ...] = ()

    def __repr__(self) -> str:
        lengths = f", prefixes of {', '.join(map(str, self.prefixes))} bits" if self.prefixes else ""
        number = len(set(self.classes.values()))
        return f"<WordClasses: {len(self.classes):,} words in {number:,} classes{lengths}>"

    @classmethod
    def from_strings(cls, strings: Iterable[str], prefixes: Iterable[int]) -> Self:
        """Restores the classes from `strings`.

        Args:
            prefixes: lengths of prefixes, if the classes are bit strings.

        Raises:
            ValueError: a string is not a word and a class.
        """
        classes = dict(string.rsplit("\t", 1) for string in strings)
        bits = all(map(_BITS.fullmatch, classes.values()))
        return cls(classes, tuple(prefixes) if bits else ())

    @property
    def strings(self) -> list[str]:
        """Word and class as one string each, for a model file."""
        return [f"{word}\t{name}" for word, name in self.classes.items()]

    @property
    def columns(self) -> list[str]:
        """The names of the features."""
        return [f"class{length}" for length in self.prefixes] or ["class"]

    def features(self, word: str) -> list[str]:
        """A word's class, or the prefixes of it, one for each column; empty for a word without a class.

        A word is looked up as written, in lower case, and with every digit replaced by 0 (`vector_forms`).
        """
        forms = vector_forms(normal_form(word))
        name = next((self.classes[form] for form in forms if form in self.classes), NO_CLASS)
        return [name[:length] for length in self.prefixes] or [name]


def choose_classes(config: WordsConfig, words: Iterable[str]) -> WordClasses | None:
    """Reads the classes of the config's file; None if it names none.

    Args:
        words: the words of the training set, whose classes are read even beyond ``classes_limit``.
    """
    if config.classes is None:
        return None
    wanted = {form for word in set(words) for form in vector_forms(normal_form(word))}
    return load_classes(config.classes, config.class_prefixes, limit=config.classes_limit, wanted=wanted)


def load_classes(
    path: str | Path,
    prefixes: Iterable[int] = (),
    *,
    limit: int = 100_000,
    wanted: Iterable[str] = (),
) -> WordClasses:
    """Reads a file of Brown clusters (lines of bits, word and count), or of words and their classes.

    Which of them it is, is detected from its lines, whose parts are separated by tabs; gzip is unpacked.

    Args:
        prefixes: lengths of prefixes, if the classes are bit strings.
        limit: the number of words to take: the most frequent ones, or without counts the first.
        wanted: words to take wherever they are.

    Raises:
        DataError: the file can't be read, a line has another form, or a word has two classes.
    """
    lines = sorted(
        _lines(Path(path)), key=lambda line: -line.frequency
    )  # stable: as in the file without counts
    keep = frozenset(wanted)
    classes: dict[str, str] = {}
    for line in lines:
        word = normal_form(line.word)
        if len(classes) < limit or word in keep:
            classes.setdefault(word, line.name)
    return WordClasses.from_strings(WordClasses(classes).strings, prefixes)


def _lines(path: Path) -> Iterator[_Line]:
    """The lines of a file, each word once.

    Raises:
        DataError: see `load_classes`.
    """
    rows = list(_rows(path))
    if not rows:
        raise DataError(f"{path} has no word classes: {_FORMS}")
    width = len(rows[0][1])
    bits_first = width == 3 or (
        all(_BITS.fullmatch(cells[0]) for _, cells in rows)
        and not all(_BITS.fullmatch(cells[1]) for _, cells in rows)
    )
    seen: dict[str, _Line] = {}
    for number, cells in rows:
        line = _line(path, number, cells, width, bits_first=bits_first)
        first = seen.setdefault(line.word, line)
        if first.name != line.name:
            raise DataError(
                f"{path}, line {number}: {brief(line.word)} has the class {line.name}, but in line "
                f"{first.number} {first.name}: a word has one class"
            )
        if first is line:
            yield line


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number and the cells of each line that is not empty."""
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            cells = [cell.strip(" ") for cell in line.rstrip("\n").split("\t")]
            if len(cells) not in (2, 3) or not all(cells):
                raise DataError(f"{path}, line {number}: {brief(line.strip())}: {_FORMS}")
            yield number, cells


def _line(path: Path, number: int, cells: list[str], width: int, *, bits_first: bool) -> _Line:
    if len(cells) != width:
        raise DataError(
            f"{path}, line {number} has {len(cells)} parts, but the first line has {width}: {_FORMS}"
        )
    if not bits_first:
        return _Line(number, cells[0], cells[1], 0)
    name, word, *rest = cells
    count = rest[0] if rest else "0"
    if not _BITS.fullmatch(name) or not _COUNT.fullmatch(count):
        raise DataError(f"{path}, line {number}: {brief(' '.join(cells))}: {_FORMS}")
    return _Line(number, word, name, int(count))
