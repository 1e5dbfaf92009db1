"""Words are cut into the sub-words that the encoder was trained on, each by itself."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from postagger.config import EncoderConfig
from postagger.encoder import read_pretrained
from postagger.features import Subwords

WORDS = ["The", "old", "man", "'s", "can", "rusts", ",", "U.S.", "12/7", "McDonald", "Ärger", "食べる", "?"]


def subwords(folder: Path) -> Subwords:
    return read_pretrained(EncoderConfig(encoder=str(folder))).subwords


def pieces(found: Subwords, word: str) -> list[int]:
    return [int(number) for number in found.encode([word])[1] if number >= 0]


@pytest.mark.parametrize("name", ["bert", "roberta"])
def test_a_sentence_word_by_word_is_the_sentence(encoders: dict[str, Path], name: str) -> None:
    """With a blank before every word, as the library reads a text; and the tokenizer cuts nothing off."""
    tokenizer = AutoTokenizer.from_pretrained(encoders[name])
    inner = tokenizer.backend_tokenizer
    inner.no_truncation()
    inner.no_padding()
    expected = inner.encode(" " + " ".join(WORDS), add_special_tokens=False).ids
    found = subwords(encoders[name])
    assert [piece for word in WORDS for piece in pieces(found, word)] == expected


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("-LRB-", "("),
        ("-RRB-", ")"),
        ("``", '"'),
        ("''", '"'),
        ("\u201c", '"'),
        ("\u2019s", "'s"),
        ("1\\/2", "1/2"),
        ("\uff34\uff28\uff25", "THE"),
        ("the\u200b", "the"),
    ],
)
def test_penn_forms_are_plain_text_for_the_encoder(encoders: dict[str, Path], token: str, text: str) -> None:
    for name in ("bert", "roberta"):
        found = subwords(encoders[name])
        assert pieces(found, token) == pieces(found, text)


@pytest.mark.parametrize("name", ["bert", "roberta"])
@pytest.mark.parametrize("word", ["", " ", "\u200b", "\x00", "\ud800", "[MASK]", "</s>", "a b", "x" * 10**6])
def test_odd_words_have_sub_words_like_any_other(encoders: dict[str, Path], name: str, word: str) -> None:
    found = subwords(encoders[name])
    numbers = pieces(found, word)
    assert 1 <= len(numbers) <= found.most
    assert found.mask not in numbers, "a word can't be a special sub-word"


_STATE: dict[str, Subwords] = {}
"""Sub-words for tests with hypothesis, which do not go with fixtures of a folder."""


@pytest.fixture(autouse=True, scope="module")
def _state(encoders: dict[str, Path]) -> None:
    _STATE["bert"] = subwords(encoders["bert"])


@given(st.lists(st.text(st.characters(), max_size=12), max_size=5))
def test_a_word_s_sub_words_do_not_depend_on_other_words(words: list[str]) -> None:
    found = _STATE["bert"]
    rows = found.encode(words)
    assert len(rows) == 1 + len(words)
    for word, row in zip(words, rows[1:].tolist(), strict=True):
        alone = pieces(found, word)
        assert row == alone + [-1] * (len(row) - len(alone))


def test_row_0_is_a_masked_word(encoders: dict[str, Path]) -> None:
    found = subwords(encoders["bert"])
    assert found.encode(["dog"])[0].tolist()[:1] == [found.mask]
    assert found.mask != found.unknown


def test_plain_data_and_pickles_give_the_same_sub_words(encoders: dict[str, Path]) -> None:
    found = subwords(encoders["roberta"])
    expected = found.encode(WORDS).tolist()
    for copy in (Subwords.from_plain(found.plain()), pickle.loads(pickle.dumps(found))):
        assert copy == found
        assert copy.encode(WORDS).tolist() == expected


@pytest.mark.parametrize(
    "change", [{"mask": None}, {"most": -1}, {"unknown": "1"}, {"tokenizer": 3}, {"more": 1}, {"mask": True}]
)
def test_damaged_data_is_refused(encoders: dict[str, Path], change: dict[str, object]) -> None:
    data = subwords(encoders["bert"]).plain() | change
    with pytest.raises(ValueError, match="damaged"):
        Subwords.from_plain(data)
