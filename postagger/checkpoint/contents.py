"""Checks what a model file contains besides its weights, which `postagger.checkpoint.shapes` checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_LONGEST_SECTION = 2**18
"""Characters of JSON in the config or the record: some thousands are usual."""


def strings(values: Any, what: str) -> list[str]:
    """A vocabulary or tag set: different strings.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(values, list) or not all(type(value) is str for value in values):
        raise ValueError(f"{what} are not a list of strings")
    if len(set(values)) < len(values):
        raise ValueError(f"{what} are not all different")
    return values


def lexicon_entries(values: Any) -> dict[str, tuple[int, int]]:
    """The words of the training set, each with its count and its number of tags.

    Raises:
        ValueError: they are something else.
    """
    if not values and isinstance(values, list):
        return {}
    if _types([values]) == {list} == _types(values) and set(map(len, values)) == {3}:
        words, counts, numbers = zip(*values, strict=True)
        if _types(words) == {str} and _types(counts) == {int} == _types(numbers):
            entries = dict(zip(words, zip(counts, numbers, strict=True), strict=True))
            if len(entries) == len(words) and min(counts) >= 0 <= min(numbers):
                return entries
    raise ValueError("the lexicon is not a list of different words with their counts")


def _types(values: Iterable[Any]) -> set[type]:
    return set(map(type, values))


def check_size(metadata: Mapping[str, Any]) -> None:
    """Checks that the settings are of a reasonable size, before each of them is checked.

    Raises:
        ValueError: they are not.
    """
    for name in ("config", "record"):
        if len(json.dumps(metadata.get(name))) > _LONGEST_SECTION:
            raise ValueError(f"the {name} is longer than {_LONGEST_SECTION:,} characters")


def temperatures_of(values: Any, heads: Iterable[str]) -> dict[str, float]:
    """The temperatures of heads, by name: numbers from 0.01 to 100.

    Raises:
        ValueError: they are something else, or one is of no head.
    """
    known = set(heads)
    if not isinstance(values, dict):
        raise ValueError("the temperatures are not given by head")
    for head, value in values.items():
        if head not in known or type(value) not in (int, float) or not 0.01 <= value <= 100:
            raise ValueError("the temperatures are not numbers from 0.01 to 100, one for each head")
    return values
