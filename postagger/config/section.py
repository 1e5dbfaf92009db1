"""What all sections of a config have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Proportion = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """Typed settings that can't be changed; an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
