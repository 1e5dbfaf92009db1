# ruff: noqa: RUF001
from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.features.normalise import (
    READINGS,
    fold_digits,
    lower_case,
    penn_form,
    shape,
    straight_quotes,
    vector_forms,
    word_form,
)


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("(", "-LRB-"),
        (")", "-RRB-"),
        ("[", "-LSB-"),
        ("]", "-RSB-"),
        ("{", "-LCB-"),
        ("}", "-RCB-"),
        ("“", "``"),
        ("”", "''"),
        ("\u2018", "`"),
        ("\u2019", "'"),
        ("\u2013", "--"),
        ("\u2014", "--"),
        ("…", "..."),
        ("\u2019s", "'s"),
        ("n\u2019t", "n't"),
        ("\u2018em", "'em"),
    ],
)
def test_penn_form(word: str, form: str) -> None:
    assert penn_form(word) == form


@pytest.mark.parametrize("word", ["", "-LRB-", "``", "''", "--", "-", "(a)", "f(x)", '"', "naïve", "🙂"])
def test_penn_form_leaves_other_words_alone(word: str) -> None:
    assert penn_form(word) == word


@given(st.text())
def test_a_penn_form_is_its_own_penn_form(word: str) -> None:
    assert penn_form(penn_form(word)) == penn_form(word)


def test_straight_quotes_open_and_close_alternately() -> None:
    words = ['"', "a", '"', "b", '"', "c", '"']
    assert straight_quotes(words) == ["``", "a", "''", "b", "``", "c", "''"]


def test_an_odd_straight_quote_opens() -> None:
    assert straight_quotes(["a", '"']) == ["a", "``"]


def test_every_sentence_starts_with_an_opening_quote() -> None:
    assert [straight_quotes(['"', "a"]) for _ in range(2)] == [["``", "a"]] * 2


def test_straight_quotes_leaves_its_input_and_quotes_inside_words_alone() -> None:
    words = ['"', '5"', "''", "``", '"']
    assert straight_quotes(words) == ["``", '5"', "''", "``", "''"]
    assert words == ['"', '5"', "''", "``", '"']


@pytest.mark.parametrize(
    ("word", "folded"),
    [("1989", "0000"), ("1,000.50", "0,000.00"), ("B-52s", "B-00s"), ("٣", "0"), ("x²", "x²"), ("", "")],
)
def test_fold_digits(word: str, folded: str) -> None:
    assert fold_digits(word) == folded


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dog", "xx"),
        ("a", "x"),
        ("Dog", "Xxx"),
        ("IBM", "XX"),
        ("McDonald", "XxXxx"),
        ("1989-90", "dd-dd"),
        ("U.S.", "X.X."),
        ("....", ".."),
        ("x-ray", "x-xx"),
        ("Ärger", "Xxx"),
        ("naïve", "xx"),
        ("Łódź", "Xxx"),
        ("Москва-2", "Xxx-d"),
        ("ǅ", "X"),
        ("ẹ\u0301kọ\u0301", "xx"),
        ("«A»", "«X»"),
        ("5€", "d€"),
        ("1½", "dd"),
        ("🙂🙂🙂", "ss"),
        ("日", "Cjk1"),
        ("日本", "Cjk2"),
        ("日本人民", "Cjk3"),
        ("食べる", "CjkHiragana"),
        ("ラーメン", "Katakana3"),
        ("見に行きます", "CjkHiraganaHiragana"),
        ("2024年", "dCjk"),
        ("한국어", "Hangul3"),
        ("كتاب", "Arabic3"),
        ("كِتَاب", "Arabic3m"),
        ("می\u200cروم", "Arabic3j"),
        ("घर", "Devanagari2"),
        ("क्\u200dषे", "Devanagari2jm"),
        ("٢٠٢٤", "dd"),
        ("و-في", "Arabic-Arabic"),
        ("iPhone用", "xXCjk"),
        ("\u0301", "m"),
        ("", ""),
    ],
)
def test_shape(word: str, expected: str) -> None:
    assert shape(word) == expected


@pytest.mark.parametrize("word", ["日本", "🙂🙂🙂", "ẹ\u0301kọ\u0301", "½", "ǅ", "Łódź", "U.S."])
def test_in_models_trained_before_characters_without_case_stand_for_themselves(word: str) -> None:
    symbols = ["X" if char.isupper() else "x" if char.islower() else char for char in word]
    kept = [char for place, char in enumerate(symbols) if symbols[place : place + 3] != [char] * 3]
    assert shape(word, scripts=False) == "".join(kept)


