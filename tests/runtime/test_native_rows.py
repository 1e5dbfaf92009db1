"""The rows of new words: those that the native kernel makes are those that Python makes."""

from __future__ import annotations

import itertools
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from random_networks import WORDS, Both, some_text

from postagger.features.normalise import lower_case, shape, word_form
from postagger.runtime.native import make_kernel

native = pytest.importorskip("postagger_native", reason="the native kernel is not installed")

PARTS: dict[str, dict[str, Any]] = {
    "all": {"prefixes": 3, "suffixes": 4},
    "no words": {"word_dim": 0},
    "no affixes": {"prefixes": 0, "suffixes": 0},
    "no shapes, long prefixes": {"shape": False, "prefixes": 10},
    "words alone": {"prefixes": 0, "suffixes": 0, "shape": False},
    "shapes alone": {"prefixes": 0, "suffixes": 0, "word_dim": 0},
    "case and digits": {"lowercase": False, "fold_digits": False},
    "lower case": {"lowercase": True, "fold_digits": True},
    "no normal form": {"normalise": False, "fold_digits": False},
}


@pytest.fixture(scope="module", params=PARTS)
def kernels(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A kernel that makes rows itself, and one that asks for all of them."""
    both = Both({"kind": "logistic", "left": 0, "right": 0}, PARTS[request.param])
    head = [both.config.corpus.head_name]
    return make_kernel(both.checkpoint(), head), make_kernel(both.checkpoint(), head, encoder=None)


def check(kernels: tuple[Any, Any], words: list[str]) -> None:
    """Compares scores of words by themselves, in a network without neighbours: their rows."""
    own, asked = (kernel.scores(words, np.ones(len(words), np.int64)) for kernel in kernels)
    wrong = np.abs(own - asked).max(axis=1) > 1e-5 * np.abs(asked).max()
    assert not wrong.any(), [words[place] for place in np.flatnonzero(wrong)[:5]]


def test_known_and_new_words(kernels: tuple[Any, Any]) -> None:
    check(kernels, WORDS + [word for sentence in some_text(1) for word in sentence])


def test_short_words_in_ascii(kernels: tuple[Any, Any]) -> None:
    chars = [chr(code) for code in range(128)]
    check(kernels, ["", *chars, *map("".join, itertools.product(chars, chars))])
    check(kernels, ["".join(part) for part in itertools.product("Aa0-\n^", repeat=5)])


@given(words=st.lists(st.text(st.characters(max_codepoint=127), max_size=40), min_size=1, max_size=40))
def test_ascii(kernels: tuple[Any, Any], words: list[str]) -> None:
    check(kernels, words)


@hypothesis_settings(max_examples=60)
@given(words=st.lists(st.text(st.characters(), max_size=7), min_size=1, max_size=30))
def test_all_of_unicode(kernels: tuple[Any, Any], words: list[str]) -> None:
    check(kernels, words)


LETTERS = (
    "aZ0'\u2019\u2018\u201c\u2013\u2026-^`\"éÉßẞİıΣσςǅ\ufb01\uff21½²\u2460\u0301\u0345\uac00\u1100\u1161"
    "\u11a8\u200d\u00ad食ね\u041f\u0448\u0627\u0640\u0915\u093c\u094d\U0001f600\ud800"
)


@hypothesis_settings(max_examples=60)
@given(words=st.lists(st.text(st.sampled_from(LETTERS), max_size=6), min_size=1, max_size=40))
def test_characters_with_rules(kernels: tuple[Any, Any], words: list[str]) -> None:
    check(kernels, words)


def test_every_character_within_a_word(kernels: tuple[Any, Any]) -> None:
    check(kernels, [f"a{chr(code)}b" for code in (*range(0x3000), *range(0x3000, 0x110000, 37))])


def test_simple_characters_are_the_same_in_every_word() -> None:
    """No simple character combines with another one, in all of Unicode."""
    info = native.character_info(word_form, lower_case, shape)
    seconds = set()
    for code in range(0x110000):
        decomposition = unicodedata.decomposition(chr(code)).split()
        if len(decomposition) == 2 and "<" not in decomposition[0]:
            seconds.add(int(decomposition[1], 16))
    assigned = [code for code in range(0x80, 0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Co")]
    found = {code: character for code in assigned if (character := info(code)).simple}
    simple = list(found)
    assert len(simple) > 10_000
    assert not seconds.intersection(simple)
    assert not any(unicodedata.combining(chr(code)) for code in simple)
    text = "".join(map(chr, simple))
    assert word_form(text) == "".join(character.form for character in found.values())
    assert lower_case(word_form(text)) == "".join(character.lower for character in found.values())
