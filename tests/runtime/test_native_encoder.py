"""Rows of new words: the native encoder's are those that NumPy makes, and two spellings have the same."""

from __future__ import annotations

import itertools
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from random_networks import TAGS, WORDS, Both

from postagger.checkpoint import Checkpoint
from postagger.features import WordClasses, WordVectors
from postagger.features.normalise import lower_case, shape, word_form
from postagger.runtime import NumpyPredictor, native
from postagger.runtime.native import NativePredictor
from postagger.runtime.network import Floats

kernel = pytest.importorskip("postagger_native", reason="needs the native kernel: pip install ./native")

SETTINGS: list[dict[str, Any]] = [
    {},
    {"word_dim": 0},
    {"lowercase": False, "fold_digits": False},
    {"prefixes": 0, "suffixes": 0},
    {"shape": False, "prefixes": 5},
    {"normalise": False, "fold_digits": False},
    {"character_dim": 5, "character_filters": 20},
    {"character_dim": 4, "character_filters": 3, "character_window": 5, "word_dim": 0, "normalise": False},
    {"vectors": "some.txt"},
    {"vectors": "some.txt", "vectors_tuned": True, "word_dim": 0, "normalise": False, "character_dim": 5},
]

VECTORS = WordVectors(
    ("the", "TREES", "(", "'", "a-", "0", "A0", "a#", "##", "caf\u00e9", "\u0663", "x1", "\u2026"),
    np.random.default_rng(1).standard_normal((13, 7)).astype(np.float32),
)

SPELLINGS = [
    ("(", "-LRB-"),
    ("]", "-RSB-"),
    ("\u201c", "``"),
    ("\u2014", "--"),
    ("\u2026", "..."),
    ("\u2018", "`"),
    ("don\u2019t", "don't"),
    ("cafe\u0301", "caf\u00e9"),
    ("\uff34\uff48\uff45", "The"),
    ("the\u200b", "the"),
    ("\uff08", "-LRB-"),
    ("\u05e9\ufb2a\u05e9", "\u05e9\u05e9\u05c1\u05e9"),
]


def both(words: dict[str, Any], classes: WordClasses | None = None) -> tuple[NativePredictor, NumpyPredictor]:
    """A network whose scores of a word by itself are the word's row."""
    vectors = VECTORS if "vectors" in words else None
    made = Both({"kind": "logistic", "left": 0, "right": 0}, words, vectors=vectors, classes=classes)
    rest = cast(Any, None)
    checkpoint = Checkpoint(made.config, made.encoding, rest, {"main": TAGS}, made.weights, rest)
    return NativePredictor(checkpoint, ["main"]), made.predictor()


def rows(predictor: NativePredictor | NumpyPredictor, words: list[str]) -> Floats:
    scores: Floats = predictor.scores(words, [1] * len(words))
    return scores


@pytest.fixture(scope="module", params=SETTINGS, ids=str)
def predictors(request: pytest.FixtureRequest) -> tuple[NativePredictor, NumpyPredictor]:
    return both(request.param)


def agree(predictors: tuple[NativePredictor, NumpyPredictor], words: list[str]) -> None:
    # Straight quotes get the rows of opening ones: no encoder is asked about them.
    words = [word for word in words if word_form(word) != '"']
    if not words:
        return
    native, python = (rows(predictor, words) for predictor in predictors)
    wrong = np.abs(native - python).max(1) > 1e-5 * np.abs(python).max()
    assert not wrong.any(), [words[i] for i in np.flatnonzero(wrong)[:5]]


def test_known_and_new_words(predictors: tuple[NativePredictor, NumpyPredictor]) -> None:
    spellings = [word for pair in SPELLINGS for word in pair]
    agree(predictors, [*WORDS, *spellings, *(f"{word}{n}" for word in WORDS for n in range(50))])


def test_short_words_in_ascii(predictors: tuple[NativePredictor, NumpyPredictor]) -> None:
    chars = [chr(code) for code in range(128)]
    agree(predictors, ["", *chars, *map("".join, itertools.product(chars, "Aa0-\n^'"))])
    agree(predictors, ["".join(part) for part in itertools.product("Aa0-\n^", repeat=4)])


def test_long_words(predictors: tuple[NativePredictor, NumpyPredictor]) -> None:
    word = "".join(chr(ord("a") + i % 26) for i in range(70))
    agree(
        predictors,
        [word[:length] for length in range(20, 70)] + ["é" + word[:length] for length in range(40)],
    )


def test_all_characters(predictors: tuple[NativePredictor, NumpyPredictor]) -> None:
    """Each character of some planes by itself, and between others."""
    characters = [chr(code) for code in range(0x80, 0x30000, 7)]
    agree(predictors, characters)
    agree(predictors, [f"aI{char}i" for char in characters])


@hypothesis_settings(max_examples=60)
@given(words=st.lists(st.text(st.characters(), max_size=7), min_size=1, max_size=30))
def test_all_of_unicode(predictors: tuple[NativePredictor, NumpyPredictor], words: list[str]) -> None:
    agree(predictors, words)


LETTERS = "aZ0'’‘“–…-^`\"éÉßẞİıΣσςǅﬁＡ½²①́ͅ가ᄀ각\u200d\u00ad食ねПшاـक़\u094d\u0307Z😀\ud800\n٣ªi"  # noqa: RUF001


@hypothesis_settings(max_examples=100)
@given(words=st.lists(st.text(st.sampled_from(LETTERS), max_size=6), min_size=1, max_size=40))
def test_characters_with_rules(predictors: tuple[NativePredictor, NumpyPredictor], words: list[str]) -> None:
    agree(predictors, words)


