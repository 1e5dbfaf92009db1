"""Rows of new words: the native encoder's are those that Python makes."""

from __future__ import annotations

import itertools
import unicodedata
from typing import Any

import numpy as np
import pytest
from conftest import WORDS, Example, sentences
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from postagger_native import character_info

from postagger.features.normalise import lower_case, shape, word_form

SETTINGS: list[dict[str, Any]] = [
    {},
    {"word_dim": 0},
    {"lowercase": False, "fold_digits": False},
    {"prefixes": 0, "suffixes": 0},
    {"shape": False, "prefixes": 5},
    {"normalise": False, "fold_digits": False},
]


def rows(kernel: Any, words: list[str]) -> Any:
    """Scores of words by themselves, in a network without a window: their rows, through one layer."""
    return kernel.scores(words, np.ones(len(words), np.int64))


def both(words: dict[str, Any]) -> tuple[Any, Any]:
    example = Example(words=words, kind="logistic", left=0, right=0)
    return example.kernel(), example.kernel(native=False)


@pytest.fixture(scope="module", params=SETTINGS, ids=str)
def kernels(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return both(request.param)


def agree(kernels: tuple[Any, Any], words: list[str]) -> None:
    native, python = (rows(kernel, words) for kernel in kernels)
    wrong = np.abs(native - python).max(1) > 1e-5 * np.abs(python).max()
    assert not wrong.any(), [words[i] for i in np.flatnonzero(wrong)[:5]]


def test_known_and_new_words(kernels: tuple[Any, Any]) -> None:
    agree(kernels, WORDS + [word for sentence in sentences(100) for word in sentence])


def test_short_words_in_ascii(kernels: tuple[Any, Any]) -> None:
    chars = [chr(code) for code in range(128)]
    agree(kernels, ["", *chars, *map("".join, itertools.product(chars, chars))])
    agree(kernels, ["".join(part) for part in itertools.product("Aa0-\n^", repeat=5)])


@hypothesis_settings(max_examples=60)
@given(words=st.lists(st.text(st.characters(), max_size=7), min_size=1, max_size=30))
def test_all_of_unicode(kernels: tuple[Any, Any], words: list[str]) -> None:
    agree(kernels, words)


LETTERS = "aZ0'’‘“–…-^`\"éÉßẞİıΣσςǅﬁＡ½²①́ͅ가ᄀ각\u200d\u00ad食ねПшاـक़\u094dZ😀\ud800"


@hypothesis_settings(max_examples=60)
@given(words=st.lists(st.text(st.sampled_from(LETTERS), max_size=6), min_size=1, max_size=40))
def test_characters_with_rules(kernels: tuple[Any, Any], words: list[str]) -> None:
    agree(kernels, words)


def test_simple_characters_are_the_same_in_every_word() -> None:
    """No simple character combines with another one, in all of Unicode."""
    info = character_info(word_form, lower_case, shape)
    seconds = set()
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and "<" not in parts[0]:
            seconds.add(int(parts[1], 16))
    simple = [code for code in range(0x80, 0x110000) if info(code).simple]
    assert len(simple) > 100_000
    assert not seconds.intersection(simple)
    assert not any(unicodedata.combining(chr(code)) for code in simple)
    text = "".join(chr(code) for code in simple)
    assert word_form(text) == "".join(info(code).form for code in simple)
    assert lower_case(word_form(text)) == "".join(info(code).lower for code in simple)
