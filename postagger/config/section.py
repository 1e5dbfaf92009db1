"""The base class of all config sections."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from postagger.errors import brief
from postagger.io import why_impossible

T = TypeVar("T")


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Auto = Literal["auto"]
"""Stands for a value that depends on the data."""


def _as_text(value: Any) -> Any:
    """A whole number, a date or a path as text: files and columns may be called so."""
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _possible(value: str) -> str:
    reason = why_impossible(value)
    if reason is not None:
        raise PydanticCustomError("name", "{reason}", {"reason": reason})
    return value


def _not_empty(value: str) -> str:
    if not value:
        raise PydanticCustomError("string_too_short", "it must not be empty")
    return value


Name = Annotated[str, BeforeValidator(_as_text), AfterValidator(_possible)]
"""The name of a file, corpus or column."""

FullName = Annotated[Name, AfterValidator(_not_empty)]
"""A name that must not be empty. (`min_length` would refuse files whose names are no UTF-8.)"""


def _one_or_more(value: Any) -> Any:
    """A list becomes a tuple; a list of one is what it contains."""
    given = tuple(map(_as_text, value if isinstance(value, list | tuple) else [value]))
    if not given or not all(isinstance(each, str) for each in given):
        raise PydanticCustomError("one_or_more", "Input should be a string, or a list of strings")
    return given[0] if len(given) == 1 else given


Proportion = Annotated[float, Field(ge=0, lt=1)]
Epochs = Annotated[int, Field(ge=1, le=100_000)] | Auto
Several = Annotated[tuple[T, ...], BeforeValidator(_as_tuple)]
"""A list in TOML and JSON, and a tuple in Python, because configs are immutable."""

OneOrMore = Annotated[T | tuple[T, ...], BeforeValidator(_one_or_more)]
"""A string, or a list of them."""


_LONGEST = 400
"""Characters of one setting, or of one section, in the `repr` of settings."""


class _Cut(str):
    """Text that is its own `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Section(BaseModel):
    """Typed, immutable settings; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """The settings that differ from their defaults; those of a long value are cut short."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.get_default():
                yield name, value if len(repr(value)) <= _LONGEST else _Cut(brief(value))
