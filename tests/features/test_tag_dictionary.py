"""Tag dictionaries: their files, their checks, and the scores they add."""

from __future__ import annotations

import gzip
import math
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from postagger import ConfigError, DataError, TagDictionary, TagSet
from postagger.features import as_tag_dictionary

TAGS = TagSet(["DT", "JJ", "NN", "NNP", "VB"])
INF = math.inf


def added(dictionary: TagDictionary, *sentences: str, tagset: TagSet = TAGS) -> list[list[float]]:
    words = [sentence.split() for sentence in sentences]
    tokens = [word for sentence in words for word in sentence]
    scores = np.zeros((len(tokens), len(tagset)), np.float32)
    rows: list[list[float]] = dictionary.mask(tagset).add_to(scores, tokens, list(map(len, words))).tolist()
    return rows


def allowed(dictionary: TagDictionary, *sentences: str) -> list[str]:
    """The tags of each token that are not forbidden, or "any"."""
    names = [
        " ".join(tag for tag, x in zip(TAGS, row, strict=True) if x == 0)
        for row in added(dictionary, *sentences)
    ]
    return ["any" if name == " ".join(TAGS) else name for name in names]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dog\tNN\n", {"dog": {"NN"}}),
        ("dog\tNN\tVB", {"dog": {"NN", "VB"}}),
        ("dog\tNN\ndog\tVB\n", {"dog": {"NN", "VB"}}),
        ("dog\tNN\r\ncat\tNN\r\n", {"dog": {"NN"}, "cat": {"NN"}}),
        ("\n# a comment\ndog\tNN\n   \n", {"dog": {"NN"}}),
        ("#\tNN\n#tag\tNN\n", {"#": {"NN"}, "#tag": {"NN"}}),
        ("dog\tNN\t\t\n\t\t\n", {"dog": {"NN"}}),
        (" dog \t NN \n", {"dog": {"NN"}}),
        ("New York\tNNP\n", {"New York": {"NNP"}}),
        ("\ufeffdog\tNN\n", {"dog": {"NN"}}),
        ("cafe\u0301\tNN\ncafé\tVB\n", {"café": {"NN", "VB"}}),
        ("Dog\tNNP\ndog\tNN\n", {"Dog": {"NNP"}, "dog": {"NN"}}),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file(text: str, expected: dict[str, set[str]], packed: bool, tmp_path: Path) -> None:
    file = tmp_path / "words.tsv"
    content = text.encode()
    file.write_bytes(gzip.compress(content) if packed else content)
    assert TagDictionary.load(file).entries == expected
    assert as_tag_dictionary(str(file)).entries == expected


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"dog NN\n", ("words.tsv, line 1", "'dog NN' has no tag", "separated by tabs")),
        (b"dog\tNN\ncat\n", ("line 2", "'cat' has no tag")),
        (b"dog\t\t\n", ("line 1", "'dog' has no tag")),
        (b"\tNN\n", ("line 1", "'NN' has no word")),
        (b"dog\tNN VB\n", ("line 1", "the tag 'NN VB' contains a blank", "tabs")),
        (b"", ("words.tsv has no entries",)),
        (b"# only a comment\n\n", ("words.tsv has no entries",)),
        (b"caf\xe9\tNN\n", ("words.tsv is not UTF-8",)),
        (None, ("cannot read", "words.tsv")),
    ],
)
def test_errors_in_a_file(content: bytes | None, words: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "words.tsv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        TagDictionary.load(file)
    for part in words:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"": "NN"}, "not empty"),
        ({1: "NN"}, "not 1"),
        ({"dog": 1}, "'dog'"),
        ({"dog": ""}, "'dog'"),
        ({"dog": []}, "'dog'"),
        ({"dog": ["NN", None]}, "'dog'"),
        ({"dog": {"NN": 3}}, "'dog'"),
        ({"dog": None}, "'dog'"),
        ([("dog", "NN")], "mapping"),
        (3, "mapping"),
        ("", "lexicon"),
    ],
)
def test_wrong_entries(given: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        as_tag_dictionary(given)


@pytest.mark.parametrize("bonus", [-1, math.nan, INF, "2", True])
def test_wrong_bonus(bonus: Any) -> None:
    with pytest.raises(ConfigError, match="0 or more"):
        TagDictionary({"dog": "NN"}, bonus=bonus)


@pytest.mark.parametrize("tags", ["NN", ["NN"], ("NN",), {"NN"}, frozenset({"NN"})])
def test_tags_may_be_a_string_or_several(tags: Any) -> None:
    assert as_tag_dictionary({"dog": tags}).entries == {"dog": {"NN"}}


def test_a_hard_entry_forbids_all_other_tags() -> None:
    dictionary = TagDictionary({"dog": ["NN", "VB"]})
    assert added(dictionary, "a dog") == [[0] * 5, [-INF, -INF, 0, -INF, 0]]


def test_a_bonus_is_what_other_tags_lose() -> None:
    dictionary = TagDictionary({"dog": ["NN", "VB"]}, bonus=1.5)
    assert added(dictionary, "a dog") == [[0] * 5, [-1.5, -1.5, 0, -1.5, 0]]


def test_no_entries_are_no_limits() -> None:
    assert added(as_tag_dictionary({}), "a dog") == [[0] * 5] * 2


ENTRIES = {"dog": "NN", "Brown": "NNP", "brown": "JJ", "café": "NN", "us": "DT", "élan": "NN", "(": "JJ"}


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        (["the dog"], ["any", "NN"]),
        (["Dog bites"], ["NN", "any"]),
        (["the Dog"], ["any", "any"]),
        (["DOG"], ["any"]),
        (["US dogs"], ["any", "any"]),
        (["Brown brown"], ["NNP", "JJ"]),
        (["`` Dog Dog"], ["any", "NN", "any"]),
        (["( 2 Dog"], ["JJ", "any", "any"]),
        (["a b", "Dog Dog", "Dog"], ["any", "any", "NN", "any", "NN"]),
        (["", "Dog", "", ". !", "Dog", ""], ["NN", "any", "any", "NN"]),
        (["a cafe\u0301"], ["any", "NN"]),
        (["E\u0301lan"], ["NN"]),
        (["Élan"], ["NN"]),
    ],
)
def test_how_a_word_is_looked_up(sentences: list[str], expected: list[str]) -> None:
    assert allowed(TagDictionary(ENTRIES), *sentences) == expected


