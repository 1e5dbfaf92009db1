"""Detects the format of a text from its first lines; what is not clearly something else is prose."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from postagger.corpora.conllu import COLUMNS, is_conllu
from postagger.errors import DataError
from postagger.io import LINE, PARQUET, parse_json
from postagger.text.layouts import TextFormat, is_comment, is_markup

_ENOUGH = 20
"""Vertical text is judged by this many words."""

_LONGEST_HEAD = 1000
"""The most lines read in search of one that is neither empty nor a comment."""

_SUFFIXES: dict[str, TextFormat] = {
    ".jsonl": "json",
    ".ndjson": "json",
    ".vert": "vertical",
    ".vrt": "vertical",
}
_PARQUET = ".parquet"

_DOCUMENT = re.compile(r"\s*<(\?xml|!doctype|html)\b", re.IGNORECASE)
_ELEMENT = re.compile(r"\s*<([A-Za-z][\w:.-]*)(\s[^<>]*)?>.*</\1>\s*")

_NUMBER = re.compile(r"\d+([-.]\d+)?")


def detect(
    lines: Iterator[str], source: str, must_wait: Callable[[], bool] = lambda: False
) -> tuple[TextFormat, Iterator[str]]:
    """The format of a text, ``tokenized`` excepted, and an iterator over all its lines.

    Args:
        source: the name of the text; a suffix such as ``.conllu`` or ``.jsonl`` decides.
        must_wait: whether the next line has not arrived yet. It is waited for only if the first lines look
            like the beginning of something else than prose.

    Raises:
        DataError: the text is JSON, but not JSON lines, or markup.
    """
    name = source.lower().removesuffix(".gz")
    found = next((form for suffix, form in _SUFFIXES.items() if name.endswith(suffix)), None)
    if found is None and is_conllu(source, []):
        found = "conllu"
    head: list[str] = []
    size, most = 0, LINE.value
    while found is None and len(head) < _LONGEST_HEAD and size < most:
        if head and must_wait() and not _promising(head):
            break
        line = next(lines, None)
        if line is None:
            break
        head.append(line)
        size += len(line)
        found = _judged(head, source)
    found = found or _judged_at_last(head)
    if found == "raw":
        _check_no_markup(head, source)
    return found, itertools.chain(head, lines)


def _check_no_markup(head: list[str], source: str) -> None:
    """
    Raises:
        DataError: the text begins as XML or HTML, or its first line of words is an element, such as
            ``<s>The cat sleeps.</s>``.
    """
    start = next((line for line in head if line.strip()), "")
    if _DOCUMENT.match(start) or any(map(_ELEMENT.fullmatch, _words(head)[:1])):
        raise DataError(
            f"{source} looks like markup: extract its text, or give its format, as in --format vertical"
        )


def is_parquet(file: str) -> bool:
    """Whether a file is Parquet: its first bytes tell. A pipe is none, as it can be read only once.

    Raises:
        DataError: it is called ``*.parquet`` and has something else.
    """
    path = Path(file)
    if not path.is_file():
        return False
    try:
        with path.open("rb") as opened:
            start = opened.read(len(PARQUET))
    except OSError:  # which the reader of the file reports
        return False
    if start == PARQUET:
        return True
    if is_parquet_name(file):
        raise DataError(
            f"{file} is no Parquet file, although it is called so: it does not begin as one"
            + (" (it is empty)" if not start else "")
        )
    return False


def is_parquet_name(file: str) -> bool:
    """Whether a file is called as Parquet files are."""
    return file.lower().endswith(_PARQUET)


def _words(head: list[str]) -> list[str]:
    """The lines that are neither empty nor look like comments or markup."""
    lines = (line.rstrip("\r\n") for line in head)
    return [
        line
        for line in lines
        if line.strip() and not (line.startswith("#") and "\t" not in line) and not is_markup(line)
    ]


def _judged(head: list[str], source: str) -> TextFormat | None:
    """The format, or None if more lines are needed."""
    words = _words(head)
    if not words:
        return None
    first = words[0].strip()
    if first[0] in "{[":
        return _judged_json(words, source)
    fields = words[0].split("\t")
    if len(fields) == 1:
        return "raw"
    numbered = len(fields) > 2 and fields[0] == "1" and " " not in words[0]
    if numbered or (len(fields) == COLUMNS and _NUMBER.fullmatch(fields[0])):
        return "conllu"  # which complains of missing columns
    if not all(_like_vertical(line, len(fields)) for line in words):
        return "raw"
    if len(words) < _ENOUGH:
        return None
    return _judged_at_last(head)


def _like_vertical(line: str, columns: int) -> bool:
    fields = line.split("\t")
    return len(fields) == columns and bool(fields[0].strip()) and " " not in fields[-1]


def _judged_at_last(head: list[str]) -> TextFormat:
    """The format if there are no more lines, or if it is time to answer."""
    words = _words(head)
    if not words or "\t" not in words[0]:
        return "raw"
    sentence = len(words) > 1 or not head[-1].strip()
    with_blanks = sum(" " in line.partition("\t")[0].strip() for line in words)
    return "vertical" if sentence and 2 * with_blanks <= len(words) else "raw"


def _judged_json(words: list[str], source: str) -> TextFormat | None:
    """As `_judged`, for text that begins with a brace or bracket."""
    first = words[0].strip()
    try:
        value = parse_json(first)
    except ValueError:
        if not re.fullmatch(r"\[*\s*\{?", first):
            return "raw"
        if len(words) == 1:
            return None
        if words[1].lstrip()[0] not in '"{[':
            return "raw"
    else:
        if not value or not _has_texts(value):
            return "raw"
        if isinstance(value, dict):
            return "json"
    raise DataError(
        f"{source} looks like JSON, but not like JSON lines: write one object per line, with "
        '"text" or "tokens", as jq -c does'
    )


def _has_texts(value: object) -> bool:
    """Whether a value of JSON is an object or a text, or a list of these, or of such lists."""
    if isinstance(value, list):
        return bool(value) and all(map(_has_texts, value))
    return isinstance(value, str | dict)


def _promising(head: list[str]) -> bool:
    """Whether the lines look like the beginning of something else than prose."""
    words = _words(head)
    if not words:
        return any(is_comment(line) for line in head)
    return bool(head[-1].strip())
