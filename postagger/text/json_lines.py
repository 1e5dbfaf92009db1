"""JSON lines."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError, brief
from postagger.io import parse_json
from postagger.text.content import Content, joined
from postagger.text.layout import Layout
from postagger.text.segment import SentenceMode, Splitter, segment
from postagger.text.tokenize import tokenize
from postagger.text.tokens import Sentence

_as_json = json.JSONEncoder(ensure_ascii=False).encode

_JsonLine = tuple[dict[str, Any], list[Sentence] | None]
"""An object, empty for an empty line, and the sentences of its text, unless its tokens are given."""


class JsonLines(Layout[_JsonLine]):
    """JSON lines: objects with ``text``, which is split into sentences and tokens, or ``tokens``; empty lines
    stay.

    They are written with ``tokens`` and ``tags``, and for a text with the ``offsets`` of its tokens in it, in
    characters, and where among the tokens each of its ``sentences`` begins and ends; all other fields stay.
    """

    def __init__(
        self,
        tokens: Splitter = tokenize,
        sentences: SentenceMode | Splitter = "line",
        field: str | None = None,
    ) -> None:
        """
        Args:
            field: the name of the field with the text, if it is another one than ``text``; tokens are then
                not read.
        """
        self._tokens = tokens
        self._mode = sentences
        self._field = field

    def items(self, lines: Iterable[str], source: str) -> Iterator[_JsonLine]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                yield {}, []
                continue
            try:
                given = parse_json(line)
            except ValueError as error:
                raise DataError(f"{source}:{number}: this is not a line of JSON: {error}") from None
            problem = _problem(given, self._field)
            if problem:
                expected = '"text" (a string) or "tokens" (a list of strings)'
                if self._field is not None:
                    expected = f"{json.dumps(self._field, ensure_ascii=False)} (a string)"
                raise DataError(
                    f"{source}:{number}: a JSON line must be an object with {expected}; {problem}"
                )
            yield given, None if self._field is None and "tokens" in given else self._segmented(given)

    def _segmented(self, given: dict[str, Any]) -> list[Sentence]:
        """The sentences of an object's text."""
        return segment(given[self._field or "text"], tokens=self._tokens, sentences=self._mode)

    def sentences(self, item: _JsonLine) -> Sequence[list[str]]:
        given, found = item
        return [given["tokens"]] if found is None else [sentence.words for sentence in found]

    def written(self, item: _JsonLine, predictions: Sequence[TaggedSentence]) -> str:
        given, found = item
        if not given:
            return "\n"
        pairs = [pair for prediction in predictions for pair in prediction]
        columns: dict[str, Any] = {"tokens": [word for word, _ in pairs], "tags": [tag for _, tag in pairs]}
        if found is not None:
            columns["offsets"] = [[token.start, token.end] for sentence in found for token in sentence]
            ends = list(itertools.accumulate(map(len, found)))
            columns["sentences"] = [[end - len(each), end] for each, end in zip(found, ends, strict=True)]
        return as_json_line(given | columns)

    def content(self, item: _JsonLine) -> Content:
        given, found = item
        if not given:
            return Content([], is_blank=True)
        if found is None:
            return Content([joined(given["tokens"])], given)
        return Content(found, given, places=True)


def as_json_line(value: dict[str, Any]) -> str:
    """An object as a line of JSON."""
    line = _as_json(value)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which only JSON's escapes can express
        line = json.dumps(value)
    return line + "\n"


def _problem(given: object, field: str | None) -> str:
    """What is wrong with the value in a JSON line; empty if nothing is."""
    if not isinstance(given, dict):
        return f"this is {brief(given)}"
    if field is None and "tokens" in given:
        tokens = given["tokens"]
        right = isinstance(tokens, list) and set(map(type, tokens)) <= {str}
        return "" if right else f'"tokens" is {brief(tokens)}'
    name = field or "text"
    if name in given:
        return "" if isinstance(given[name], str) else f'"{name}" is {brief(given[name])}'
    return f"this one has {brief(list(given))}"
