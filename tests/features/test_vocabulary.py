from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger import DataError
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.features import PADDING, UNKNOWN, TagSet, Vocabulary


def test_padding_is_0_and_unknown_is_1_and_strings_come_after_them() -> None:
    table = Vocabulary(["b", "a"])
    assert (PADDING, UNKNOWN) == (0, 1)
    assert [table["b"], table["a"], table["c"]] == [2, 3, UNKNOWN]
    assert len(table) == 4  # the rows that an embedding needs


def test_looking_up_never_adds() -> None:
    table = Vocabulary(["a"])
    assert table["b"] == table["b"] == UNKNOWN
    assert "b" not in table
    assert len(table) == 3
    assert list(table) == ["a"]


def test_an_empty_vocabulary_has_the_two_special_numbers() -> None:
    assert len(Vocabulary([])) == 2
    assert Vocabulary([])[""] == UNKNOWN


def test_the_empty_string_is_a_string_like_any_other() -> None:
    assert Vocabulary([""])[""] == 2


def test_from_counts_keeps_strings_counted_often_enough() -> None:
    counts = {"once": 1, "twice": 2, "thrice": 3, "never": 0}
    assert list(Vocabulary.from_counts(counts)) == ["once", "thrice", "twice"]
    assert list(Vocabulary.from_counts(counts, 2)) == ["thrice", "twice"]
    assert list(Vocabulary.from_counts(counts, 4)) == []


def test_from_counts_is_in_the_order_of_code_points() -> None:
    assert list(Vocabulary.from_counts(dict.fromkeys(["é", "a", "B", "10", "9"], 1))) == [
        "10",
        "9",
        "B",
        "a",
        "é",
    ]


def test_from_counts_extends_strings_that_keep_their_numbers() -> None:
    counts = {"new": 2, "b": 1, "a": 3, "rare": 1}
    assert list(Vocabulary.from_counts(counts, 2, first=["z", "b"])) == ["z", "b", "a", "new"]


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 3), max_size=8), st.randoms())
def test_from_counts_does_not_depend_on_the_order_of_counting(counts: dict[str, int], random: Random) -> None:
    shuffled = list(counts)
    random.shuffle(shuffled)
    again = Vocabulary.from_counts({string: counts[string] for string in shuffled}, 2)
    assert list(again) == list(Vocabulary.from_counts(counts, 2))


@given(st.lists(st.text(max_size=3), unique=True, max_size=8))
def test_a_vocabulary_is_rebuilt_from_its_strings(strings: list[str]) -> None:
    table = Vocabulary(Vocabulary(strings))
    assert [table[string] for string in strings] == list(range(2, len(table)))


def test_a_tag_set_has_no_padding_and_no_unknown_tag() -> None:
    tagset = TagSet(["NN", "DT"])
    assert [tagset["NN"], tagset["DT"]] == [0, 1]
    assert len(tagset) == 2
    assert list(tagset) == ["NN", "DT"]
    assert tagset.tags == ("NN", "DT")


def test_an_unseen_tag_is_minus_1_and_is_not_added() -> None:
    tagset = TagSet(["NN"])
    assert tagset["XX"] == TagSet.UNSEEN == -1
    assert "XX" not in tagset
    assert "NN" in tagset
    assert len(tagset) == 1


def test_a_missing_tag_is_minus_2_and_never_in_the_set() -> None:
    tagset = TagSet.from_sentences([[("a", "Y"), ("b", UNTAGGED)], [], [("c", "X"), ("a", "Y")]])
    assert list(tagset) == ["X", "Y"]
    assert tagset[UNTAGGED] == TagSet.UNTAGGED == -2
    assert UNTAGGED not in tagset


@pytest.mark.parametrize("sentences", [[], [[]], [[("a", UNTAGGED)]]])
def test_a_tag_set_without_tags_is_an_error(sentences: list[TaggedSentence]) -> None:
    with pytest.raises(DataError, match="nothing to learn"):
        TagSet.from_sentences(sentences)


def test_a_tag_set_shows_its_tags() -> None:
    assert repr(TagSet(["NN", "DT"])) == "<TagSet of 2 tags: NN DT>"
