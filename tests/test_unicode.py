"""The normal form of words, over all of Unicode."""

# ruff: noqa: RUF001

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.unicode import normal_form

INVISIBLE = [
    0xAD, 0x34F, 0x61C, 0x115F, 0x17B4, 0x180B, 0x200B, 0x200E, 0x200F, 0x202A, 0x202C, 0x202E, 0x2060,
    0x2061, 0x2066, 0x2069, 0x206F, 0x3164, 0xFE00, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xE0001,
    0xE0020, 0xE0100,
]  # fmt: skip
CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]

WORDS = {
    "English": "naïve", "French": "œuvré", "Vietnamese": "người", "Hungarian": "őrült", "Yoruba": "ẹ̀kọ́",
    "Polish": "łódź", "Turkish": "İğne", "Greek": "λόγος", "Ancient Greek": "ᾠδή", "Russian": "йёлка",
    "Ukrainian": "їжак", "Korean": "한국어", "Hindi": "ज़्यादा", "Bengali": "ব়োড়ো", "Tamil": "கொடு",
    "Arabic": "مُؤَلَّف", "Hebrew": "שָׁלוֹם", "Japanese": "がぎぱ", "Thai": "น้ำ", "Tibetan": "བོད",
    "Burmese": "ဦး", "Balinese": "ᬅᬓ᭄ᬱᬭ", "Lithuanian": "į̃",
}  # fmt: skip


def decomposed(word: str) -> str:
    return unicodedata.normalize("NFD", word)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS.keys())
def test_decomposed_and_composed_words_have_one_form_in_every_language(word: str) -> None:
    form = normal_form(word)
    assert form == normal_form(decomposed(word)) == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize("code", INVISIBLE, ids=hex)
@pytest.mark.parametrize("word", ["dog", "Ärger", "книга", "كتاب", "家", "😀", '"', "(", "e\u0301"])
def test_invisible_characters_are_left_out_wherever_they_are(word: str, code: int) -> None:
    for place in range(len(word) + 1):
        assert normal_form(word[:place] + chr(code) + word[place:]) == normal_form(word)


@pytest.mark.parametrize("word", ["\u200b", "\ufeff\ufe0f", "\u200d", "\u200c\u200c", "\u00ad\u200d"])
def test_a_word_of_nothing_but_invisible_characters_stays(word: str) -> None:
    assert normal_form(word) == word


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("می\u200cروم", "می\u200cروم"),
        ("می\u200c\u200cروم", "می\u200cروم"),
        ("می\u200b\u200cروم", "می\u200cروم"),
        ("\u200cمی\u200c", "می"),
        ("क्\u200dष", "क्\u200dष"),
        ("क्\u200cष", "क्\u200cष"),
        ("ශ්\u200dරී", "ශ්\u200dරී"),
        ("ᠭᠠᠵᠠᠷ\u180eᠠ", "ᠭᠠᠵᠠᠷ\u180eᠠ"),
        ("Auf\u200clage", "Auflage"),
        ("na\u200dme", "name"),
        ("e\u200d\u0301", "é"),
        ("👩\u200d👧", "👩👧"),
        ("กา\u200cร", "การ"),
        ("USA\u200cها", "USAها"),
    ],
)
def test_joiners_stay_only_where_they_belong_to_the_spelling(word: str, form: str) -> None:
    assert normal_form(word) == form


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("\uff28\uff45\uff4c\uff4c\uff4f", "Hello"),
        ("\uff12\uff10\uff12\uff14", "2024"),
        ("\uff08", "("),
        ("\ufe35", "("),
        ("\ufe50", ","),
        ("ｶﾞｽ", "ガス"),
        ("ﾡ", "ㄱ"),
        ("𝐇𝐞𝐥𝐥𝐨", "Hello"),
        ("𝓌ℎ𝒶𝓉", "what"),
        ("𝟗𝟵", "99"),
        ("ℝ", "R"),
        ("oﬃce", "office"),
        ("ﺳﻼم", "سلام"),
        ("ﬥ", "ל"),
        ("\uff45\u0301", "é"),
    ],
)
def test_letters_in_another_look_become_plain(word: str, form: str) -> None:
    assert normal_form(word) == form


MEANINGFUL = ["½", "x²", "H₂O", "①", "㎏", "ª", "№", "™", "ǆ", "ŀ", "ĳ", "ℹ", "ﷺ", "\u3000", "ß"]


@pytest.mark.parametrize("word", MEANINGFUL)
def test_characters_with_a_meaning_of_their_own_stay(word: str) -> None:
    assert normal_form(word) == word


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_its_own_form(word: str) -> None:
    assert normal_form(word) is word


def test_the_form_of_each_character_is_its_own_form_and_that_of_its_decomposition() -> None:
    forms = {char: normal_form(char) for char in CHARACTERS}
    assert [char for char, form in forms.items() if normal_form(form) != form] == []
    assert [char for char, form in forms.items() if normal_form(decomposed(char)) != form] == []


TRICKY = st.text(
    st.sampled_from("aAé\u0301\u0323\u093cकष्मیИİ家한ᄒ\u1161ｶﾞﬁ𝐇\u200b\u200c\u200d\ufe0f\u034f\u00ad")
)


@given(st.text() | TRICKY)
def test_a_form_is_its_own_form_and_the_same_however_the_word_is_composed(word: str) -> None:
    form = normal_form(word)
    assert normal_form(form) == form
    for composition in ("NFC", "NFD"):
        assert normal_form(unicodedata.normalize(composition, word)) == form
    assert not word or form
