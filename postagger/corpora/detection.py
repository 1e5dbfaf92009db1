"""Detects the format of a corpus file from its first lines, and says what other files look like."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from postagger.corpora.column_names import is_header
from postagger.corpora.dividers import divider_of
from postagger.errors import DataError, brief

Kind = Literal["conllu", "tabs", "blanks", "commas", "slashes", "json", "trees"]
"""The name of a reader."""

_FIRST = 100
"""The number of lines from which a format is detected."""

_TABLE = 10
"""Lines of equally many words, in groups, that are more likely a table than sentences."""

_BLANKS = re.compile(r"[ \t]+")
_MARKUP = re.compile(
    r"\s*<(!--|![A-Za-z]|\?[a-z]|/[A-Za-z][\w:.-]*\s*>|[A-Za-z][^<>]*(>(?!/\S)|\s+[\w:-]+=))"
)
_MARKUP_INSIDE = re.compile(r"</[A-Za-z][\w:.-]*>|<[A-Za-z][\w:.-]*\s*/>")
_CHUNK = re.compile(r"[BIESLU]-[A-Z]+")
_JSON_LINE = re.compile(r"\{\s*\".*\}")
_JSON_START = re.compile(r"(\[\s*)*(\{\s*)?(\"|$)")
_TREE = re.compile(r"\(\s*($|\(|[^\s()/]+\s*($|\())")
_OWN_READER = "or write a reader for it (docs/how-to/extending.md)"

_LOOKS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (_MARKUP, "markup", f"extract the words and tags, {_OWN_READER}"),
    (_MARKUP_INSIDE, "markup", f"extract the words and tags, {_OWN_READER}"),
    (
        re.compile(r"\s*[\[{]\s*([\"'\[{].*)?$"),
        "JSON",
        "write an object on each line, with words and tags (docs/how-to/own_data.md)",
    ),
    (
        re.compile(r"\s*\(\s*(\(|\S+ \().*"),
        "bracketed trees",
        "put them in a file without other lines",
    ),
    (re.compile(r"\[ .*/.* \]\s*$"), "the Penn Treebank's chunks", "read its trees, in the files *.mrg"),
    (re.compile(r"(\S+_[^\s_]+ )+\S+_[^\s_]+\s*$"), "word_TAG tokens", "write word/TAG, with slashes"),
    (
        re.compile(r"\s*(\"[^\"]*\"|[^\s,;|]+)[,;|](\"[^\"]*\"|[^\s,;|]+)([,;|]\S*)?\s*$"),
        "comma-separated values",
        "write word<TAB>tag lines",
    ),
)
"""Patterns of lines in other formats, their names, and what to do."""

GLOBAL_COLUMNS = re.compile(r"#\s*global\.columns\s*=\s*(.*)")
"""The line of CoNLL-U Plus that names the columns."""

NEW_DOCUMENT = "-DOCSTART-"
"""The word of CoNLL-2003 that begins a document."""


def first_lines(lines: Iterable[str]) -> tuple[list[str], Iterator[str]]:
    """The lines up to the hundredth that is neither blank nor a comment, and an iterator over all lines."""
    rest = iter(lines)
    first: list[str] = []
    count = 0
    for line in rest:
        first.append(line)
        count += bool(line.strip()) and not line.startswith("#")
        if count == _FIRST:
            break
    return first, itertools.chain(first, rest)


def split_tokens(line: str) -> list[str]:
    """Splits a line at spaces and tabs; tokens may contain other white space."""
    return [token for token in _BLANKS.split(line.rstrip("\r\n")) if token]


def is_slash_token(token: str) -> bool:
    """Whether a token is ``word/TAG``."""
    return 0 < token.rfind("/") < len(token) - 1


def looks_like(line: str) -> str:
    """The end of an error message for a line that does not fit: what it looks like, and what to do."""
    found = ((what, advice) for pattern, what, advice in _LOOKS if pattern.match(line))
    return next((f"; this looks like {what}: {advice}" for what, advice in found), "")


def refusal(line: str, place: str) -> DataError:
    """The error for a line of another format; of markup, if it does not begin like one."""
    found = looks_like(line) or looks_like("<s>")
    return DataError(f"{place}: {brief(line.strip())}{found.removeprefix('; this')}")


def looks_like_markup(text: str) -> bool:
    return bool(_MARKUP.match(text) or _MARKUP_INSIDE.search(text))


def detect(first: Sequence[str], source: str) -> Kind:
    """The format of a file, which fits most of its first lines.

    Args:
        first: the first lines, of which one is not blank.

    Raises:
        DataError: none fits; the first line that is not blank is named, with what it looks like.
    """
    if any(map(GLOBAL_COLUMNS.match, first)):
        return "conllu"
    content = [(number, line.strip()) for number, line in enumerate(first, 1) if line.strip()]
    rows = [(number, line) for number, line in content if not _is_comment(line)]
    if not rows:
        return "blanks"
    lines = [line for _, line in rows]
    if (bracketed := _in_brackets(lines)) is not None:
        return bracketed
    _refuse_other_formats(rows, source)
    tabbed = [line for line in lines if "\t" in line]
    if not tabbed and divider_of(lines) is not None:
        return "commas"
    tokens = [split_tokens(line) for line in lines]
    everything = [token for each in tokens for token in each]
    slashed = sum(map(is_slash_token, everything)) / len(everything)
    if slashed > 0.6:  # even if there are tabs: words with slashes are rare
        return "slashes"
    if 2 * len(tabbed) >= len(lines):
        return "conllu" if 2 * sum(map(_is_conllu_row, tabbed)) >= len(tabbed) else "tabs"
    if slashed >= 0.5:
        return "slashes"
    if _are_rows(tokens):
        return "blanks"
    number, line = rows[0]
    known = "CoNLL-U, word<TAB>tag, word tag or word/TAG"
    raise DataError(f"{source}:{number}: this line is not {known}: {brief(line)}{looks_like(line)}")


def table_width(first: Sequence[str]) -> int | None:
    """The number of columns of a table among texts; None for prose.

    In half of a table's lines or more, the same number of tabs divides the fields; or all have as many words,
    three at least, and some are chunks (``B-NP``), or there are ten lines or more with empty ones between.

    Args:
        first: the first lines of the file.
    """
    lines = [line.strip() for line in first if line.strip() and not _is_comment(line)]
    tabs = Counter(line.count("\t") for line in lines)
    width, count = max(tabs.items(), key=lambda each: (each[0] > 0, each[1]), default=(0, 0))
    if width and count > 1 and 2 * count >= len(lines):
        return width + 1
    tokens = [split_tokens(line) for line in lines]
    width = max(map(len, tokens), default=0)
    if width < 3 or len({len(each) for each in tokens}) > 1:
        return None
    chunks = any(_CHUNK.fullmatch(field) for each in tokens for field in each[2:])
    parted = any(not line.strip() for line in first[1:-1])
    return width if chunks or (parted and len(lines) >= _TABLE) else None


def _is_comment(line: str) -> bool:
    """Whether a line is a comment or begins a document, and tells nothing about the columns."""
    if line.startswith(NEW_DOCUMENT):
        return True
    return line.startswith("#") and "\t" not in line and not all(map(is_slash_token, split_tokens(line)))


def _in_brackets(lines: Sequence[str]) -> Literal["json", "trees"] | None:
    """The format of lines of which half or more are objects of JSON, or parts of JSON or of trees."""
    if 2 * sum(_JSON_LINE.fullmatch(line) is not None for line in lines) >= len(lines):
        return "json"
    if lines[0][0] in "[{" and _JSON_START.match(lines[0]):
        parts = sum(line[0] in '[]{}"' and "\t" not in line for line in lines)
        if 2 * parts >= len(lines):
            return "json"
    brackets = sum(line[0] in "()" and "\t" not in line for line in lines)
    return "trees" if _TREE.match(lines[0]) and 2 * brackets >= len(lines) else None


def _refuse_other_formats(rows: Sequence[tuple[int, str]], source: str) -> None:
    """
    Raises:
        DataError: most lines are markup.
    """
    untabbed = [(number, line) for number, line in rows if "\t" not in line]
    other = [each for each in untabbed if looks_like_markup(each[1])]
    if 2 * len(other) >= len(rows):
        number, line = other[0]
        raise refusal(line, f"{source}:{number}")


def _is_conllu_row(line: str) -> bool:
    """Whether a line has CoNLL-U's ten columns, of which the first numbers the token or says ``ID``."""
    first = line.partition("\t")[0]
    return line.count("\t") == 9 and (first[:1].isdigit() or first.upper() == "ID")


def _are_rows(tokens: Sequence[Sequence[str]]) -> bool:
    """Whether lines look like columns divided by blanks: nearly all have as many fields, or some are chunks.

    Two words in each line may also be verse: then the second ones must look like tags, which repeat or are
    in capitals.
    """
    width, count = Counter(map(len, tokens)).most_common(1)[0]
    if width > 2 and any(_CHUNK.fullmatch(field) for each in tokens for field in each[2:]):
        return True
    if width < 2 or 10 * count < 9 * len(tokens):
        return False
    if width > 2:
        return len(tokens) > 1
    if is_header(tokens[0]):
        return True
    words, tags = ({each[place] for each in tokens if len(each) == 2} for place in (0, 1))
    return len(tags) < len(words) or not any(tag != tag.upper() for tag in tags)
