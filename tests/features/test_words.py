from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postagger.config import WordsConfig
from postagger.features import PADDING, UNKNOWN, WordEncoding, WordVectors
from postagger.features.words import LONGEST_WORD, column_names, word_features

CONFIG = WordsConfig(prefixes=2, suffixes=3, feature_min_count=1)
SPELT = WordsConfig(
    word_dim=0, prefixes=0, suffixes=0, shape=False, character_dim=4, feature_min_count=1
)  # characters only
LETTERS = WordEncoding.fit(["abcdefghijklmnopqrstuvwxyz"], SPELT)


def features(word: str, config: WordsConfig = CONFIG) -> dict[str, str]:
    return dict(zip(column_names(config), word_features(word, config), strict=True))


def spelling(row: list[int]) -> str:
    """Converts a row of characters back to text: ``_`` is padding, ``?`` an unknown character."""
    return "".join(("_", "?", *LETTERS.vocabularies["characters"])[number] for number in row)


def test_a_column_for_the_word_each_affix_and_the_shape() -> None:
    assert features("Running") == {
        "word": "running",
        "prefix1": "r",
        "prefix2": "ru",
        "suffix1": "g",
        "suffix2": "ng",
        "suffix3": "ing",
        "shape": "Xxx",
    }


@pytest.mark.parametrize(
    ("config", "columns"),
    [
        (WordsConfig(word_dim=0, prefixes=1, suffixes=1), ["prefix1", "suffix1", "shape"]),
        (WordsConfig(prefixes=0, suffixes=0, shape=False), ["word"]),
        (WordsConfig(prefixes=0, suffixes=2, shape=False), ["word", "suffix1", "suffix2"]),
        (SPELT, []),
    ],
)
def test_parts_can_be_left_out(config: WordsConfig, columns: list[str]) -> None:
    assert list(features("Word", config)) == columns


def test_a_suffix_longer_than_the_word_includes_the_start_mark() -> None:
    assert features("The")["suffix3"] == "the"
    assert features("at")["suffix3"] == "^at"
    assert features("a")["suffix3"] == features("a")["suffix2"] == "^a"
    assert features("bat")["suffix2"] == "at"


def test_the_differs_from_the_ending_of_bathe() -> None:
    config = WordsConfig(suffixes=4)
    assert features("the", config)["suffix4"] == "^the"
    assert features("bathe", config)["suffix4"] == "athe"


def test_a_prefix_longer_than_the_word_is_the_word() -> None:
    assert features("a")["prefix2"] == "a"


def test_lowercase_is_of_the_word_column_only() -> None:
    kept = features("Dog", CONFIG.model_copy(update={"lowercase": False}))
    assert kept == features("Dog") | {"word": "Dog"}


def test_digits_are_folded_in_every_column_and_the_shape_is_unchanged() -> None:
    assert features("mid-1989") == {
        "word": "mid-0000",
        "prefix1": "m",
        "prefix2": "mi",
        "suffix1": "0",
        "suffix2": "00",
        "suffix3": "000",
        "shape": "xx-dd",
    }
    unfolded = features("mid-1989", CONFIG.model_copy(update={"fold_digits": False}))
    assert (unfolded["word"], unfolded["suffix2"], unfolded["shape"]) == ("mid-1989", "89", "xx-dd")


def test_features_are_those_of_the_penn_form() -> None:
    assert word_features("(", CONFIG) == word_features("-LRB-", CONFIG)
    assert word_features("n\u2019t", CONFIG) == word_features("n't", CONFIG)


def test_features_of_the_empty_string() -> None:
    assert word_features("", CONFIG) == ["", "", "", "^", "^", "^", ""]


def test_features_of_an_emoji() -> None:
    assert word_features("🙂", CONFIG) == ["🙂", "🙂", "🙂", "🙂", "^🙂", "^🙂", "s"]


def test_row_0_is_padding_and_a_row_for_each_word_follows() -> None:
    encoding = WordEncoding.fit(["a", "b"], CONFIG)
    columns = encoding.encode(["b", "a", "b"]).columns
    assert columns.shape == (4, 7)
    assert columns[0].tolist() == [PADDING] * 7
    assert np.array_equal(columns[1], columns[3])
    for name, column in zip(encoding.columns, columns.T.tolist(), strict=True):
        table = encoding.vocabularies[name]
        assert column[1:] == [table[features(word)[name]] for word in ["b", "a", "b"]]


