"""Tags text sentence by sentence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from postagger.errors import PostaggerError
from postagger.text.bounded import BoundedLines
from postagger.text.convert import Output
from postagger.text.layouts import TextFormat, layout_of
from postagger.text.segment import SentenceMode, Splitter
from postagger.text.tokenize import tokenize

TagSentences = Callable[[Iterable[list[str]]], Iterable[list[tuple[str, Any]]]]
"""Pairs each word of each sentence with its tag, or with its tags by the names of their heads."""

Item = TypeVar("Item")

_AT_ONCE = 2**24
"""Characters after which sentences are tagged before more are read: lines may hold more than words."""


def tag_text(
    lines: Iterable[str],
    tag_sents: TagSentences,
    *,
    form: TextFormat,
    source: str,
    tokens: Splitter = tokenize,
    sentences: SentenceMode = "line",
    column: str | Mapping[str, str] = "xpos",
    vertical: bool = False,
    field: str | None = None,
    output: Output | None = None,
    must_wait: Callable[[], bool] = lambda: False,
) -> Iterator[str]:
    """Tags text and yields it sentence by sentence, reading no further ahead than `tag_sents` does.

    (Its length is that of its options.)

    Args:
        lines: the text.
        tag_sents: tags an iterable of sentences and yields one prediction for each.
        form: ``raw`` has its sentences in lines and is tokenised; ``tokenized`` has a sentence per line and
            is split at spaces and tabs; ``vertical`` has a word per line, the first of its
            columns; in ``conllu``, `column` is filled in, and everything else stays as it is; ``json`` has an
            object per line, with ``text`` or ``tokens``; ``table`` is CSV or TSV with a header, written as
            JSON lines.
        source: the name of the text in error messages.
        tokens: tokenises the sentences of raw text and of JSON's ``text``.
        sentences: where sentences are in these.
        column: the CoNLL-U column for the tags, by name or number: any but those of numbers and words. Or
            the column of each head to write, by the head's name, if `tag_sents` yields tags by head.
        vertical: write raw and tokenized text as vertical text.
        field: the field of JSON lines, or the column of a table, that contains the text, if it is not
            ``text``.
        output: another layout to write, or what to write besides tags; `tag_sents` then yields a
            `PredictedSentence` for each sentence, and `column` and `vertical` are not used.
        must_wait: whether the next line has not arrived yet; if so, the sentences so far are tagged and
            yielded before it is read.

    Yields:
        For each sentence, a line of ``word/TAG`` tokens (empty for an empty line); for each sentence of
        vertical text or CoNLL-U, its lines and an empty line; for each line of JSON, the object with
        ``tokens`` and ``tags``.

    Raises:
        DataError: a line is malformed, or beyond the limits of `postagger.io.limits`; all sentences before
            it have been yielded.
    """
    layout = layout_of(
        form,
        column=column,
        vertical=vertical,
        tokens=tokens,
        sentences=sentences,
        field=field,
        output=output,
    )
    bounded = BoundedLines(lines, source)
    pairs = _UntilError(
        (item, bounded.end_sentences(layout.sentences(item))) for item in layout.items(bounded, source)
    )
    start = 0

    def must_end() -> bool:
        return must_wait() or bounded.characters - start > _AT_ONCE

    for burst in _bursts(pairs, must_end):
        start = bounded.characters
        items, copies = itertools.tee(burst)
        predictions = iter(tag_sents(itertools.chain.from_iterable(words for _, words in copies)))
        for item, words in items:
            yield layout.written(item, list(itertools.islice(predictions, len(words))))
    if pairs.error is not None:
        raise pairs.error


class _UntilError(Iterator[Item]):
    """Items up to an error, which is kept until the predictions before it have been yielded."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self.error: PostaggerError | None = None

    def __next__(self) -> Item:
        try:
            return next(self._items)
        except PostaggerError as error:
            self.error = error
            raise StopIteration from None


def _bursts(items: Iterator[Item], must_wait: Callable[[], bool]) -> Iterator[Iterator[Item]]:
    """Splits a stream where its next item has not arrived yet; every burst must be read to its end."""
    for first in items:
        yield _burst(first, items, must_wait)


def _burst(first: Item, items: Iterator[Item], must_wait: Callable[[], bool]) -> Iterator[Item]:
    yield first
    while not must_wait():
        try:
            yield next(items)
        except StopIteration:
            return
