"""Layouts of text: where its sentences are, and how they are written with their tags."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from postagger.corpora.columns import conllu_column, tag_cells
from postagger.corpora.conllu import conllu_sentences, is_word_line
from postagger.corpora.formats import split_tokens
from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError
from postagger.text.content import Content, joined
from postagger.text.convert import Converted, Output
from postagger.text.json_lines import JsonLines
from postagger.text.layout import Layout
from postagger.text.raw import RawText
from postagger.text.rows import TableRows
from postagger.text.segment import SentenceMode, Splitter
from postagger.text.sentences import in_paragraphs, split_sentences
from postagger.text.table import Table
from postagger.text.tokenize import tokenize

TextFormat = Literal["raw", "tokenized", "vertical", "conllu", "json", "table", "rows"]

_COMMENT = re.compile(r"#(\s+\S|\s*[\w.:-]+\s*=|newdoc\b|newpar\b)")
_MARKUP = re.compile(r"</?[A-Za-z][\w:.-]*( [^<>\t]*)?/?>")


class Plain(Layout[str]):
    """Sentences in lines, each written as a line of ``word/TAG`` tokens, or in vertical layout.

    An empty line stays.
    """

    def __init__(
        self,
        tokens_of: Callable[[str], Iterable[str]],
        *,
        sentences: SentenceMode | Splitter = "line",
        vertical: bool = False,
    ) -> None:
        """
        Args:
            sentences: where they are; or a function that splits a line.
        """
        self._tokens_of = tokens_of
        self._mode = sentences
        self._vertical = vertical

    def items(self, lines: Iterable[str], source: str) -> Iterator[str]:  # noqa: ARG002
        whole = (line.rstrip("\r\n") for line in lines)  # "don't" at the end of a line is two tokens
        if self._mode == "paragraph":
            return in_paragraphs(whole)
        if self._mode == "line":
            return whole
        split = self._mode if callable(self._mode) else split_sentences
        return (sentence for line in whole for sentence in list(split(line)) or [""])

    def sentences(self, item: str) -> Sequence[list[str]]:
        return [list(self._tokens_of(item))]

    def written(self, item: str, predictions: Sequence[TaggedSentence]) -> str:  # noqa: ARG002
        (prediction,) = predictions
        if self._vertical:
            return "".join(f"{word}\t{tag}\n" for word, tag in prediction) + "\n"
        return " ".join(map("/".join, prediction)) + "\n"

    def content(self, item: str) -> Content:
        return Content([joined(self._tokens_of(item))])


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

    def sentences(self, item: _Block) -> Sequence[list[str]]:
        block, words = item
        return [[block[number].partition("\t")[0] for number in words]]

    def written(self, item: _Block, predictions: Sequence[TaggedSentence]) -> str:
        block, words = item
        (prediction,) = predictions
        for number, pair in zip(words, prediction, strict=True):
            block[number] = "\t".join(pair)
        return "\n".join([*block, ""])

    def content(self, item: _Block) -> Content:
        block, words = item
        counts = itertools.accumulate((is_vertical_word(line) for line in block), initial=0)
        glued = [count - 1 for count, line in zip(counts, block, strict=False) if line == "<g/>"]
        sentence = joined(self.sentences(item)[0], glued)
        comments = [line for line in block if is_comment(line)]
        return Content([sentence], comments=comments, block=block, words=words)


class Conllu(Layout[_Block]):
    """CoNLL-U: the tags are filled in, and everything else stays as it is."""

    def __init__(self, column: str = "xpos") -> None:
        self._column = column
        self._place = conllu_column(column)  # a wrong one is an error before anything is tagged

    def items(self, lines: Iterable[str], source: str) -> Iterator[_Block]:
        for _, block in conllu_sentences(lines, source):
            yield block, [number for number, line in enumerate(block) if is_word_line(line)]

    def sentences(self, item: _Block) -> Sequence[list[str]]:
        block, words = item
        return [[block[number].split("\t", 2)[1] for number in words]]

    def written(self, item: _Block, predictions: Sequence[TaggedSentence]) -> str:
        (prediction,) = predictions
        _fill(*item, self._place, tag_cells([tag for _, tag in prediction], self._column))
        return _as_text(item[0])

    def content(self, item: _Block) -> Content:
        block, words = item
        comments = [line for line in block if line.startswith("#") and "\t" not in line]
        fields = dict(pair for pair in map(_key_and_value, comments) if pair[0] in ("sent_id", "text"))
        sentence = joined(self.sentences(item)[0])
        return Content([sentence], fields, comments=comments, block=block, words=words, is_conllu=True)


class ConlluColumns(Conllu):
    """CoNLL-U, in which the tags of several heads are filled in."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        """
        Args:
            columns: the column of each head, by the head's name.
        """
        self._columns = columns
        self._places = {head: conllu_column(column) for head, column in columns.items()}

    def written(self, item: _Block, predictions: Sequence[list[tuple[str, Any]]]) -> str:
        (prediction,) = predictions
        for head, column in self._columns.items():
            cells = tag_cells([tags[head] for _, tags in prediction], column)
            _fill(*item, self._places[head], cells)
        return _as_text(item[0])


def _key_and_value(comment: str) -> tuple[str, str]:
    key, _, value = comment.lstrip("#").partition("=")
    return key.strip(), value.strip()


def _fill(block: list[str], words: list[int], place: int, cells: list[str]) -> None:
    """Writes a cell into the column at a place of each word's line."""
    for number, cell in zip(words, cells, strict=True):
        fields = block[number].split("\t", place + 1)
        fields[place] = cell
        block[number] = "\t".join(fields)


def _as_text(block: list[str]) -> str:
    """A CoNLL-U sentence and the empty line after it."""
    return "\n".join([*block, "", ""])


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
    form: TextFormat,
    *,
    column: str | Mapping[str, str] = "xpos",
    vertical: bool = False,
    tokens: Splitter = tokenize,
    sentences: SentenceMode | Splitter = "line",
    field: str | None = None,
    output: Output | None = None,
) -> Layout[Any]:
    """The layout of a format.

    (Its length is that of its options.)

    Args:
        column: CoNLL-U's column for the tags, or the column of each head by its name.
        vertical: whether text with sentences in lines is written in vertical layout.
        tokens: tokenises the sentences of raw text.
        sentences: where sentences are in raw text, or a function that splits its lines.
        field: the field with the text in JSON lines and tables.
        output: how predictions with probabilities or in another layout are written; `column` and `vertical`
            are then not used.
    """
    if output is not None:
        read: Layout[Any]
        if form == "raw":
            read = RawText(tokens, sentences)
        else:
            read = layout_of(form, tokens=tokens, sentences=sentences, field=field)
        return Converted(read, output)
    if form == "conllu":
        return Conllu(column) if isinstance(column, str) else ConlluColumns(column)
    if form == "json":
        return JsonLines(tokens, sentences, field)
    if form == "rows":
        return TableRows(tokens, sentences, field or "text")
    if form == "table":
        return Table(tokens, sentences, field or "text")
    if form == "vertical":
        return Vertical()
    if form == "raw":
        return Plain(tokens, sentences=sentences, vertical=vertical)
    return Plain(split_tokens, vertical=vertical)