def test_a_word_never_seen_is_unknown_in_every_column_and_nowhere_padding() -> None:
    encoding = WordEncoding.fit(["dog"], CONFIG)
    assert encoding.encode(["SQUIRM-1"]).columns[1].tolist() == [UNKNOWN] * 7
    assert encoding.encode([""]).columns[1].tolist() == [UNKNOWN] * 7


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=4), st.lists(st.text(max_size=40), max_size=4))
def test_any_string_is_encoded_within_the_vocabularies(seen: list[str], words: list[str]) -> None:
    config = CONFIG.model_copy(update={"character_dim": 4})
    encoding = WordEncoding.fit(seen, config)
    types = encoding.encode(words)
    for name, column in zip(encoding.columns, types.columns.T, strict=True):
        assert (column[1:] > PADDING).all()
        assert (column < len(encoding.vocabularies[name])).all()
    assert (types.characters < len(encoding.vocabularies["characters"])).all()


def test_encoding_no_words_gives_the_row_of_padding() -> None:
    types = LETTERS.encode([])
    assert types.columns.shape == (1, 0)
    assert types.characters.shape == (1, 0)


def test_words_are_counted_by_tokens_and_their_parts_by_word_types() -> None:
    config = WordsConfig(prefixes=1, suffixes=0, min_count=2, feature_min_count=2)
    vocabularies = WordEncoding.fit(["dog", "dog", "cat", "camel"], config).vocabularies
    assert list(vocabularies["word"]) == ["dog"]
    assert list(vocabularies["prefix1"]) == ["c"]
    assert list(vocabularies["shape"]) == ["xx"]


def test_a_character_is_counted_once_per_word_type() -> None:
    config = SPELT.model_copy(update={"feature_min_count": 2})
    characters = WordEncoding.fit(["aa", "bc", "bc", "cd"], config).vocabularies["characters"]
    assert list(characters) == ["c"]


def test_words_written_differently_are_counted_together() -> None:
    config = WordsConfig(min_count=3)
    assert list(WordEncoding.fit(["The", "the", "THE", "a"], config).vocabularies["word"]) == ["the"]


def test_fit_does_not_depend_on_the_order_of_the_words(tiny_sentences: list[list[tuple[str, str]]]) -> None:
    words = [word for sentence in tiny_sentences for word, _ in sentence]
    one, other = WordEncoding.fit(words, CONFIG), WordEncoding.fit(reversed(words), CONFIG)
    assert {name: list(table) for name, table in one.vocabularies.items()} == {
        name: list(table) for name, table in other.vocabularies.items()
    }


def test_characters_are_padded_at_the_right_and_row_0_is_padding() -> None:
    rows = LETTERS.encode(["cab", "", "dAd", "z"]).characters.tolist()
    assert [spelling(row) for row in rows] == ["___", "cab", "___", "d?d", "z__"]


def test_characters_are_those_of_the_penn_form() -> None:
    encoding = WordEncoding.fit(["-LRB-"], SPELT)
    assert np.array_equal(encoding.encode(["("]).characters, encoding.encode(["-LRB-"]).characters)


@pytest.mark.parametrize("length", [LONGEST_WORD - 1, LONGEST_WORD, LONGEST_WORD + 1, 500])
def test_the_first_and_last_characters_of_a_long_word_are_encoded(length: int) -> None:
    word = "abc" + "m" * (length - 6) + "xyz"
    seen = spelling(LETTERS.encode([word]).characters[1].tolist())
    half = LONGEST_WORD // 2
    assert seen == (word if length <= LONGEST_WORD else word[:half] + word[-half:])


def test_without_characters_there_are_no_columns_of_them() -> None:
    assert WordEncoding.fit(["a"], CONFIG).encode(["a", "b"]).characters.shape == (3, 0)


# -- pretrained vectors -----------------------------------------------------------------------------


def test_the_last_column_is_the_word_among_pretrained_vectors() -> None:
    vectors = WordVectors(("the", "The", "(", "00", "##"), np.ones((5, 2), np.float32))
    encoding = WordEncoding.fit(["The", "dog"], CONFIG, vectors=vectors)
    assert encoding.columns == [*column_names(CONFIG), "vectors"]
    types = encoding.encode(["The", "THE", "the", "-LRB-", "(", "17", "dog", "1"])
    assert types.columns.shape == (9, len(encoding.columns))
    assert types.columns[:, -1].tolist() == [PADDING, 3, 2, 2, 4, 4, 5, UNKNOWN, UNKNOWN]
    without = WordEncoding.fit(["The", "dog"], CONFIG)
    again = without.encode(["The", "THE", "the", "-LRB-", "(", "17", "dog", "1"]).columns
    assert np.array_equal(types.columns[:, :-1], again)


