"""JSON lines: on each line an object with words and their tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from postagger.corpora.columns import choose_field, document_field, words_field
from postagger.corpora.corpus import Document
from postagger.corpora.sentences import UNTAGGED, TaggedSentence
from postagger.corpora.tables import UntaggedColumnError
from postagger.errors import DataError, brief
from postagger.io import check_tokens, parse_json

_NEEDS = 'a line of JSON needs "tokens" (a list of words) and a list of as many tags'


def read_json_lines(lines: Iterable[str], source: str, column: str) -> Iterator[Document]:
    """Yields the documents of JSON lines: an object with several sentences is one, and others together are.

    An object has a list of words, called ``tokens`` or the like, and lists of as many tags, by the names of
    the columns; these may be in an object of their own, as ``postagger tag --to json --head all`` writes
    them. The words are a sentence; or several, if ``sentences`` has where each begins and ends, or if the
    lists have a list for each sentence. A field ``doc_id`` or the like names the document.

    Raises:
        DataError: a line is no such object, words or tags are no strings, no word has a tag, or it is not
            clear which tags are meant.
    """
    objects = _Objects(source, column)
    together: list[TaggedSentence] = []
    name = source
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        document, sentences = objects.read(line, f"{source}:{number}")
        if document and document != name:
            yield objects.document(name, together)
            together, name = [], document
        if len(sentences) < 2 or document:
            together += sentences
            continue
        yield objects.document(name, together)
        yield objects.document(f"{source}:{number}", sentences)
        together, name = [], f"{source}:{number + 1}"
    objects.check_tagged()
    yield objects.document(name, together)


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

    def read(self, line: str, place: str) -> tuple[str, list[TaggedSentence]]:
        """The document of an object, if it is named, and its sentences."""
        try:
            given = parse_json(line)
        except ValueError as error:
            raise DataError(f"{place}: this is not a line of JSON: {error}") from None
        if not isinstance(given, dict):
            raise DataError(f"{place}: {_NEEDS}; this one is {brief(given)}")
        lists = _lists(given)
        if not self._words:
            self._choose(lists, given, place)
        missing = [name for name in (self._words, self._tags) if name not in lists]
        if missing:
            raise DataError(f"{place}: expected a list {missing[0]!r}, as in other lines; {_what(given)}")
        words, tags = lists[self._words], lists[self._tags]
        if len(words) != len(tags):
            raise DataError(
                f"{place}: {self._words} has {len(words)} and {self._tags} has {len(tags)} elements: "
                "each word has one tag, which may be null"
            )
        sentences = [
            self._sentence(each, of_each, place) for each, of_each in _divided(words, tags, given, place)
        ]
        document = document_field(list(given))
        name = given[document] if document is not None else None
        return "" if name is None else str(name), [sentence for sentence in sentences if sentence]

    def _choose(self, lists: Mapping[str, list[Any]], given: Mapping[str, Any], place: str) -> None:
        """Finds the fields of the words and the tags."""
        words = words_field(list(lists))
        if words is None:
            raise DataError(f"{place}: {_NEEDS}; {_what(given)}")
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

    def _sentence(self, words: list[Any], tags: list[Any], place: str) -> TaggedSentence:
        sentence: TaggedSentence = []
        for number, (word, tag) in enumerate(zip(words, tags, strict=True), 1):
            if not isinstance(word, str) or not word.strip():
                raise DataError(
                    f"{place}: word {number} in {self._words} is {brief(word)}, not a string of text"
                )
            if tag is not None and not isinstance(tag, str):
                names = "; datasets has their names in its features" if isinstance(tag, int) else ""
                raise DataError(
                    f"{place}: tag {number} in {self._tags} is {brief(tag)}: write it as a string{names}"
                )
            sentence.append((word.strip(), (tag or "").strip() or UNTAGGED))
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


def _lists(given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The lists of an object, and those of the objects in it, by their names."""
    inner = [value for value in given.values() if isinstance(value, dict)]
    return {
        name: values for each in (*inner, given) for name, values in each.items() if isinstance(values, list)
    }


def _flat(values: Sequence[Any]) -> list[Any]:
    """The elements of a list, or of the lists in it."""
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def _divided(
    words: list[Any], tags: list[Any], given: Mapping[str, Any], place: str
) -> Iterator[tuple[list[Any], list[Any]]]:
    """The words and tags of each sentence."""
    if words and all(isinstance(each, list) for each in (*words, *tags)):
        for number, (some, their) in enumerate(zip(words, tags, strict=True), 1):
            if len(some) != len(their):
                raise DataError(
                    f"{place}: sentence {number} has {len(some)} words and {len(their)} tags: each word has "
                    "one tag, which may be null"
                )
            yield some, their
        return
    for start, end in _spans(given.get("sentences"), len(words)):
        yield words[start:end], tags[start:end]


def _spans(given: object, count: int) -> list[list[int]]:
    """Where each sentence begins and ends, if that is given: pairs that cover all words."""
    whole = [[0, count]]
    pairs = given if isinstance(given, list) else []
    if not all(isinstance(pair, list) and list(map(type, pair)) == [int, int] for pair in pairs):
        return whole
    starts, ends = ([pair[side] for pair in pairs] for side in (0, 1))
    return pairs if [*starts, count] == [0, *ends] and ends == sorted(ends) else whole


def _what(given: Mapping[str, Any]) -> str:
    return f"this one has {brief(list(given))}"
