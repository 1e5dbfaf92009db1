"""What is wrong with a config, in the user's words."""

from __future__ import annotations

import difflib
import json
from typing import Any, get_args

from pydantic import BaseModel

from postagger.config.datasets import DatasetConfig
from postagger.config.models import GruConfig, LogisticConfig, LstmConfig, RnnConfig, WindowConfig
from postagger.config.schema import Config


def explain(problem: dict[str, Any]) -> str:
    """One validation problem in the user's words."""
    place = [str(part) for part in problem["loc"]]
    if place[:1] == ["model"]:
        del place[1:2]  # the kind, by which pydantic tells the models apart
    inside = 3 if place[:1] == ["datasets"] else 2
    name = ".".join(place[:inside])  # what follows tells where inside of a value
    got = json.dumps(problem["input"], default=str)
    match problem["type"]:
        case "list_type" if place == ["datasets"]:
            return "datasets are written [[datasets]], in two brackets, for there may be several"
        case "list_type" if isinstance(problem["input"], str):
            return f"{name} = {got}: it is a list, as in {name}=[{got}]"
        case "extra_forbidden":
            known = _known_keys(problem["loc"][:-1])
            near = difflib.get_close_matches(place[-1], known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            return f"unknown key {name!r}: {hint}"
        case "union_tag_invalid":
            kind = str(problem["input"].get("kind"))
            near = difflib.get_close_matches(kind, _KINDS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_KINDS)}"
            return f"unknown model.kind {kind!r}: {hint}"
        case "union_tag_not_found":
            return f"model.kind is missing: one of {', '.join(_KINDS)}"
        case "value_error":
            return str(problem["ctx"]["error"])
        case _:
            return f"{name} = {got}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


_MODELS = {
    get_args(kind.model_fields["kind"].annotation)[0]: kind
    for kind in (LogisticConfig, WindowConfig, RnnConfig, GruConfig, LstmConfig)
}
_KINDS = tuple(_MODELS)


def _known_keys(place: tuple[str | int, ...]) -> list[str]:
    """The keys allowed in a section; `place` is (), ('training',), ('model', kind) or ('datasets', number)."""
    section: type[BaseModel] = Config
    match place:
        case ("model", str(kind)):
            section = _MODELS[kind]
        case ("datasets", int()):
            section = DatasetConfig
        case (str(name),):
            section = Config.model_fields[name].annotation  # type: ignore[assignment]
    return list(section.model_fields)
