from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.features.normalise import fold_digits, penn_form, shape, straight_quotes, vector_forms


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
        ("日本", "日本"),
        ("🙂🙂🙂", "🙂🙂"),
        ("", ""),
    ],
)
def test_shape(word: str, expected: str) -> None:
    assert shape(word) == expected


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
def test_the_first_form_among_vectors_is_the_penn_form(word: str) -> None:
    assert next(vector_forms(word)) == penn_form(word)
