"""JSON: objects with words and their tags, or with a word each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from postagger.corpora.columns import check_words, choose_field, document_field, words_field
from postagger.corpora.corpus import Document
from postagger.corpora.json_values import (
    Fields,
    fields_in,
    is_missing,
    is_multiword,
    is_token,
    json_values,
    names_of,
)
from postagger.corpora.sentences import UNTAGGED, TaggedSentence, UntaggedColumnError
from postagger.corpora.tables import read_table
from postagger.errors import DataError, brief
from postagger.io import check_tokens

_NEEDS = 'an object of JSON needs "tokens" (a list of words) and a list of as many tags'

_FIRST = 100
"""The tokens that tell the names of columns."""

Values = Iterator[tuple[str, Any]]
"""What is in a file, and the place of each, for error messages."""


def read_json_corpus(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Yields the documents of JSON: objects on lines of their own, or in one array or object.

    An object has a list of words, called ``tokens`` or the like, and lists of as many tags, by the names of
    the columns; these may be in an object of their own, as ``postagger tag --to json --head all`` writes
    them. The words are a sentence; or several, if ``sentences`` has where each begins and ends, or if the
    lists have a list for each sentence. A field ``doc_id`` or the like names the document. An object with
    several sentences is a document, and others together are.

    A sentence may also be a list of pairs, or of objects with a word each; an object may have a list of such
    sentences. Objects with a word each that are in no list of sentences are the rows of a table.

    Raises:
        DataError: an object has no words, words or tags are no strings, no word has a tag, or it is not
            clear which tags are meant.
    """
    values = json_values(lines, source)
    first = list(itertools.islice(values, 1))
    values = itertools.chain(first, values)
    if first and is_token(first[0][1]):
        yield from _read_tokens(values, source, column)
        return
    objects = _Objects(source, column)
    together: list[TaggedSentence] = []
    name = source
    for place, value in values:
        document, sentences = objects.read(value, place)
        if document and document != name:
            yield objects.document(name, together)
            together, name = [], document
        if len(sentences) < 2 or document:
            together += sentences
            continue
        yield objects.document(name, together)
        yield objects.document(place, sentences)
        together, name = [], f"{source}, after {place.removeprefix(source).lstrip(':, ')}"
    objects.check_tagged()
    yield objects.document(name, together)


def _read_tokens(values: Values, source: str, column: str) -> Iterator[Document]:
    """Reads objects that are the rows of a table."""

    def tokens() -> Iterator[dict[str, Any]]:
        for place, value in values:
            if not is_token(value):
                raise DataError(f"{place}: expected a word in an object, as in others, got {brief(value)}")
            if not is_multiword(value):
                yield value

    rest = tokens()
    first = list(itertools.islice(rest, _FIRST))
    names = names_of(first)
    rows = (
        "\t".join(
            "" if is_missing(value) else " ".join(str(value).split()) for value in map(token.get, names)
        )
        for token in itertools.chain(first, rest)
    )
    return read_table(rows, source, column, names=names)