def test_words_in_another_normal_form_are_the_same_entry() -> None:
    both = {"élan": "NN", unicodedata.normalize("NFD", "élan"): ["JJ"]}
    assert allowed(TagDictionary(both), "an élan") == ["any", "JJ NN"]


def test_unknown_tags_are_left_out_and_told() -> None:
    dictionary = TagDictionary({"dog": ["NN", "N"], "cat": "N", "run": "VB"}, bonus=1)
    kept = dictionary.restricted_to(TAGS)
    assert kept.entries == {"dog": {"NN"}, "run": {"VB"}}
    assert kept.bonus == 1
    note = dictionary.left_out(TAGS)
    assert "(N)" in note
    assert "1 of 3 words" in note
    assert kept.left_out(TAGS) == ""
    assert kept.restricted_to(TAGS) is kept
    assert added(dictionary, "dog cat") == [[-1, -1, 0, -1, -1], [0] * 5]
    assert "words have" not in TagDictionary({"dog": ["NN", "N"]}).left_out(TAGS)


def test_no_known_tag_is_an_error() -> None:
    dictionary = TagDictionary({"dog": "NOUN", "run": "VERB"})
    for call in (dictionary.restricted_to, dictionary.left_out, dictionary.mask):
        with pytest.raises(DataError, match=r"none of the tags of the lexicon \(NOUN, VERB\).*DT, JJ, NN"):
            call(TAGS)


def test_a_mask_is_made_once_for_each_tag_set() -> None:
    dictionary = TagDictionary({"dog": "NN"})
    assert dictionary.mask(TAGS) is dictionary.mask(TagSet(TAGS.tags))
    turned = TagSet(TAGS.tags[::-1])
    assert added(dictionary, "dog", tagset=turned) == [[-INF, -INF, 0, -INF, -INF]]
