"""Words of many scripts, however they are composed: looked up in normal form, and returned as given."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postagger import Config, Corpus, Tagger
from postagger.inference import ReferencePredictor

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = {
    "N": ["été", "Việt", "hộ", "книжка", "كِتَاب", "घर", "山", "Hello", "Zoë", "한국", "őr", "dog"],
    "V": ["é", "được", "ведёт", "كَتَبَ", "चढ़ता", "食べる", "voilà", "하다", "őrül", "می\u200cروم"],
    "P": [".", "،", "।", "。", "(", '"', "“"],
}
INVISIBLE = "\u200b\u00ad\ufeff\u2060\ufe0f\u200e"
FULLWIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@pytest.fixture(scope="module", params=["window", "lstm"])
def tagger(request: pytest.FixtureRequest, tiny_config: MakeConfig) -> Tagger:
    draw = random.Random(1)
    train = [[(draw.choice(WORDS[tag]), tag) for tag in draw.choices("NVP", k=5)] for _ in range(60)]
    words = {"character_dim": 4, "character_filters": 4}
    config = tiny_config(request.param, words=words, training={"epochs": 15, "learning_rate": 0.03})
    tagger = Tagger.train(Corpus("letters", train, [], []), config)
    assert (tagger.evaluate_on(train).tokens.value or 0) > 0.9
    return tagger


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    draw = random.Random(2)
    words = [word for group in WORDS.values() for word in [*group, *(word[::-1] for word in group)]]
    return [draw.choices(words, k=draw.randint(1, 8)) for _ in range(60)]


def with_invisible(word: str) -> str:
    return "".join(char + INVISIBLE[place % 6] for place, char in enumerate(word))


@pytest.mark.parametrize(
    "write",
    [
        lambda word: unicodedata.normalize("NFD", word),
        with_invisible,
        lambda word: with_invisible(unicodedata.normalize("NFD", word)),
        lambda word: "\ufeff" + word,
        lambda word: word + "\u200b",
        lambda word: word.translate(FULLWIDTH),
    ],
    ids=["decomposed", "invisible", "both", "byte order mark", "zero-width space", "fullwidth"],
)
def test_a_word_is_tagged_alike_however_it_is_written_and_returned_as_given(
    write: Callable[[str], str], tagger: Tagger, sentences: list[list[str]], tmp_path: Path
) -> None:
    written = [[write(word) for word in sentence] for sentence in sentences]
    expected = [[tag for _, tag in sentence] for sentence in tagger.tag_sents(sentences)]
    tagger.save(tmp_path / "model.safetensors")
    for each in (tagger, Tagger.load(tmp_path / "model.safetensors", device="cpu")):
        found = list(each.tag_sents(written))
        assert [[word for word, _ in sentence] for sentence in found] == written
        assert [[tag for _, tag in sentence] for sentence in found] == expected
    reference = ReferencePredictor(tagger.network, tagger.encoding)
    torch.testing.assert_close(reference.probabilities(written).numpy(), tagger.probabilities(sentences))


@given(
    st.lists(
        st.lists(st.text(max_size=6) | st.sampled_from(['"', "\uff02", "e\u0301"]), max_size=5), max_size=4
    )
)
def test_any_words_are_tagged_as_in_their_compositions(tagger: Tagger, given: list[list[str]]) -> None:
    tags = []
    for form in ("NFC", "NFD"):
        written = [[unicodedata.normalize(form, word) for word in sentence] for sentence in given]
        found = list(tagger.tag_sents(written))
        assert [[word for word, _ in sentence] for sentence in found] == written
        tags.append([[tag for _, tag in sentence] for sentence in found])
    assert tags[0] == tags[1]


def test_an_explanation_is_that_of_the_normal_form(tagger: Tagger) -> None:
    plain, decomposed = (
        tagger.explain([unicodedata.normalize(form, word) for word in ["hộ", "được", '"']], 1)
        for form in ("NFC", "NFD")
    )
    assert plain.tag == decomposed.tag
    assert [reason.parts for reason in plain.reasons] == [reason.parts for reason in decomposed.reasons]
