"""What all sections of a config have in common."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Proportion = Annotated[float, Field(ge=0, lt=1)]
Several = Annotated[tuple[T, ...], BeforeValidator(_as_tuple)]
"""A list in TOML and JSON; a tuple in Python, since nothing changes a config."""


class Section(BaseModel):
    """Typed settings that can't be changed; an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
