"""Layouts of text: where its sentences are, and how they are written with their tags."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from postagger.corpora.columns import conllu_column, tag_cells
from postagger.corpora.conllu import conllu_sentences, is_word_line
from postagger.corpora.formats import split_tokens
from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError, brief
from postagger.io import parse_json
from postagger.text.tokenize import tokenize

TextFormat = Literal["raw", "tokenized", "vertical", "conllu", "json"]

_COMMENT = re.compile(r"#(\s+\S|\s*[\w.:-]+\s*=|newdoc\b|newpar\b)")
_MARKUP = re.compile(r"</?[A-Za-z][\w:.-]*( [^<>\t]*)?/?>")

_as_json = json.JSONEncoder(ensure_ascii=False).encode

Item = TypeVar("Item")


class Layout(ABC, Generic[Item]):
    """Cuts text into items, each of which contains one sentence or none."""

    @abstractmethod
    def items(self, lines: Iterable[str], source: str) -> Iterator[Item]:
        """Yields the items of a text; an item is yielded before the line after it is read.

        Raises:
            DataError: a line is malformed; `source`, the name of the text, and the line are named.
        """

    @abstractmethod
    def words(self, item: Item) -> list[str]:
        """The words of an item's sentence."""

    @abstractmethod
    def written(self, item: Item, prediction: TaggedSentence) -> str:
        """The item with its tags, as text."""


class OnePerLine(Layout[str]):
    """One sentence per line, written as a line of ``word/TAG`` tokens, or in vertical layout."""

    def __init__(self, tokens_of: Callable[[str], list[str]], *, vertical: bool = False) -> None:
        self._tokens_of = tokens_of
        self._vertical = vertical

    def items(self, lines: Iterable[str], source: str) -> Iterator[str]:  # noqa: ARG002
        return (line.rstrip("\r\n") for line in lines)  # "don't" at the end of a line is two tokens

    def words(self, item: str) -> list[str]:
        return self._tokens_of(item)

    def written(self, item: str, prediction: TaggedSentence) -> str:  # noqa: ARG002
        if self._vertical:
            return "".join(f"{word}\t{tag}\n" for word, tag in prediction) + "\n"
        return " ".join(map("/".join, prediction)) + "\n"


_Block = tuple[list[str], list[int]]
"""The lines of a sentence with one word per line, and the places of those that are words."""


class Vertical(Layout[_Block]):
    """One word per line, in the first of its columns; sentences end with an empty line or ``</s>``.

    It is written as ``word<TAB>TAG`` lines; comments, tags of markup and empty lines stay as they are.
    """

    def items(self, lines: Iterable[str], source: str) -> Iterator[_Block]:
        block: list[str] = []
        words: list[int] = []
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\r\n")
            block.append(line)
            if is_vertical_word(line):
                if line[0].isspace() and not line.partition("\t")[0].strip():
                    raise DataError(f"{source}:{number}: there is no word before the first tab")
                words.append(len(block) - 1)
            elif line != "<g/>" and not is_comment(line):
                yield block, words
                block, words = [], []
        if block:
            yield [*block, ""] if is_vertical_word(block[-1]) else block, words

    def words(self, item: _Block) -> list[str]:
        block, words = item
        return [block[number].partition("\t")[0] for number in words]

    def written(self, item: _Block, prediction: TaggedSentence) -> str:
        block, words = item
        for number, pair in zip(words, prediction, strict=True):
            block[number] = "\t".join(pair)
        return "\n".join([*block, ""])


class Conllu(Layout[_Block]):
    """CoNLL-U: the tags are filled in, and everything else stays as it is."""

    def __init__(self, column: str = "xpos") -> None:
        self._column = column
        self._place = conllu_column(column)  # a wrong one is an error before anything is tagged

    def items(self, lines: Iterable[str], source: str) -> Iterator[_Block]:
        for _, block in conllu_sentences(lines, source):
            yield block, [number for number, line in enumerate(block) if is_word_line(line)]

    def words(self, item: _Block) -> list[str]:
        block, words = item
        return [block[number].split("\t", 2)[1] for number in words]

    def written(self, item: _Block, prediction: TaggedSentence) -> str:
        _fill(*item, self._place, tag_cells([tag for _, tag in prediction], self._column))
        return _as_text(item[0])