LETTERS = {
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي\u064e\u0651\u200c",
    "Devanagari": "कखगघचछजझटठडढतथदधनपफबभमयरलवशषसह\u093e\u093f\u0947\u094d\u200d",
    "Han": "一丁七万丈三上下不与丐丑专且世丘丙业丛东丝丢两严丧个中丰串临",
    "Thai": "กขคงจฉชซญดตถทธนบปผพฟภมยรลวศสหอ\u0e31\u0e34\u0e48เๆ",
    "Hebrew": "אבגדהוזחטיכלמנסעפצקרשת\u05b0\u05b8\u05bc",
    "Korean": "가각간갇갈감갑값강개객거건걸검게겨결경계고곡곤골",
    "Japanese": "人日本国年大十二本中かなきたしのをにカタナンー",
    "Uyghur": "ئابپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىي",
}


@pytest.mark.parametrize("language", LETTERS)
def test_few_shapes_stand_for_thousands_of_words_of_a_script_without_case(language: str) -> None:
    random.seed(1)
    words = {"".join(random.choices(LETTERS[language], k=random.randint(1, 9))) for _ in range(5000)}
    words |= {word + end for word in list(words)[:1000] for end in ("1", ".", "-")}
    assert len(words) > 3000
    shapes = {shape(word) for word in words}
    assert 3 <= len(shapes) < 100


@given(st.text())
def test_shapes_of_ascii_are_what_they_were(word: str) -> None:
    ascii_only = word.encode("ascii", "ignore").decode()
    assert shape(ascii_only) == shape(ascii_only, scripts=False)


# -- the form that is looked up -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("\ufeff(", "-LRB-"),
        ("\uff3b", "-LSB-"),
        ("n\u2019t\u200b", "n't"),
        ("\u201c\ufe0e", "``"),
        ("cafe\u0301", "café"),
        ("F-16", "F-16"),
    ],
)
def test_the_form_that_is_looked_up(word: str, form: str) -> None:
    assert word_form(word) == form
    assert word_form(form) == form
    assert word_form(word, normalise=False) == penn_form(word)


@pytest.mark.parametrize(
    ("word", "lower"),
    [
        ("İstanbul", "istanbul"), ("ISTANBUL", "istanbul"), ("STRASSE", "strasse"), ("ΛΌΓΟΣ", "λόγος"),
        ("Σ", "σ"), ("Ǆ", "ǆ"), ("ǅ", "ǆ"), ("日本", "日本"),
    ],
)  # fmt: skip
def test_lower_case(word: str, lower: str) -> None:
    assert lower_case(word) == lower
    assert lower_case(word, normalise=False) == word.lower()


@pytest.mark.parametrize("quote", ['\ufeff"', '"\u200b', "\uff02", "\uff02\u00ad"])
def test_a_straight_quote_may_have_invisible_characters_or_be_fullwidth(quote: str) -> None:
    assert straight_quotes([quote, "a", '"', "b", quote]) == ["``", "a", "''", "b", "``"]
    assert straight_quotes([quote, '"'], normalise=False) == [quote, "``"]


# -- case -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "readings"),
    [
        ("dog", ["DOG", "dog"]),
        ("Dog", ["DOG", "dog"]),
        ("McDonald", ["MCDONALD", "mcdonald"]),
        ("n't", ["N'T", "n't"]),
        ("straße", ["STRASSE", "straße"]),
        ("ß", ["SS", "ß"]),
        ("λόγος", ["ΛΌΓΟΣ", "λόγος"]),
        ("İzmir", ["İZMIR", "i\u0307zmir"]),
        ("ǆep", ["ǄEP", "ǆep"]),
        *((word, [word] * 2) for word in ("-LRB-", "``", "'", "12", "日本", "كتاب", "한국", "🙂", "")),
    ],
)
def test_readings(word: str, readings: list[str]) -> None:
    assert [read(word) for read in READINGS] == readings


@given(st.text())
def test_readings_keep_words(word: str) -> None:
    assert all(bool(read(word)) == bool(word) for read in READINGS)


@given(st.text(alphabet="aB1.-"))
def test_a_shape_has_no_run_longer_than_two(word: str) -> None:
    cut = shape(word)
    assert all(len(set(cut[place : place + 3])) > 1 for place in range(len(cut) - 2))


@given(st.text(alphabet="aB1.-"))
def test_folding_digits_keeps_the_shape(word: str) -> None:
    assert shape(fold_digits(word)) == shape(word)


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("dog", ["dog"]),
        ("Dog", ["Dog", "dog"]),
        ("(", ["-LRB-", "(", "-lrb-"]),
        ("-LRB-", ["-LRB-", "(", "-lrb-"]),
        ("``", ["``", '"']),
        ("\u201d", ["''", '"']),
        ("\u2019", ["'"]),
        ("B2", ["B2", "b2", "B0", "b0", "B#", "b#"]),
        ("", [""]),
    ],
)
def test_forms_among_vectors_from_the_exact_to_the_folded(word: str, forms: list[str]) -> None:
    assert list(dict.fromkeys(vector_forms(word))) == forms


@given(st.text())
def test_the_first_form_among_vectors_is_the_form_that_is_looked_up(word: str) -> None:
    assert next(vector_forms(word)) == word_form(word)
    assert next(vector_forms(word, normalise=False)) == penn_form(word)