# -- extending another encoding ---------------------------------------------------------------------


def test_known_strings_keep_their_numbers_in_every_column_and_new_ones_follow() -> None:
    config = CONFIG.model_copy(update={"character_dim": 2})
    old = WordEncoding.fit(["zebra", "Zoo", "12"], config)
    new = WordEncoding.fit(["an", "aardvark", "zebra"], config, old)
    assert set(new.vocabularies) == {*column_names(config), "characters"}
    for name, table in new.vocabularies.items():
        before = list(old.vocabularies[name])
        assert list(table)[: len(before)] == before
        assert list(table)[len(before) :] == sorted(set(table).difference(before))
    assert list(new.vocabularies["word"])[-2:] == ["aardvark", "an"]


def test_old_words_are_encoded_as_before() -> None:
    old = WordEncoding.fit(["zebra", "Zoo", "12"], CONFIG)
    new = WordEncoding.fit(["an", "aardvark"], CONFIG, old)
    asked = ["Zoo", "zebra", "99"]
    assert np.array_equal(new.encode(asked).columns, old.encode(asked).columns)


def test_a_new_word_counts_by_the_new_texts_alone() -> None:
    config = CONFIG.model_copy(update={"min_count": 2})
    old = WordEncoding.fit(["a", "b", "b"], config)
    new = WordEncoding.fit(["a", "c", "c"], config, old)
    assert list(new.vocabularies["word"]) == ["b", "c"]


# -- Unicode ----------------------------------------------------------------------------------------

VARIANTS = {
    "café": ["cafe\u0301", "ca\u00adfé", "\ufeffcafé", "café\u200b", "\uff43afé", "𝐜𝐚𝐟é"],
    "Việt": ["Vie\u0323\u0302t", "Vie\u0302\u0323t", "Việt\u2060"],
    "한국": ["\u1112\u1161\u11ab국", "한\u200b국"],
    "می\u200cروم": ["می\u200c\u200cروم", "\u200cمی\u200cروم"],
    "-LRB-": ["(", "\uff08", "(\u200e"],
}
EVERYTHING = WordsConfig(prefixes=2, suffixes=2, feature_min_count=1, character_dim=4)


@pytest.mark.parametrize(
    ("word", "variant"), [(word, variant) for word, variants in VARIANTS.items() for variant in variants]
)
def test_all_ways_to_write_a_word_have_one_row(word: str, variant: str) -> None:
    vectors = WordVectors((word, "other"), np.ones((2, 3), np.float32))
    for fitted in (word, variant):
        encoding = WordEncoding.fit([fitted, "dog"], EVERYTHING, vectors=vectors)
        columns, characters, _ = encoding.encode([word, variant])
        assert np.array_equal(columns[1], columns[2])
        assert (columns[1] != UNKNOWN).all()
        assert np.array_equal(characters[1], characters[2])
    before = EVERYTHING.model_copy(update={"normalise": False})
    columns, *_ = WordEncoding.fit([word], before, vectors=vectors).encode([word, variant])
    assert np.array_equal(columns[1], columns[2]) == (variant == "(")


def test_vectors_are_found_whichever_way_their_words_are_written() -> None:
    words = ("cafe\u0301", "na\u00efve", "\uff4eice", "nice", "co\u00adop", "coop")
    vectors = WordVectors(words, np.eye(6, dtype=np.float32))
    encoding = WordEncoding.fit([], EVERYTHING, vectors=vectors)
    asked = ["café", "cafe\u0301", "nai\u0308ve", "nice", "\uff4eice", "coop", "COOP", "other"]
    found = encoding.encode(asked).columns[1:, -1].tolist()
    table = encoding.vocabularies["vectors"]
    exact = ["cafe\u0301"] * 2 + ["na\u00efve", "nice", "nice", "coop", "coop"]
    assert found == [*(table[word] for word in exact), UNKNOWN]


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), max_size=4))
def test_ascii_words_are_encoded_as_before(words: list[str]) -> None:
    plain = [word.encode("ascii", "ignore").decode() for word in words]
    before = EVERYTHING.model_copy(update={"normalise": False})
    now, then = (WordEncoding.fit(plain, config) for config in (EVERYTHING, before))
    assert {name: list(table) for name, table in now.vocabularies.items()} == {
        name: list(table) for name, table in then.vocabularies.items()
    }
    assert all(
        np.array_equal(one, other) for one, other in zip(now.encode(plain), then.encode(plain), strict=True)
    )
