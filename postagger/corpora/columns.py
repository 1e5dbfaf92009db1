"""The columns of files with one token per line: their names, and which of them contain words and tags."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from postagger.corpora.column_names import (
    DOCUMENTS,
    IDS,
    NUMBER,
    OTHERS,
    SENTENCES,
    UPOS,
    WORDS,
    XPOS,
    called,
    is_number,
    plain,
)
from postagger.errors import DataError, brief
from postagger.registry import hint

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_CONLL_2009 = (
    *("id", "form", "lemma", "plemma", "pos", "ppos", "feat", "pfeat", "head", "phead"),
    *("deprel", "pdeprel", "fillpred", "pred"),
)
_STANDARD = {8: CONLLU[:8], 10: CONLLU, 14: _CONLL_2009}
"""Names by the number of columns, if the first one numbers the tokens: CoNLL-X, CoNLL-U and CoNLL-2009."""

NO_FEATURES = "none"
"""The tag in the column feats of a word without features, where CoNLL-U has ``_``: a value, not a gap."""

_ANNOTATIONS = ("upos", "xpos", "feats")

_CHUNK = re.compile(r"[BIESLUO](-\S+)?")
_EMPTY = ("", "_", "-")


@dataclass(frozen=True)
class Columns:
    """Which column contains what; columns are counted from 0.

    Attributes:
        names: empty if they are unknown.
        ids: the column that numbers the tokens of a sentence, if any.
        sentence, document: the columns that change where a sentence or a document begins, if any.
        is_inferred: whether the tags were found by their look, neither by a name nor by a number.
    """

    width: int
    word: int
    tag: int
    names: tuple[str, ...] = ()
    ids: int | None = None
    sentence: int | None = None
    document: int | None = None
    is_inferred: bool = False

    @property
    def annotations(self) -> list[int]:
        """For the column feats: the columns of which one has a value in every annotated sentence."""
        if not self.names or plain(self.names[self.tag]) != "feats":
            return []
        return [number for number, name in enumerate(self.names) if plain(name) in _ANNOTATIONS]


def choose_columns(
    column: str,
    width: int,
    rows: Sequence[Sequence[str]],
    names: Sequence[str],
    place: str,
    *,
    is_divided: bool = True,
) -> Columns:
    """Finds the columns of words and tags, and those that number words, sentences and documents.

    Args:
        column: the setting ``corpus.column``: a name, or a number from 1 on.
        rows: the fields of the first tokens.
        names: the columns' names if the file tells them.
        place: the file and line, for error messages.
        is_divided: whether empty lines divide the sentences; else a column of numbers may.

    Raises:
        DataError: there is no such column, or without names it is not clear which one is meant; the message
            lists the columns.
    """
    cells = [[row[number].strip() for row in rows] for number in range(width)]
    if not names and width > 2 and _are_ids(cells[0]) and 0 not in _steps(cells[0]):
        names = _STANDARD.get(width, ())
    may_number = not is_divided and tuple(map(plain, names)) not in _STANDARD.values()
    ids, sentence, document = _numbering(cells, names, may_number)
    taken = {ids, sentence, document}
    word = _word_column(cells, names, taken)
    found = _named(column, names, width, taken | {word})
    if may_number and sentence is None:
        others = (number for number in range(width) if number not in taken | {word, found})
        sentence = next((number for number in others if _steps(cells[number]) == {0, 1}), None)
    look = _by_look(cells, taken | {word}) if found is None and not names and column == "xpos" else None
    if look is not None:
        return Columns(width, word, look, (), ids, sentence, document, is_inferred=True)
    if found is None or found in taken | {word}:
        raise DataError(f"{place}: {_problem(column, found, names)}: {_listed(names, rows, width)}")
    return Columns(width, word, found, tuple(names), ids, sentence, document)


def check_words(words: Iterable[object], place: str) -> None:
    """
    Raises:
        DataError: most of them are sentences.
    """
    parts = [len(str(word).split()) for word in words]
    if 2 * sum(number > 2 for number in parts) > len(parts):
        raise DataError(f"{place}: the words are whole sentences: give each word a line and a tag of its own")


def _numbering(
    cells: Sequence[Sequence[str]], names: Sequence[str], may_number: bool
) -> tuple[int | None, int | None, int | None]:
    """The columns that number the words of a sentence, the sentences and the documents.

    Args:
        cells: the first tokens, by column.
        may_number: whether what looks like numbers of words may be those of sentences.
    """
    ids, document = called(IDS, names), called(DOCUMENTS, names)
    named = (number for number, name in enumerate(names) if plain(name) in SENTENCES)
    sentence = min(named, key=lambda number: any(" " in value for value in cells[number]), default=None)
    if ids is not None and not any(map(str.isdecimal, cells[ids])):  # as 1-1, 1-2 ..., which are no ranges
        ids = None
    if ids is None and not names and len(cells) > 2:
        if _are_ids(cells[0]):
            ids = 0
        elif _steps(cells[0]) == {0, 1}:
            sentence = 0
    if may_number and sentence is None and ids is not None and {0} <= _steps(cells[ids]) <= {0, 1}:
        ids, sentence = (1 if not names and len(cells) > 3 and _are_ids(cells[1]) else None), ids
    return ids, sentence, document


def _word_column(cells: Sequence[Sequence[str]], names: Sequence[str], taken: set[int | None]) -> int:
    """The column of the words: by its name, best no name of texts; else the first that is not of numbers."""
    free = [number for number in range(len(cells)) if number not in taken]
    named = [number for number in free if names and plain(names[number]) in WORDS]

    def doubt(number: int) -> tuple[bool, bool, bool]:
        name = plain(names[number]) if names else ""
        is_numeric = len(cells) > 2 and all(map(NUMBER.fullmatch, cells[number]))
        return is_numeric, name == "text", name in ("token", "tokens")

    return min(named or free, key=doubt, default=0)


def _steps(values: Sequence[str]) -> set[int]:
    """The differences between numbers that follow each other; none if they are no numbers."""
    if not all(map(is_number, values)):
        return set()
    return {int(after) - int(before) for before, after in itertools.pairwise(values)}


def words_field(names: Sequence[str]) -> str | None:
    """The field of JSON with the words, by its name."""
    found = called(WORDS, names)
    return None if found is None else names[found]


def document_field(names: Sequence[str]) -> str | None:
    """The field of JSON with the document, by its name."""
    found = called(DOCUMENTS, names)
    return None if found is None else names[found]


def choose_field(column: str, fields: Mapping[str, Sequence[object]], place: str) -> tuple[str, bool]:
    """The field of JSON with the tags, and whether it was found by being the only one.

    Args:
        column: the setting ``corpus.column``: a name.
        fields: the names and elements of all lists but that of the words.
        place: the file and line, for error messages.

    Raises:
        DataError: there is no such field, or it is not clear which one is meant; the message lists them.
    """
    names = list(fields)
    found = None if column.isdigit() else _named(column, names, len(names), set())
    if found is not None:
        return names[found], False
    likely = [name for name in names if plain(name) not in OTHERS and _is_text(fields[name])]
    if column == "xpos" and len(likely) == 1:
        return likely[0], True
    if not names:
        raise DataError(f"{place}: there is no list of tags: add one, with a tag or null for each word")
    raise DataError(f"{place}: {_problem(column, None, names)}: {_listed_fields(fields)}")


def _is_text(values: Sequence[object]) -> bool:
    return all(value is None or value != value or isinstance(value, str) for value in values)


def _listed_fields(fields: Mapping[str, Sequence[object]]) -> str:
    shown = (f"{name} ({_examples(map(str, values))})" for name, values in fields.items())
    return f"choose one by its name with corpus.column (--column): {', '.join(shown)}"


def conllu_column(column: str) -> int:
    """The column of CoNLL-U, counted from 0, for tags to be filled in.

    Raises:
        DataError: there is no such column, or it contains the numbers or the words.
    """
    found = _named(column, CONLLU, len(CONLLU), set())
    if found is None or found < 2:
        problem = f"CoNLL-U has no column {brief(column)}" if found is None else _taken(column)
        raise DataError(f"{problem}: choose one of {', '.join(CONLLU[2:])} for the tags (--column)")
    return found


def tag_cells(tags: list[str], column: str) -> list[str]:
    """What CoNLL-U has in a column for tags."""
    is_feats = NO_FEATURES in tags and (column == "6" or plain(column) == "feats")
    return ["_" if tag == NO_FEATURES else tag for tag in tags] if is_feats else tags


def _named(column: str, names: Sequence[str], width: int, taken: set[int | None]) -> int | None:
    """The column with a number or a name; of two columns, the other one than the word."""
    if column.isascii() and column.isdigit():
        number = int(column) if is_number(column) else 0
        return number - 1 if 1 <= number <= width else None
    wanted = plain(column)
    for meant in ([wanted], *(kind for kind in (UPOS, XPOS) if wanted in kind)):
        found = [number for number, name in enumerate(names) if plain(name) in meant]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    rest = [number for number in range(width) if number not in taken]
    known = UPOS | XPOS if names else UPOS | XPOS | OTHERS
    if len(rest) == 1 and width == 2 and wanted in known:
        return rest[0]
    return None


def _by_look(cells: Sequence[Sequence[str]], taken: set[int | None]) -> int | None:
    """The only column that is not empty and not of numbers or chunks (``B-NP``), if there is one."""
    likely = [number for number, each in enumerate(cells) if number not in taken and not _is_no_tag(each)]
    return likely[0] if len(likely) == 1 else None


def _is_no_tag(values: Sequence[str]) -> bool:
    if all(value in _EMPTY or value.isdigit() or NUMBER.fullmatch(value) for value in values):
        return True
    is_chunk = all(_CHUNK.fullmatch(value) for value in values)
    return is_chunk and any("-" in value or value == "O" for value in values)


def _are_ids(values: Sequence[str]) -> bool:
    if not values or values[0].partition("-")[0] not in ("0", "1") or not all(map(NUMBER.fullmatch, values)):
        return False
    return 2 * sum(map(str.isdecimal, values)) >= len(values)  # 1-1, 1-2 ... are no ranges


def _problem(column: str, found: int | None, names: Sequence[str]) -> str:
    if found is not None:
        return _taken(column)
    if column == "xpos":  # nobody need have asked for it
        no_names = "it is not clear which column contains the tags"
        return "there is no column 'xpos', the default" if names else no_names
    if "," in column:
        several = ", ".join(f'"{part.strip()}"' for part in column.split(","))
        return f"there is no column {brief(column)} (for several, corpus.column=[{several}])"
    near = hint(column, names) if names and not column.isdigit() else ""
    return f"there is no column {brief(column)}" + (f" ({near})" if near.startswith("did you mean") else "")


def _taken(column: str) -> str:
    return f"the column {column} contains the words or their numbers"


def _listed(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """All columns with examples, and how to choose one."""
    columns = []
    for number in range(width):
        shown = _examples(row[number].strip() for row in rows)
        columns.append(f"{number + 1}{f' {names[number]}' if names else ''} ({shown})")
    kinds = "number or name" if names else "number"
    return f"choose one by its {kinds} with corpus.column (--column): {', '.join(columns)}"


def _examples(values: Iterable[str]) -> str:
    first = list(dict.fromkeys(values))[:2]
    return " ".join(value if len(value) <= 12 else f"{value[:11]}\u2026" for value in first)