class ConlluColumns(Conllu):
    """CoNLL-U, in which the tags of several heads are filled in."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        """
        Args:
            columns: the column of each head, by the head's name.
        """
        self._columns = columns
        self._places = {head: conllu_column(column) for head, column in columns.items()}

    def written(self, item: _Block, prediction: Sequence[tuple[str, Any]]) -> str:
        for head, column in self._columns.items():
            cells = tag_cells([tags[head] for _, tags in prediction], column)
            _fill(*item, self._places[head], cells)
        return _as_text(item[0])


def _fill(block: list[str], words: list[int], place: int, cells: list[str]) -> None:
    """Writes a cell into the column at a place of each word's line."""
    for number, cell in zip(words, cells, strict=True):
        fields = block[number].split("\t", place + 1)
        fields[place] = cell
        block[number] = "\t".join(fields)


def _as_text(block: list[str]) -> str:
    """A CoNLL-U sentence and the empty line after it."""
    return "\n".join([*block, "", ""])


class JsonLines(Layout[dict[str, Any]]):
    """JSON lines: objects with ``text``, which is tokenised, or ``tokens``; empty lines stay.

    They are written with ``tokens`` and ``tags``; all other fields stay.
    """

    def items(self, lines: Iterable[str], source: str) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                yield {}
                continue
            try:
                given = parse_json(line)
            except ValueError as error:
                raise DataError(f"{source}:{number}: this is not a line of JSON: {error}") from None
            problem = _problem(given)
            if problem:
                raise DataError(
                    f'{source}:{number}: a JSON line must be an object with "text" (a string) or "tokens" '
                    f"(a list of strings); {problem}"
                )
            yield given

    def words(self, item: dict[str, Any]) -> list[str]:
        return tokenize(item["text"]) if item and "tokens" not in item else list(item.get("tokens", ()))

    def written(self, item: dict[str, Any], prediction: TaggedSentence) -> str:
        if not item:
            return "\n"
        columns = {"tokens": [word for word, _ in prediction], "tags": [tag for _, tag in prediction]}
        line = _as_json(item | columns)
        try:
            line.encode()
        except UnicodeEncodeError:  # half a surrogate pair, which only JSON's escapes can express
            line = json.dumps(item | columns)
        return line + "\n"


def _problem(given: object) -> str:
    """What is wrong with the value in a JSON line; empty if nothing is."""
    if not isinstance(given, dict):
        return f"this is {brief(given)}"
    if "tokens" in given:
        tokens = given["tokens"]
        right = isinstance(tokens, list) and set(map(type, tokens)) <= {str}
        return "" if right else f'"tokens" is {brief(tokens)}'
    if "text" in given:
        return "" if isinstance(given["text"], str) else f'"text" is {brief(given["text"])}'
    return f"this one has {brief(list(given))}"


def is_vertical_word(line: str) -> bool:
    """Whether a line of vertical text is a word, not empty, a comment or a tag of markup."""
    return bool(line.strip()) and not (line[0] in "#<" and (is_comment(line) or is_markup(line)))


def is_comment(line: str) -> bool:
    """Whether a line is a comment, as ``# text`` and ``#key = value`` are; ``#`` and ``#word`` are words."""
    return line.startswith("#") and "\t" not in line and bool(_COMMENT.match(line))


def is_markup(line: str) -> bool:
    """Whether a line is a tag of markup, such as ``<s>`` or ``<doc id="1">``."""
    return line.startswith("<") and bool(_MARKUP.fullmatch(line.rstrip()))


def layout_of(
    form: TextFormat, *, column: str | Mapping[str, str] = "xpos", vertical: bool = False
) -> Layout[Any]:
    """The layout of a format.

    Args:
        column: CoNLL-U's column for the tags, or the column of each head by its name.
        vertical: whether text with one sentence per line is written in vertical layout.
    """
    if form == "conllu":
        return Conllu(column) if isinstance(column, str) else ConlluColumns(column)
    if form == "json":
        return JsonLines()
    if form == "vertical":
        return Vertical()
    return OnePerLine(tokenize if form == "raw" else split_tokens, vertical=vertical)
