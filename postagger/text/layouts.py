"""Layouts of text: where its sentences are, and how they are written with their tags."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from postagger.corpora.columns import conllu_column, tag_cell
from postagger.corpora.conllu import conllu_sentences, is_word_line
from postagger.corpora.formats import split_tokens
from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError, brief
from postagger.text.tokenize import tokenize

TextFormat = Literal["raw", "tokenized", "vertical", "conllu", "json"]

_COMMENT = re.compile(r"#(\s+\S|\s*[\w.:-]+\s*=|newdoc\b|newpar\b)")
_MARKUP = re.compile(r"</?[A-Za-z][\w:.-]*( [^<>\t]*)?/?>")

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
        return iter(lines)

    def words(self, item: str) -> list[str]:
        return self._tokens_of(item)

    def written(self, item: str, prediction: TaggedSentence) -> str:  # noqa: ARG002
        if self._vertical:
            return "".join(f"{word}\t{tag}\n" for word, tag in prediction) + "\n"
        return " ".join(f"{word}/{tag}" for word, tag in prediction) + "\n"


class Vertical(Layout[list[str]]):
    """One word per line, in the first of its columns; sentences end with an empty line or ``</s>``.

    It is written as ``word<TAB>TAG`` lines; comments, tags of markup and empty lines stay as they are.
    """

    def items(self, lines: Iterable[str], source: str) -> Iterator[list[str]]:
        block: list[str] = []
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\r\n")
            block.append(line)
            if is_vertical_word(line) and not line.partition("\t")[0].strip():
                raise DataError(f"{source}:{number}: there is no word before the first tab")
            if not line.strip() or (is_markup(line) and line != "<g/>"):
                yield block
                block = []
        if block:
            yield [*block, ""] if is_vertical_word(block[-1]) else block

    def words(self, item: list[str]) -> list[str]:
        return [line.partition("\t")[0] for line in item if is_vertical_word(line)]

    def written(self, item: list[str], prediction: TaggedSentence) -> str:
        tokens = iter(prediction)
        return "".join(("\t".join(next(tokens)) if is_vertical_word(line) else line) + "\n" for line in item)


class Conllu(Layout[list[str]]):
    """CoNLL-U: the tags are filled in, and everything else stays as it is."""

    def __init__(self, column: str = "xpos") -> None:
        self._column = column
        conllu_column(column)  # a wrong one is an error before anything is tagged

    def items(self, lines: Iterable[str], source: str) -> Iterator[list[str]]:
        return (block for _, block in conllu_sentences(lines, source))

    def words(self, item: list[str]) -> list[str]:
        return [line.split("\t")[1] for line in item if is_word_line(line)]

    def written(self, item: list[str], prediction: TaggedSentence) -> str:
        return _as_text(_filled(item, [tag for _, tag in prediction], self._column))


class ConlluColumns(Conllu):
    """CoNLL-U, in which the tags of several heads are filled in."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        """
        Args:
            columns: the column of each head, by the head's name.
        """
        self._columns = columns

    def written(self, item: list[str], prediction: Sequence[tuple[str, Any]]) -> str:
        for head, column in self._columns.items():
            item = _filled(item, [tags[head] for _, tags in prediction], column)
        return _as_text(item)


def _filled(block: list[str], tags: list[str], column: str) -> list[str]:
    """A CoNLL-U sentence with the tags in a column."""
    remaining, place = iter(tags), conllu_column(column)
    lines = []
    for line in block:
        if is_word_line(line):
            fields = line.split("\t")
            fields[place] = tag_cell(next(remaining), column)
            line = "\t".join(fields)
        lines.append(line)
    return lines


def _as_text(block: list[str]) -> str:
    """A CoNLL-U sentence and the empty line after it."""
    return "".join(line + "\n" for line in [*block, ""])


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
                given = json.loads(line)
            except (ValueError, RecursionError) as error:
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
        line = json.dumps(item | columns, ensure_ascii=False)
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
        right = isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)
        return "" if right else f'"tokens" is {brief(tokens)}'
    if "text" in given:
        return "" if isinstance(given["text"], str) else f'"text" is {brief(given["text"])}'
    return f"this one has {brief(list(given))}"


def is_vertical_word(line: str) -> bool:
    """Whether a line of vertical text is a word, not empty, a comment or a tag of markup."""
    return bool(line.strip()) and not is_comment(line) and not is_markup(line)


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
