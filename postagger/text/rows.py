"""The rows of a table of a library, as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError, brief
from postagger.io import parse_json
from postagger.text.content import Content, joined
from postagger.text.json_lines import JsonLines, as_json_line
from postagger.text.segment import SentenceMode, Splitter
from postagger.text.tokens import Sentence

_Row = tuple[dict[str, Any], list[Sentence] | None]
"""A row, and the sentences of its text, unless it has tokens."""


class TableRows(JsonLines):
    """Rows with a column of texts or of lists of tokens; where that is null, so are tokens and tags.

    Each row is written as a line of JSON with all its columns, as `JsonLines` writes it.
    """

    def __init__(self, tokens: Splitter, sentences: SentenceMode | Splitter, column: str) -> None:
        super().__init__(tokens, sentences, column)
        self._column = column

    def items(self, lines: Iterable[str], source: str) -> Iterator[_Row]:
        for number, line in enumerate(lines, 1):
            given = parse_json(line)
            value = given[self._column]
            if isinstance(value, list) and not set(map(type, value)) <= {str}:
                token = next(each for each in value if not isinstance(each, str))
                raise DataError(
                    f"{source}: row {number:,} has the token {brief(token)}: every token must be a string"
                )
            yield given, self._segmented(given) if isinstance(value, str) else None

    def sentences(self, item: _Row) -> Sequence[list[str]]:
        given, found = item
        if found is not None:
            return [sentence.words for sentence in found]
        return [] if given[self._column] is None else [given[self._column]]

    def written(self, item: _Row, predictions: Sequence[TaggedSentence]) -> str:
        given, found = item
        if given[self._column] is None:
            return as_json_line(given | {"tokens": None, "tags": None})
        if found is None:
            tokens = given[self._column]
            return as_json_line(given | {"tokens": tokens, "tags": [tag for _, tag in predictions[0]]})
        return super().written(item, predictions)

    def content(self, item: _Row) -> Content:
        given, found = item
        value = given[self._column]
        if value is None:
            return Content([], given, is_null=True)
        return Content([joined(value)], given) if found is None else Content(found, given, places=True)
