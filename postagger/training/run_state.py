"""The state of a training in one file: tensors as safetensors, the rest as JSON in its header; no pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from postagger.checkpoint.digest import PLACE, check_digest, with_digest
from postagger.errors import ModelFileError, one_line
from postagger.io import write_whole

_KEY = "postagger run"

_Tensors = dict[Any, tuple[str, Tensor]]
"""Tensors and their names, by their place in memory."""


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Writes a state, completely or not at all.

    Args:
        state: dicts (with strings or whole numbers as keys), lists, tuples, tensors, numbers, strings, None.

    Raises:
        OSError: the file can't be written.
        TypeError: there is something else in the state.
    """
    tensors: _Tensors = {}
    plain = _packed(state, tensors)
    named = {name: each.detach().cpu().contiguous() for name, each in tensors.values()}
    content = save(named, {_KEY: json.dumps({"digest": PLACE, "state": plain})})
    write_whole(path, *with_digest(content))


def read_state(path: Path) -> dict[str, Any]:
    """Reads what `write_state` wrote; the tensors are on the CPU.

    Raises:
        ModelFileError: the file is damaged, or can't be read.
    """
    try:
        if not check_digest(path):
            raise ValueError("its digest is missing")
        with safe_open(str(path), framework="pt") as file:
            plain = json.loads(file.metadata()[_KEY])["state"]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator)
        state: dict[str, Any] = _unpacked(plain, tensors)
    except (SafetensorError, ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise ModelFileError(
            f"the checkpoint {path} is damaged ({one_line(error)}): delete it, and its stage begins again"
        ) from None
    return state


def _packed(value: Any, tensors: _Tensors) -> Any:
    """A value as JSON; tensors are replaced by their names, which are the same for the same memory."""
    match value:
        case Tensor():
            place = (
                (value.data_ptr(), value.dtype, value.shape, value.stride()) if value.numel() else id(value)
            )
            name, _ = tensors.setdefault(place, (str(len(tensors)), value))
            return {"tensor": name}
        case Mapping():
            return {"dict": [[_key(key), _packed(each, tensors)] for key, each in value.items()]}
        case tuple() | list():
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [_packed(each, tensors) for each in value]}
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"a {type(value).__name__} can't be saved in a checkpoint")


def _key(key: object) -> object:
    if isinstance(key, str | int):
        return key
    raise TypeError(f"a {type(key).__name__} as a key can't be saved in a checkpoint")


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {key: _unpacked(each, tensors) for key, each in content}
    items: Iterable[Any] = (_unpacked(each, tensors) for each in content)
    return tuple(items) if kind == "tuple" else list(items)
