"""Checks the names of columns."""

from __future__ import annotations

from collections.abc import Iterable

from postagger.errors import ConfigError, DataError, brief
from postagger.registry import hint
from postagger.serving.annotation import Columns

_SHOWN = 20
"""Columns that a message names."""


def check_column(name: str, names: Iterable[str]) -> None:
    """Checks that a table has a column once.

    Raises:
        DataError: it has none of this name, or several; the names that there are stand in the message.
    """
    known = [str(each) for each in names]
    if known.count(name) == 1:
        return
    if name in known:
        raise DataError(f"several columns have the name {brief(name)}")
    if not known:
        raise DataError(f"there is no column {brief(name)}: there are no columns at all")
    shown = ", ".join(map(brief, known[:_SHOWN])) + (" ..." if len(known) > _SHOWN else "")
    near = hint(name, known)
    near = f" {near};" if near.startswith("did") else ""
    raise DataError(f"there is no column {brief(name)};{near} the columns are {shown}")


def check_spans(columns: Columns, name: str, *, texts: bool) -> None:
    """Checks that offsets and sentences are added to texts only.

    Args:
        name: of the column of texts or tokens.

    Raises:
        ConfigError: they are to be added to tokens, which have none.
    """
    spans = [each for each in ("offsets", "sentences") if each in columns.extras]
    if spans and not texts:
        raise ConfigError(f"the column {brief(name)} has tokens, not texts: there are no {spans[0]} to add")
