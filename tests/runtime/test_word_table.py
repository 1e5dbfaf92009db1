from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from random_networks import Both

from postagger.features import WordEncoding, WordTypes
from postagger.features.normalise import straight_quotes
from postagger.runtime.network import Floats, Integers
from postagger.runtime.word_table import WordTable

ENCODING = Both({"kind": "logistic"}).encoding
TAGS = ("DT", "NN")


def make_rows(types: WordTypes) -> Floats:
    """Rows of two numbers, the first of which is the word's vocabulary number."""
    rows = np.zeros((len(types.columns), 2), np.float32)
    rows[:, 0] = np.asarray(types.columns)[:, 0]
    return rows


@pytest.fixture
def table() -> Callable[..., WordTable]:
    """``table(largest)``: a table of at most that many bytes."""
    return lambda largest: WordTable(ENCODING, make_rows, TAGS, largest=largest)


def look_up(table: WordTable, *sentences: Sequence[str]) -> tuple[Floats, Integers]:
    found = table.look_up(list(itertools.chain(*sentences)), np.array(list(map(len, sentences))))
    return found.rows, found.tokens


def numbers_of(words: Sequence[str], encoding: WordEncoding = ENCODING) -> list[int]:
    return [encoding.vocabularies["word"][word] for word in words]


def test_each_word_has_its_row_and_padding_has_row_0(table: Callable[..., WordTable]) -> None:
    small = table(10**6)
    rows, index = look_up(small, ["the", "man"], ["saw", "the"])
    assert rows[index, 0].tolist() == numbers_of(["the", "man", "saw", "the"])
    assert rows[0].tolist() == [0.0, 0.0]
    assert len(small) == 4 + 3


def test_straight_quotes_open_and_close_alternately_in_each_sentence(table: Callable[..., WordTable]) -> None:
    sentences = [['"'], [], ["a", '"', "b", '"', '"'], ["``", '"'], ['"', "\uff02", '\ufeff"'], []]
    small = table(10**6)
    _, found = look_up(small, *sentences)
    _, expected = look_up(small, *map(straight_quotes, sentences))
    assert found.tolist() == expected.tolist()


def test_rows_of_new_words_are_computed_in_parts(
    table: Callable[..., WordTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postagger.runtime.word_table._NEW", 3)
    words = ["the", "new", '\ufeff"', "man", "newer", "\uff02", "trees", "newest", "can", "saw"]
    small, whole = table(10**6), table(10**6)
    rows, index = look_up(small, words)
    monkeypatch.undo()
    expected, same = look_up(whole, words)
    assert index.tolist() == same.tolist()
    assert rows[index].tolist() == expected[same].tolist()


def test_a_table_of_many_tags_holds_fewer_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the index of its pairs alone would fill the memory."""
    monkeypatch.setattr("postagger.runtime.word_table.PAIRS", 1200)
    tags = [f"T{number}" for number in range(40)]
    small = WordTable(ENCODING, make_rows, tags)
    for number in range(20):
        words = [f"word{number}-{k}" for k in range(10)]
        found = small.look_up(words, np.array([10]))
        assert found.pairs._slots.size <= 40 * 40
        tagged = found.pairs(words, found.numbers, np.arange(10))
        assert list(tagged) == [(word, f"T{k}") for k, word in enumerate(words)]


@pytest.mark.parametrize("repeated", [1, 300])  # few tokens are counted in another way than many
def test_a_full_table_drops_the_least_used_words(table: Callable[..., WordTable], repeated: int) -> None:
    small = table(20 * 8)  # twenty rows
    used = ["the", "man", "saw", "old"]
    for number in range(100):
        sentence = [*used, *(f"word{number}-{k}" for k in range(5))] * repeated
        rows, index = look_up(small, sentence)
        assert rows[index, 0].tolist() == numbers_of(sentence)
        assert len(small) <= 20 + 5 + 5
        assert rows[0].tolist() == [0.0, 0.0]
    assert all(word in small._numbers for word in used)
    assert small.nbytes <= 30 * 8


def test_a_table_of_long_words_drops_the_less_used_half(
    table: Callable[..., WordTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postagger.runtime.word_table.LETTERS", 1000)
    small = table(10**6)
    for number in range(100):
        words = ["the", f"{number}-{'x' * 300}"]
        rows, index = look_up(small, words)
        assert rows[index, 0].tolist() == numbers_of(words)
        assert sum(map(len, list(small._numbers)[1:])) <= 1000 + 310
    assert "the" in small._numbers


def test_rows_once_given_do_not_change_when_words_are_dropped(table: Callable[..., WordTable]) -> None:
    """Another thread may still be using them."""
    small = table(20 * 8)
    rows, index = look_up(small, ["the", "man"])
    for number in range(50):
        look_up(small, [f"word{number}-{k}" for k in range(9)])
    assert rows[index, 0].tolist() == numbers_of(["the", "man"])


def test_more_new_words_than_a_table_holds(table: Callable[..., WordTable]) -> None:
    small = table(20 * 8)
    words = ["the", *(f"word{number}" for number in range(10_000)), "man"]
    for _ in range(3):
        rows, index = look_up(small, words)
        assert rows[index, 0].tolist() == numbers_of(words)
    look_up(small, ["the"])
    assert len(small) <= 20


def test_other_ways_to_write_a_straight_quote_are_known_in_a_full_table(
    table: Callable[..., WordTable],
) -> None:
    small = table(20 * 8)
    for number in range(60):
        quotes = ['\ufeff"', "\uff02", '"'] if number % 20 == 0 else []
        sentence = ["the", *quotes, *(f"word{number}-{k}" for k in range(5)), '\ufeff"', '"', "\uff02"]
        _, found = look_up(small, sentence)
        pairs = zip(found.tolist(), straight_quotes(sentence), strict=True)
        numbers = {"``": 2, "''": 3}
        assert [row for row, form in pairs if form in numbers or row in (1, 2, 3)] == [
            numbers[form] for form in straight_quotes(sentence) if form in numbers
        ]


@pytest.mark.parametrize("wrong", [None, 3, 2.5, b"the", ["the"], ("the",), object()])
def test_a_token_that_is_not_a_string_is_an_error_and_does_no_harm(
    table: Callable[..., WordTable], wrong: object
) -> None:
    small = table(10**6)
    with pytest.raises(TypeError, match=r"a token must be a string|unhashable"):
        look_up(small, ["new", wrong, "the"])  # type: ignore[list-item]
    rows, index = look_up(small, ["new", "the"])
    assert rows[index, 0].tolist() == numbers_of(["new", "the"])


def test_words_whose_rows_could_not_be_computed_get_them_later(
    table: Callable[..., WordTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postagger.runtime.word_table._NEW", 2)
    small, calls = table(10**6), 0

    def fail_once(types: WordTypes) -> Floats:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise MemoryError
        return make_rows(types)

    monkeypatch.setattr(small, "_make", fail_once)
    with pytest.raises(MemoryError):
        look_up(small, ["the", "man", "saw", "old"])
    for words in (["trees", "old"], ["the", "man", "saw", "old", "trees", "can"]):
        rows, index = look_up(small, words)
        assert rows[index, 0].tolist() == numbers_of(words)
