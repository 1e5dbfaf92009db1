from __future__ import annotations

from postagger.corpora import UNTAGGED
from postagger.features import Lexicon

LEXICON = Lexicon.from_sentences(
    [
        [("We", "PRP"), ("saw", "VBD"), ("the", "DT"), ("saw", "NN")],
        [],
        [("The", "DT"), ("the", "DT"), ("the", "DT")],
    ]
)


def test_words_are_counted_as_written() -> None:
    assert LEXICON.count("the") == 3
    assert LEXICON.count("The") == 1
    assert LEXICON.count("we") == 0
    assert len(LEXICON) == 4


def test_a_word_is_known_if_it_is_in_the_training_set() -> None:
    assert "We" in LEXICON
    assert "we" not in LEXICON
    assert 1 not in LEXICON


def test_a_word_is_ambiguous_if_it_has_two_tags_in_the_training_set() -> None:
    assert LEXICON.is_ambiguous("saw")
    assert not LEXICON.is_ambiguous("the")
    assert not LEXICON.is_ambiguous("unheard-of")


def test_entries_hold_each_word_s_count_and_number_of_tags() -> None:
    assert LEXICON.entries == {"The": (1, 1), "We": (1, 1), "saw": (2, 2), "the": (3, 1)}


def test_an_untagged_word_is_counted_but_adds_no_tag() -> None:
    lexicon = Lexicon.from_sentences([[("saw", "NN"), ("saw", UNTAGGED), ("dog", UNTAGGED)]])
    assert lexicon.entries == {"dog": (1, 0), "saw": (2, 1)}
    assert "dog" in lexicon
    assert not lexicon.is_ambiguous("saw")


def test_looking_up_adds_nothing() -> None:
    lexicon = Lexicon({"a": (1, 1)})
    lexicon.count("b")
    lexicon.is_ambiguous("b")
    assert lexicon.entries == {"a": (1, 1)}


def test_entries_are_in_the_order_of_code_points() -> None:
    assert list(LEXICON.entries.items()) == [
        ("The", (1, 1)),
        ("We", (1, 1)),
        ("saw", (2, 2)),
        ("the", (3, 1)),
    ]


def test_a_lexicon_without_sentences_knows_no_word() -> None:
    assert len(Lexicon.from_sentences([])) == 0


def test_words_are_compared_in_their_normal_form() -> None:
    lexicon = Lexicon.from_sentences([[("café", "NN"), ("cafe\u0301", "NN"), ("\ufeffcafé", "JJ")]])
    assert lexicon.entries == {"café": (3, 2)}
    assert lexicon.count("cafe\u0301") == 3
    assert "caf\u200bé" in lexicon
    assert lexicon.is_ambiguous("cafe\u0301")
    assert Lexicon({"cafe\u0301": (2, 1)}).count("cafe\u0301") == 2, "the words of older model files"
