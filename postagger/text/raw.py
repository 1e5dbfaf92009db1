"""Raw text with the places of its tokens, to be written in another layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from postagger.corpora.sentences import TaggedSentence
from postagger.text.content import Content
from postagger.text.layout import Layout
from postagger.text.segment import SentenceMode, Splitter, segment
from postagger.text.sentences import in_paragraphs
from postagger.text.tokens import Sentence

_Line = tuple[str, list[Sentence]]


class RawText(Layout[_Line]):
    """Lines, or sentences where these run across lines, with the places of their tokens."""

    def __init__(self, tokens: Splitter, sentences: SentenceMode | Splitter) -> None:
        self._tokens = tokens
        self._mode = sentences

    def items(self, lines: Iterable[str], source: str) -> Iterator[_Line]:  # noqa: ARG002
        whole = (line.rstrip("\r\n") for line in lines)
        across = self._mode == "paragraph"
        mode: SentenceMode | Splitter = "line" if across else self._mode
        for line in in_paragraphs(whole) if across else whole:
            yield line, segment(line, tokens=self._tokens, sentences=mode)

    def sentences(self, item: _Line) -> Sequence[list[str]]:
        return [sentence.words for sentence in item[1]]

    def written(self, item: _Line, predictions: Sequence[TaggedSentence]) -> str:  # noqa: ARG002
        return "".join(" ".join(map("/".join, prediction)) + "\n" for prediction in predictions) or "\n"

    def content(self, item: _Line) -> Content:
        line, found = item
        return Content(found, {"text": line}, places=True)