@pytest.mark.parametrize(("spelling", "form"), SPELLINGS)
@pytest.mark.parametrize(
    "words", [{}, {"character_dim": 5}, {"vectors": "some.txt"}], ids=["affixes", "characters", "vectors"]
)
def test_two_spellings_have_one_row(words: dict[str, Any], spelling: str, form: str) -> None:
    """To the last digit, however many words are new at once."""
    native, _ = both(words)
    alone = rows(native, [form])
    among = rows(native, [*(f"new{n}" for n in range(11)), spelling, *WORDS, "\u05e9\u05e9"])
    assert (alone[0] == among[11]).all()


@pytest.mark.parametrize("tuned", [False, True])
def test_vectors_of_many_forms(tuned: bool) -> None:
    native, python = both({"vectors": "some.txt", "vectors_tuned": tuned})
    words = ["the", "The", "THE", "trees", "Trees", "TREES", "(", "-LRB-", "-lrb-"]
    words += ["`", "'", "``", "a-", "A-", "x1", "X2", "X\u0661", "...", "\u2026"]
    words += ["".join(part) for size in (1, 2, 3) for part in itertools.product("aA1#0-", repeat=size)]
    words += ["caf\u00e9", "cafe\u0301", "Caf\u00c9", "\u0663", "a\u0663", "\u0665"]
    agree((native, python), words)


WRONG_VECTORS: dict[str, Any] = {
    "strings": "the",
    "strings' type": [3] * 22,
    "rows": np.zeros(3, np.int64),
    "rows' type": np.zeros(22),
    "row beyond the table": np.full(22, 99),
    "negative row": np.full(22, -1),
    "table": np.zeros(7, np.float32),
    "table's type": np.zeros((14, 7)),
    "table without rows": np.zeros((0, 7), np.float32),
    "width of the table": np.zeros((14, 6), np.float32),
}


@pytest.mark.parametrize("name", WRONG_VECTORS)
def test_wrong_vectors_are_errors(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make = native._vectors

    def wrong(*given: Any) -> dict[str, Any]:
        right = make(*given)
        assert len(right["strings"]) == 22
        key = next(key for key in ("strings", "rows", "table", "row") if key in name)
        return right | {"rows" if key == "row" else key: WRONG_VECTORS[name]}

    monkeypatch.setattr(native, "_vectors", wrong)
    with pytest.raises((TypeError, ValueError, BufferError)):
        both({"vectors": "some.txt"})


def test_a_wide_network_has_room_for_many_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_LARGEST", 0)
    monkeypatch.setattr(native, "_FEWEST_WORDS", 300)
    predictor, _ = both({})
    for _ in range(2):
        rows(predictor, [f"new{n}" for n in range(280)])
    assert len(predictor._kernel) >= 280


LEFT_TO_PYTHON = "\u03a3\u0307^`"


@hypothesis_settings(max_examples=200)
@given(word=st.one_of(st.text(max_size=5), st.text(st.sampled_from(LETTERS), max_size=5)))
def test_a_word_and_its_form_have_one_row(word: str) -> None:
    form = word_form(word)
    if form != '"' and (form.isascii() or not set(LEFT_TO_PYTHON).intersection(form)):
        assert (rows(_native(), [word]) == rows(_native(), [form])).all()


@cache
def _native() -> NativePredictor:
    return both({"character_dim": 5})[0]


def test_straight_quotes_have_the_rows_of_penn_quotes() -> None:
    native, _ = both({})
    straight = native.scores(['"', "\uff02", '"'], [3])
    penn = native.scores(["``", "''", "``"], [3])
    assert (straight == penn).all()


def test_threads_get_the_same_rows_while_words_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads run whenever one asks Python for a form; the table has room for 64 words."""
    spellings = [word for pair in SPELLINGS for word in pair if word_form(word) != '"']
    words = [f"{word}{n}" for n in range(20) for word in spellings]
    native, _ = both({"character_dim": 5})
    expected = dict(zip(words, rows(native, words), strict=True))
    monkeypatch.setattr("postagger_native.Kernel", partial(kernel.Kernel, largest=1))
    small, _ = both({"character_dim": 5})

    def differ(seed: int) -> bool:
        choose = random.Random(seed)
        parts = [choose.sample(words, 100) for _ in range(50)]
        return any((rows(small, part) != [expected[word] for word in part]).any() for part in parts)

    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(differ, range(4)))


def test_common_scripts_are_encoded_natively() -> None:
    info = kernel.character_info(lower_case, shape)
    texts = ["Ελλάδα", "Москва", "שָׁלוֹם", "ไทย", "हिन्दी", "食べる", "한국어", "İstanbul", "½", "😀"]
    assert all(info(ord(char)).simple for text in texts for char in word_form(text))
    assert not any(info(code).simple for code in (0x3A3, 0x307))


def test_few_characters_are_left_to_python() -> None:
    info = kernel.character_info(lower_case, shape)
    left = [code for code in range(0x80, sys.maxunicode + 1) if not info(code).simple]
    assert left == [0x307, 0x3A3]
    simple = set(range(sys.maxunicode + 1)).difference(left)
    assert lower_case("".join(map(chr, simple))) == "".join(info(code).lower for code in simple)


def test_words_with_classes_are_left_to_python() -> None:
    classes = WordClasses({"the": "010", "trees": "0111"}, (1, 2))
    agree(both({"class_prefixes": [1, 2]}, classes), ["trees", "(", "cafe\u0301", "The"])
