"""The base class of all config sections."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Auto = Literal["auto"]
"""Stands for a value that depends on the data."""

Proportion = Annotated[float, Field(ge=0, lt=1)]
Epochs = Annotated[int, Field(ge=1, le=100_000)] | Auto
Several = Annotated[tuple[T, ...], BeforeValidator(_as_tuple)]
"""A list in TOML and JSON, and a tuple in Python, because configs are immutable."""


class Section(BaseModel):
    """Typed, immutable settings; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