class _Objects:
    """The objects of a file."""

    def __init__(self, source: str, column: str) -> None:
        self._source, self._column = source, column
        self._words, self._tags = "", ""  # the names of the fields, which the first object tells
        self._notes: list[str] = []
        self._any_words, self._any_tagged = False, False

    def document(self, name: str, sentences: list[TaggedSentence]) -> Document:
        notes = tuple(self._notes) if sentences else ()
        self._notes = self._notes[len(notes) :]
        return Document(name, sentences, notes=notes)

    def read(self, given: object, place: str) -> tuple[str, list[TaggedSentence]]:
        """The document of a value, if it is named, and its sentences."""
        found = fields_in(given, place)
        if not found and given not in ([], {}):
            raise DataError(f"{place}: {_NEEDS}; {_what(given)}")
        sentences = [
            self._sentence(words, tags, place)
            for fields in found
            for words, tags in self._divided(fields, given, place)
        ]
        named = given if isinstance(given, dict) else {}
        document = document_field(list(named))
        name = None if document is None else named[document]
        return "" if name is None else str(name), [sentence for sentence in sentences if sentence]

    def _divided(self, fields: Fields, given: Any, place: str) -> Iterator[tuple[list[Any], list[Any]]]:
        """The words and tags of each sentence in an object's lists."""
        if not self._words:
            self._choose(fields, place)
        missing = [name for name in (self._words, self._tags) if name not in fields]
        if missing:
            raise DataError(f"{place}: expected a list {missing[0]!r}, as in others; {_what(given)}")
        words, tags = fields[self._words], fields[self._tags]
        if len(words) != len(tags):
            raise DataError(
                f"{place}: {self._words} has {len(words)} and {self._tags} has {len(tags)} elements: "
                "each word has one tag, which may be null"
            )
        return _divided(words, tags, given.get("sentences") if isinstance(given, dict) else None, place)

    def _choose(self, lists: Mapping[str, list[Any]], place: str) -> None:
        """Finds the fields of the words and the tags."""
        words = words_field(list(lists))
        assert words is not None
        odd = next((word for word in _flat(lists[words]) if not isinstance(word, str)), "")
        if odd != "":
            raise DataError(f"{place}: {_NEEDS}; {words} has {brief(odd)}")
        others = {name: _flat(values) for name, values in lists.items() if name != words}
        tags, is_inferred = choose_field(self._column, others, place)
        if is_inferred:
            self._notes.append(
                f"{self._source}: the tags are those of {tags!r}; corpus.column chooses others"
            )
        self._words, self._tags = words, tags
        check_words(_flat(lists[words]), place)

    def _sentence(self, words: list[Any], tags: list[Any], place: str) -> TaggedSentence:
        sentence: TaggedSentence = []
        for number, (word, tag) in enumerate(zip(words, tags, strict=True), 1):
            if not isinstance(word, str) or not word.strip():
                raise DataError(
                    f"{place}: word {number} in {self._words} is {brief(word)}, not a string of text"
                )
            if not is_missing(tag) and not isinstance(tag, str):
                names = "; datasets has their names in its features" if isinstance(tag, int) else ""
                raise DataError(
                    f"{place}: tag {number} in {self._tags} is {brief(tag)}: write it as a string{names}"
                )
            sentence.append((word.strip(), tag.strip() or UNTAGGED if isinstance(tag, str) else UNTAGGED))
        for each in (words, [tag for _, tag in sentence]):
            check_tokens(each, place)
        self._any_words |= bool(sentence)
        self._any_tagged |= any(tag != UNTAGGED for _, tag in sentence)
        return sentence

    def check_tagged(self) -> None:
        """
        Raises:
            UntaggedColumnError: there are words, but none has a tag.
        """
        if self._any_words and not self._any_tagged:
            raise UntaggedColumnError(f"{self._source}: no tag in {self._tags}, on this or any other line")


def _flat(values: Sequence[Any]) -> list[Any]:
    """The elements of a list, or of the lists in it."""
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def _divided(
    words: list[Any], tags: list[Any], sentences: object, place: str
) -> Iterator[tuple[list[Any], list[Any]]]:
    """The words and tags of each sentence.

    Args:
        sentences: where each begins and ends, if that is given.
    """
    if words and all(isinstance(each, list) for each in (*words, *tags)):
        for number, (some, their) in enumerate(zip(words, tags, strict=True), 1):
            if len(some) != len(their):
                raise DataError(
                    f"{place}: sentence {number} has {len(some)} words and {len(their)} tags: each word has "
                    "one tag, which may be null"
                )
            yield some, their
        return
    for start, end in _spans(sentences, len(words)):
        yield words[start:end], tags[start:end]


def _spans(given: object, count: int) -> list[list[int]]:
    """Where each sentence begins and ends, if that is given: pairs that cover all words."""
    whole = [[0, count]]
    pairs = given if isinstance(given, list) else []
    if not all(isinstance(pair, list) and list(map(type, pair)) == [int, int] for pair in pairs):
        return whole
    starts, ends = ([pair[side] for pair in pairs] for side in (0, 1))
    return pairs if [*starts, count] == [0, *ends] and ends == sorted(ends) else whole


def _what(given: object) -> str:
    return f"this one has {brief(list(given))}" if isinstance(given, dict) else f"this is {brief(given)}"
