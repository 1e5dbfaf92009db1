"""Tags text of any format, and writes it as the rows of a Parquet file."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from postagger.errors import DataError, brief, one_line
from postagger.serving.annotation import Annotator, Rows
from postagger.serving.arrow import AT_ONCE, with_columns
from postagger.serving.parquet import BATCH_BYTES, Writer
from postagger.text.bounded import BoundedLines
from postagger.text.content import Content
from postagger.text.layout import Layout


def tag_items(
    lines: Iterable[str],
    layout: Layout[Any],
    annotator: Annotator,
    writer: Writer,
    *,
    source: str,
    fields: Sequence[str] | None,
) -> None:
    """Tags text of another format, and writes a row for each item, with its fields and what is added.

    Args:
        fields: the names of the fields, all of them texts, if the format says them; else the types of fields
            are those of the first rows.

    Raises:
        DataError: the text can't be read, or a field has values of several types, which Parquet can't have.
    """
    kinds = None if fields is None else dict.fromkeys(fields, pa.string())
    first = 0
    for contents in _contents(lines, layout, source):
        table = _fields([content.fields for content, _ in contents], kinds, source, first)
        kinds = {field.name: field.type for field in table.schema} if contents else kinds
        added = annotator.annotated(_rows(contents), texts=True)
        arrays = {name: ragged.as_arrow() for name, ragged in added.items()}
        writer.write(with_columns(table, arrays) if table.schema.names else pa.table(arrays), source)
        first += len(contents)


_Item = tuple[Content, Sequence[list[str]]]
"""An item of a layout, and the words of its sentences."""


def _contents(lines: Iterable[str], layout: Layout[Any], source: str) -> Iterator[list[_Item]]:
    """The items of a text that become rows, in groups of bounded size; one group at least, perhaps empty."""
    bounded = BoundedLines(lines, source)
    group: list[_Item] = []
    begun_at, some = 0, False
    for item in layout.items(bounded, source):
        sentences = bounded.end_sentences(layout.sentences(item))
        content = layout.content(item)
        if content.is_blank or (content.block is not None and not any(sentences)):
            continue
        group.append((content, sentences))
        if len(group) == AT_ONCE or bounded.characters - begun_at > BATCH_BYTES:
            yield group
            group, begun_at, some = [], bounded.characters, True
    if group or not some:
        yield group


def _rows(contents: Sequence[_Item]) -> Rows:
    """The sentences of some items, with the places of their tokens where they are known."""
    sentences = [words for _, each in contents for words in each]
    placed = np.array([content.places for content, _ in contents], bool)
    spans = [
        (token.start, token.end)
        for content, _ in contents
        if content.places
        for sentence in content.sentences
        for token in sentence
    ]
    counts = np.array([len(each) for _, each in contents], np.int64)
    return Rows(sentences, counts, spans=spans, placed=None if placed.all() else placed)


def _fields(
    rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, pa.DataType] | None, source: str, first: int
) -> pa.Table:
    """What items have besides tokens and tags, as a table.

    Args:
        kinds: the types of the columns; None: those that the values have.
        first: the number of the first row.

    Raises:
        DataError: a value has another type, or a field is not among the columns.
    """
    names = dict.fromkeys(itertools.chain(kinds or (), *rows))
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        where = f"{source}: from row {first + 1:,} on, the field {brief(name)}"
        if kinds is not None and name not in kinds:
            raise DataError(
                f"{where} is new, and Parquet has the same columns in all rows: use --to json, or add it to "
                f"the first {AT_ONCE:,} rows"
            )
        try:
            columns[name] = _column(values, None if kinds is None else kinds[name])
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
            raise DataError(
                f"{where} has values of several types, and Parquet has one in all rows: use --to json "
                f"({one_line(error)})"
            ) from None
    return pa.table(columns)


def _column(values: list[Any], kind: pa.DataType | None) -> pa.Array:
    found = pa.array(values)
    if kind is None:
        return found if _is_known(found.type) else pa.array(values, _known(found.type))
    if found.type == kind:
        return found
    if not _fits(found.type, kind):
        raise TypeError(f"{found.type}, not {kind}")
    return pa.array(values, kind)


def _is_known(kind: pa.DataType) -> bool:
    return bool(_known(kind) == kind)


def _known(kind: pa.DataType) -> pa.DataType:
    """A type in which what has only been null or empty so far is text."""
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_known(kind.value_type))
    if pa.types.is_struct(kind):
        return (
            pa.struct([(each.name, _known(each.type)) for each in kind]) if kind.num_fields else pa.string()
        )
    return kind


def _fits(found: pa.DataType, kind: pa.DataType) -> bool:
    """Whether no value is lost when what was found becomes values of a type: pyarrow leaves out fields."""
    if pa.types.is_struct(found):
        if not pa.types.is_struct(kind):
            return False
        known = {each.name: each.type for each in kind}
        return all(each.name in known and _fits(each.type, known[each.name]) for each in found)
    if pa.types.is_list(found):
        return pa.types.is_list(kind) and _fits(found.value_type, kind.value_type)
    return bool(
        pa.types.is_null(found)
        or found == kind
        or (pa.types.is_integer(found) and pa.types.is_floating(kind))
    )
