"""Model files: damaged ones, and ones that a stranger wrote, with a digest that is right.

The files of a few kinds of model are made once, of random weights (tests/runtime/random_networks.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from numpy.typing import NDArray
from properties import Target, settled
from random_networks import MODELS, Both

from postagger import Checkpoint, ModelFileError, Tagger
from postagger.checkpoint import write_checkpoint
from postagger.checkpoint.model_file import read_model, write_model
from postagger.tagger import Ensemble

KINDS = ("window", "lstm, crf", "logistic", "gru, 2 layers, both ways", "characters")
_CHARACTERS = {"character_dim": 3, "character_filters": 4}
SENTENCES = [["The", "old", "man"], [], ["", "naïve", "x" * 60, "\ud800", "\0"]]

Weights = dict[str, NDArray[Any]]
Change = tuple[list[int], str, Any]
"""A change of plain data: where (numbers that choose among what is there, from the outside in), how, and what
is put there."""


def checkpoint_of(kind: str, *heads: int) -> Checkpoint:
    """A random network of a kind, with characters or without."""
    if kind == "characters":
        return Both(MODELS["window"], _CHARACTERS).checkpoint(*heads)
    return Both(MODELS[kind]).checkpoint(*heads)


@cache
def _content(kind: str) -> bytes:
    path = Path("whole.safetensors")
    write_checkpoint(path, checkpoint_of(kind, 3))
    return path.read_bytes()


@cache
def _parts(kind: str) -> tuple[Weights, str]:
    path = Path("whole.safetensors")
    path.write_bytes(_content(kind))
    weights, metadata = read_model(path)
    return weights, json.dumps(metadata)


# -- damage -----------------------------------------------------------------------------------------


class Damage(NamedTuple):
    """A change of a file: from this byte on, so many are left out, and these are in their place."""

    kind: str
    place: float
    left_out: int
    put_in: bytes


def check_damaged(damage: Damage) -> None:
    """A file of which anything has changed is refused."""
    content = _content(damage.kind)
    start = int(damage.place * len(content))
    changed = content[:start] + damage.put_in + content[start + damage.left_out :]
    if changed == content:
        return
    path = Path("model.safetensors")
    path.write_bytes(changed)
    try:
        Tagger.load(path)
    except ModelFileError:
        settled(lambda: Tagger.load(path))  # whose message is one line
    else:
        raise AssertionError("a damaged file was loaded")


def check_any_bytes(content: bytes) -> None:
    """Bytes that are no model are refused."""
    check_damaged(Damage("window", 0.0, 10**9, content))


_PLACES = st.floats(0, 1, exclude_max=True) | st.floats(0, 0.02)
_DAMAGES = st.builds(
    Damage, st.sampled_from(KINDS), _PLACES, st.sampled_from((0, 1, 1, 8, 10**9)), st.binary(max_size=9)
)
_HEADERS = st.binary(max_size=40).map(lambda header: len(header).to_bytes(8, "little") + header)


# -- crafted files ----------------------------------------------------------------------------------


class Crafted(NamedTuple):
    """A file that a stranger wrote: changes of its metadata and of its weights, one after the other.

    Attributes:
        weights: which array, and how it is changed.
    """

    kind: str
    metadata: list[Change]
    weights: list[tuple[int, str]]


_WEIGHTS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "nan": lambda array: np.full_like(array, np.nan),
    "largest": lambda array: np.full_like(array, np.finfo(np.float32).max),
    "large": lambda array: array.clip(-1, 1) * 1e30,
    "smallest": lambda array: np.full_like(array, 1e-45),
    "doubles": lambda array: array.astype(np.float64),
    "halves": lambda array: array.astype(np.float16),
    "integers": lambda array: array.astype(np.int64),
    "shorter": lambda array: array[:-1],
    "empty": lambda array: array[:0],
    "flat": lambda array: array.reshape(-1),
    "transposed": lambda array: np.ascontiguousarray(array.T),
    "deeper": lambda array: array[None],
}


def check_crafted(crafted: Crafted) -> None:
    """A file is refused, or it is a tagger, which tags, is saved, and does the same after it is loaded."""
    weights, text = _parts(crafted.kind)
    weights = dict(weights)
    metadata = json.loads(text)
    with_changes(metadata, crafted.metadata)
    for number, how in crafted.weights:
        name = sorted(weights)[number % len(weights)]
        if how == "gone":
            del weights[name]
        elif how == "more":
            weights[f"{name}x"] = weights[name]
        else:
            with np.errstate(all="ignore"):
                weights[name] = _WEIGHTS[how](weights[name])
    path = Path("model.safetensors")
    write_model(path, weights, metadata)
    tagger = settled(lambda: Tagger.load(path, device="cpu"))
    if tagger is not None:
        _use(tagger)


def _use(tagger: Tagger) -> None:
    for head in tagger.heads:
        tagged = list(tagger.with_head(head).tag_sents(SENTENCES))
        assert [[word for word, _ in sentence] for sentence in tagged] == SENTENCES
        assert all(tag in tagger.heads[head] for sentence in tagged for _, tag in sentence)
        tagger.save("again.safetensors")
        assert list(Tagger.load("again.safetensors").with_head(head).tag_sents(SENTENCES)) == tagged
    assert list(tagger.tag_columns(SENTENCES))
    assert tagger.description
    assert repr(tagger)
    probabilities = settled(lambda: tagger.probabilities(SENTENCES))
    assert probabilities is None or np.allclose(probabilities.sum(axis=1), 1, atol=1e-3)
    settled(lambda: Ensemble([tagger, tagger]))


def with_changes(data: Any, changes: list[Change]) -> Any:
    """Plain data, changed in place."""
    for place, how, value in changes:
        _change(data, place, how, value)
    return data


def _change(data: Any, place: list[int], how: str, value: Any) -> None:
    """Changes something within plain data; nothing if it is not there."""
    inner = data
    for number in place[:-1]:
        keys = _keys(inner)
        if not keys:
            break
        following = inner[keys[number % len(keys)]]
        if not isinstance(following, dict | list):
            break
        inner = following
    keys = _keys(inner)
    key = keys[place[-1] % len(keys)] if keys else None
    if how == "insert":
        if isinstance(inner, list):
            inner.insert(place[-1] % (len(inner) + 1), value)
        else:
            inner[str(value)[:20]] = value
    elif key is None:
        return
    elif how == "delete":
        del inner[key]
    elif how == "repeat" and isinstance(inner, list):
        inner.append(inner[key])
    else:
        inner[key] = value


def _keys(data: Any) -> list[Any]:
    if isinstance(data, dict):
        return list(data)
    return list(range(len(data))) if isinstance(data, list) else []


_SCALARS: SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 20),
    st.sampled_from((2**31, -(2**63), 10**30, 10**400, 1e308, float("inf"), float("nan"), 0.5)),
    st.sampled_from(
        ("", "NN", "word", "crf", "lstm", "window", "encoder", "a:b", "../x", "\ud800", "\0", "x" * 999)
    ),
    st.text(max_size=4),
)
_VALUES: SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
_HOW = st.sampled_from(("replace", "replace", "insert", "delete", "repeat"))
_PLACE = st.lists(st.integers(0, 40), min_size=1, max_size=5)


def plain_changes() -> SearchStrategy[list[Change]]:
    return st.lists(st.tuples(_PLACE, _HOW, _VALUES), max_size=3)


@st.composite
def _crafted(draw: DrawFn) -> Crafted:
    changes = draw(plain_changes())
    weights = st.tuples(st.integers(0, 30), st.sampled_from((*_WEIGHTS, "gone", "more")))
    return Crafted(draw(st.sampled_from(KINDS)), changes, draw(st.lists(weights, max_size=2)))


TARGETS = {
    "model-damaged": Target(_DAMAGES, check_damaged),
    "model-bytes": Target(st.binary(max_size=60) | _HEADERS, check_any_bytes),
    "model-crafted": Target(_crafted(), check_crafted),
}
