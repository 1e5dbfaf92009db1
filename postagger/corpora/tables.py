"""Reads files with one token per line, in columns: CoNLL-U and its relatives, and vertical files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from postagger.corpora.column_names import MISSING, WORDS, begins_with_header, called, is_number
from postagger.corpora.columns import CONLLU, NO_FEATURES, Columns, check_words, choose_columns
from postagger.corpora.corpus import Document
from postagger.corpora.detection import GLOBAL_COLUMNS, NEW_DOCUMENT, first_lines, looks_like
from postagger.corpora.dividers import TABS, Divider
from postagger.corpora.sentences import UNTAGGED, TaggedSentence, UntaggedColumnError
from postagger.errors import DataError, brief
from postagger.io import SENTENCE, TOKEN

_KEY_AND_VALUE = re.compile(r"#\s*[\w.:-]+ = ")


def read_table(
    lines: Iterable[str],
    source: str,
    column: str,
    *,
    divider: Divider = TABS,
    width: int | None = None,
    names: Sequence[str] = (),
) -> Iterator[Document]:
    """Yields the documents of a file; ``# newdoc`` and ``-DOCSTART-`` begin one.

    A sentence ends at an empty line; or where the numbers of its words begin again, or the column that
    numbers sentences changes. A row that names the columns is left out, and a note says so.

    Args:
        column: the column of the tags, by name or number.
        width: the number of columns; default: that of most of the first rows.
        names: the columns' names, if they are known; an empty tag is then a missing one.

    Raises:
        DataError: a line has another number of columns, a word or tag is blank, no word has a tag, or it is
            not clear which column is meant.
    """
    first, lines = first_lines(lines)
    table = _Table(first, source, column, divider, width, names)
    for number, line in enumerate(lines, 1):
        if (document := table.read(number, line.rstrip("\r\n"))) is not None:
            yield document
    table.check_tagged()
    yield table.document()


class _Table:
    """The rows of a file on their way into sentences and documents."""

    def __init__(
        self,
        first: Sequence[str],
        source: str,
        column: str,
        divider: Divider,
        width: int | None,
        names: Sequence[str],
    ) -> None:
        self._source, self._column, self._divider, self._split = source, column, divider, divider.split
        self._name, self._category = source, ""
        self._sentences: list[TaggedSentence] = []
        self._sentence: TaggedSentence = []
        self._notes: list[str] = []
        self._first_untagged, self._any_tagged = 0, False  # line number; whether any word has a tag
        self._is_conllu, self._names = width is not None, names
        self._header: list[str] = []
        self._rows: list[list[str]] = []  # the first ones
        self._is_divided = self._has_empty_rows(first)
        self.columns = self._columns(first, width)
        self._annotations = self.columns.annotations
        self._is_annotated = False  # whether the sentence is, for the column feats
        self._identifier, self._restarts = -1, False  # the last word's; whether they have begun again
        self._last = {"document": "", "sentence": ""}  # the values of the columns that number them
        self._most, self._longest = SENTENCE.value, TOKEN.value

    def _columns(self, first: Sequence[str], width: int | None) -> Columns:
        named = next((match[1] for match in map(GLOBAL_COLUMNS.match, first) if match), "")
        names: Sequence[str] = self._names or named.split() or (CONLLU if width == len(CONLLU) else ())
        rows = [
            (number, self._split(line.rstrip("\r\n"))) for number, line in enumerate(first, 1) if line.strip()
        ]
        certain = [fields for _, fields in rows if not fields[0].startswith(("#", NEW_DOCUMENT))]
        counts = Counter(map(len, certain or [fields for _, fields in rows]))
        usual, _ = max(counts.items(), key=itemgetter(1), default=(0, 0))
        self._width = len(names) or width or max(2, usual)
        rows = [
            (number, fields)
            for number, fields in rows
            if len(fields) == self._width and not self._is_comment(first[number - 1])
        ]
        if not self._names and begins_with_header(self._column, [fields for _, fields in rows]):
            self._header = rows[0][1]
            names = [name.strip("# ") for name in self._header]
        self._rows = [
            fields
            for _, fields in rows
            if fields not in (self._header, [""] * len(fields)) and fields[0].strip() != NEW_DOCUMENT
        ]
        if not self._rows and not names:  # nothing but comments
            return Columns(self._width, 0, 1)
        place, divided = f"{self._source}:{rows[0][0] if rows else 1}", self._is_divided
        columns = choose_columns(self._column, self._width, self._rows, names, place, is_divided=divided)
        check_words((fields[columns.word] for fields in self._rows), place)
        self._notes += self._notes_on(columns)
        return columns

    def _notes_on(self, columns: Columns) -> Iterator[str]:
        """What was found without the user's saying so."""
        unnamed = columns.width > 2 and called(WORDS, columns.names) is None
        if unnamed and (columns.word or columns.names or not columns.is_inferred):
            words = ", ".join(dict.fromkeys(fields[columns.word] for fields in self._rows[:3]))
            column = f"column {columns.word + 1} of {columns.width} ({words})"
            yield f"{self._source}: the words are those of {column}; a header with 'word' chooses others"
        if columns.is_inferred:
            tags = ", ".join(dict.fromkeys(fields[columns.tag] for fields in self._rows[:5]))
            yield (
                f"{self._source}: the tags are those of column {columns.tag + 1} of {columns.width} "
                f"({tags}); corpus.column chooses another"
            )
        if columns.sentence is not None:
            name = columns.names[columns.sentence] if columns.names else columns.sentence + 1
            yield f"{self._source}: a sentence begins where the column {name} changes"

    def _has_empty_rows(self, lines: Sequence[str]) -> bool:
        """Whether there is an empty row between others."""
        filled = "".join("x" if any(map(str.strip, self._split(line))) else " " for line in lines)
        return " " in filled.strip()

    def _is_comment(self, line: str) -> bool:
        """Whether a line is a comment and no token that begins with ``#``."""
        if not line.startswith("#"):
            return False
        return len(self._split(line.rstrip())) != self._width or _KEY_AND_VALUE.match(line) is not None

    def read(self, number: int, line: str) -> Document | None:
        """Reads one line; returns a document where the next one begins."""
        if not line.strip():
            self._end_sentence()
            return None
        fields = self._split(line)
        if self._is_comment(line):
            return self._comment(number, line)
        if fields == self._header:
            self._notes.append(f"{self._source}:{number}: left out {brief(line)}, which names the columns")
            self._end_sentence()
            self._last = {"document": "", "sentence": ""}
            return None
        if fields[0].strip() == NEW_DOCUMENT:
            return self._begin_document("", number)
        if len(fields) != self._width:
            fields = self._without_empty_ends(number, line, fields)
        if not any(fields):  # an empty row of a table
            self._end_sentence()
            return None
        finished = self._divide(number, fields)
        identifier = "" if self.columns.ids is None else fields[self.columns.ids]
        if "-" not in identifier and "." not in identifier:  # neither a multiword token nor an empty node
            self._begin_again(number, identifier)
            self._sentence.append(self._token(number, line, fields))
        return finished

    def _divide(self, number: int, fields: Sequence[str]) -> Document | None:
        """Ends the document, which is returned, or the sentence where a column that numbers them changes."""
        finished = None
        document, sentence = self.columns.document, self.columns.sentence
        if document is not None and self._changes("document", fields[document]):
            finished = self._begin_document(self._last["document"], number)
            self._last["sentence"] = ""
        if sentence is not None and self._changes("sentence", fields[sentence]):
            self._end_sentence()
        return finished

    def _changes(self, what: str, value: str) -> bool:
        """Whether the value that numbers documents or sentences is there, and another one than the last."""
        value = value.strip()
        if value.lower() in MISSING or value == self._last[what]:
            return False
        self._last[what] = value
        return True

    def _begin_again(self, number: int, identifier: str) -> None:
        """Ends the sentence if the number of a word is lower than that of the word before, or 1 again."""
        if not is_number(identifier):
            return
        value, last = int(identifier), self._identifier
        self._identifier = value
        # A 1 after a 1 is the next sentence's, unless empty lines divide them.
        if value > last or not self._sentence or (value == last and (value != 1 or self._is_divided)):
            return
        self._end_sentence()
        if not self._restarts:
            place = f"{self._source}:{number}"
            self._notes.append(f"{place}: a sentence begins where the numbers of the words begin again")
        self._restarts = True

    def _comment(self, number: int, line: str) -> Document | None:
        text = line[1:].strip()
        if text.startswith("sent_id") and not self._is_divided:
            self._end_sentence()
        if text.startswith("newdoc"):
            return self._begin_document(text.partition("=")[2].strip(), number)
        if re.match("genre *=", text):
            self._category = text.partition("=")[2].strip()
        return None

    def _token(self, number: int, line: str, fields: Sequence[str]) -> tuple[str, str]:
        word, tag = fields[self.columns.word].strip(), fields[self.columns.tag].strip()
        if self._is_conllu or self._names:
            tag = tag or UNTAGGED
        self._is_annotated |= any(fields[place].strip() not in ("", UNTAGGED) for place in self._annotations)
        if not word or not tag:
            raise self._misfit(number, line, "its tag is blank" if word else "its word is blank")
        if max(len(word), len(tag)) > self._longest:
            raise TOKEN.exceeded(f"{self._source}:{number}", "this token or its tag")
        if len(self._sentence) >= self._most:
            raise SENTENCE.exceeded(f"{self._source}:{number}", "this sentence")
        if tag == UNTAGGED:
            self._first_untagged = self._first_untagged or number
        else:
            self._any_tagged = True
        return word, tag

    def _without_empty_ends(self, number: int, line: str, fields: list[str]) -> list[str]:
        """The fields without the empty ones that tabs at a line's end make.

        Raises:
            DataError: there are too few or too many of them.
        """
        if len(fields) > self._width and not any(field.strip() for field in fields[self._width :]):
            return fields[: self._width]
        raise self._misfit(number, line, f"this one has {len(fields)}")

    def _misfit(self, number: int, line: str, problem: str) -> DataError:
        place, width = f"{self._source}:{number}", self._width
        if self._names:
            return DataError(f"{place}: {problem}: {brief(line)}")
        if self._is_conllu:
            kind = "CoNLL-U" if width == 10 else "CoNLL-U Plus"
            message = f"a {kind} line has {width} columns separated by tabs, but {problem}"
        elif width == 2 and self._divider is TABS:
            message = f"expected word<TAB>tag, got {brief(line)}"
        else:
            between = f"{width} columns separated by {self._divider.name}"
            message = f"expected {between}, as in other lines, got {brief(line)}"
        none = f" (a word without a tag has {UNTAGGED})" if problem.startswith("its tag") else ""
        other = looks_like(line) or none
        if self._divider.name not in ("tabs", "blanks"):
            other = f"; {problem}{none}" if problem.startswith("its") else ""
        return DataError(f"{place}: {message}{other}")

    def _end_sentence(self) -> None:
        if not self._sentence:
            return
        if self._is_annotated:
            self._sentence = [(word, NO_FEATURES if tag == UNTAGGED else tag) for word, tag in self._sentence]
        self._sentences.append(self._sentence)
        self._sentence, self._is_annotated = [], False

    def document(self) -> Document:
        """The document up to here; notes stay for the next one if it has no sentences."""
        self._end_sentence()
        notes = tuple(self._notes) if self._sentences else ()
        self._notes = self._notes[len(notes) :]
        return Document(self._name, self._sentences, self._category, notes)

    def _begin_document(self, name: str, number: int) -> Document:
        finished = self.document()
        self._name, self._category, self._sentences = name or f"{self._source}:{number}", "", []
        return finished

    def check_tagged(self) -> None:
        """
        Raises:
            UntaggedColumnError: there are words, but none has a tag.
        """
        if self._any_tagged or not self._first_untagged or self._width == 2:
            return
        filled = [
            f"{number + 1} ({example})"
            for number in range(self._width)
            if number not in (self.columns.ids, self.columns.word)
            and (example := next((row[number] for row in self._rows if row[number] not in ("", "_")), ""))
        ]
        other = {"xpos": "upos", "upos": "xpos"}.get(self._column)
        advice = (
            f"choose the other column with corpus.column={other}"
            if other and self._is_conllu
            else f"choose another column with corpus.column: {', '.join(filled) or 'all are empty'}"
        )
        raise UntaggedColumnError(
            f"{self._source}:{self._first_untagged}: no tag in the column {self._column}, on this or any "
            f"other line: fill it in, or {advice}"
        )
