"""Tagged sentences as users hold them: with something missing, or of another shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from postagger.baselines import train_baseline
from postagger.config import Config
from postagger.corpora import Corpus, TaggedSentence, as_corpus, as_sentences
from postagger.errors import DataError
from postagger.tagger import Tagger

NAN = float("nan")


class NAType:
    """As pandas has it: comparing it gives no answer."""

    def __eq__(self, _other: object) -> Any:
        return self

    def __ne__(self, _other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None  # type: ignore[assignment]


class Series:
    """Like a column of pandas: an iterable that is no sequence and has keys."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = list(values)

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> range:
        return range(len(self))


PAIRS = [("The", "DT"), ("dog", "NN")]


@pytest.mark.parametrize(
    "sentences",
    [
        [PAIRS],
        (PAIRS,),
        iter([iter(PAIRS)]),
        (sentence for sentence in [(pair for pair in PAIRS)]),
        [tuple(PAIRS)],
        [[list(pair) for pair in PAIRS]],
        [[("The", "DT\u00a0"), ("dog", "\t NN\r\n")]],
        np.array([PAIRS]),
        np.array([PAIRS], dtype=object),
        [[(np.str_("The"), np.str_("DT")), (np.str_("dog"), np.str_("NN"))]],
        Series([PAIRS]),
        Series([Series(map(Series, PAIRS))]),
    ],
)
def test_pairs_of_strings_in_any_wrapping(sentences: Any) -> None:
    assert as_sentences(sentences) == [PAIRS]


@pytest.mark.parametrize("missing", [None, NAN, np.nan, np.float32("nan"), NAType(), "_", " _ "])
def test_a_missing_tag_is_no_tag(missing: Any) -> None:
    assert as_sentences([[("The", "DT"), ("dog", missing)]]) == [[("The", "DT"), ("dog", "_")]]


WRONG: list[tuple[Any, str]] = [
    (("x", "NN", "O"), "got 3 parts"),
    (("x",), "got 1 parts"),
    ((), "got 0 parts"),
    ((None, "NN"), "its word is missing; pandas reads the words NA and null so, unless it is told keep_defa"),
    ((NAN, "NN"), "its word is missing"),
    ((np.nan, "NN"), "its word is missing"),
    ((NAType(), "NN"), "its word is missing"),
    ((None, None), "its word is missing"),
    (("", "NN"), "its word is empty"),
    (("x", ""), "its tag is empty; a token without a tag has the tag '_' or None"),
    (("x", " "), "its tag is empty"),
    (("x", "\u00a0"), "its tag is empty"),
    ((7, "CD"), "expected a (word, tag) pair of strings"),
    (("x", 7), "expected a (word, tag) pair of strings"),
    ((b"x", b"NN"), "expected a (word, tag) pair of strings"),
    (("x", ("NN", "O")), "expected a (word, tag) pair of strings"),
    (("x", np.array(["NN", "O"])), "expected a (word, tag) pair of strings"),
    ("xy", "expected a (word, tag) pair of strings"),
    ({"word": "x", "tag": "NN"}, "expected a (word, tag) pair of strings"),
    ({"x", "NN"}, "expected a (word, tag) pair of strings"),
    (None, "expected a (word, tag) pair of strings"),
    (NAN, "expected a (word, tag) pair of strings"),
    ((part for part in ("x", "NN")), "expected a (word, tag) pair of strings"),
]


@pytest.mark.parametrize(("token", "problem"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_wrong_token_is_named_with_its_sentence(token: Any, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        as_sentences([PAIRS, [*PAIRS, token]])
    assert str(caught.value).startswith("sentence 2, token 3 is ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sentence", ["The/DT", b"x", None, NAN, 7, {"The": "DT"}])
def test_a_wrong_sentence_is_named(sentence: Any) -> None:
    with pytest.raises(DataError, match=r"^sentence 2 is .*: expected a list of \(word, tag\) pairs$"):
        as_sentences([PAIRS, sentence])


@pytest.mark.parametrize("token", [("The", "DT"), ("The", None), ("The", NAN)])
def test_a_flat_list_of_tokens_is_explained(token: Any) -> None:
    flat: Any = [token, ("dog", "NN")]
    with pytest.raises(DataError, match=r"^sentence 1 is \(.*, a token: .*put a single sentence in a list"):
        as_sentences(flat)


MakeConfig = Callable[..., Config]


@pytest.fixture(scope="module")
def tagger(tiny_corpus: Corpus, tiny_config: MakeConfig) -> Tagger:
    return Tagger.train(tiny_corpus, tiny_config("logistic", training={"epochs": 1}))


def doors(tagger: Tagger, config: Config) -> dict[str, Callable[[Any], Any]]:
    return {
        "Corpus": lambda given: Corpus("x", given, [], []),
        "test part": lambda given: Corpus("x", [], [], given),
        "as_corpus": as_corpus,
        "train": lambda given: Tagger.train(given, config),
        "train on a corpus": lambda given: Tagger.train(Corpus("x", given, [], []), config),
        "baseline": lambda given: train_baseline("hmm", Corpus("x", given, [], [])),
        "evaluate_on": tagger.evaluate_on,
        "accuracy": tagger.accuracy,
    }


@pytest.mark.parametrize(
    "door",
    [
        "Corpus",
        "test part",
        "as_corpus",
        "train",
        "train on a corpus",
        "baseline",
        "evaluate_on",
        "accuracy",
    ],
)
def test_every_door_names_sentence_and_token(door: str, tagger: Tagger, tiny_config: MakeConfig) -> None:
    enter = doors(tagger, tiny_config("logistic", training={"epochs": 1}))[door]
    for given in ([PAIRS, [*PAIRS, (NAN, "NN")]], (part for part in [PAIRS, [*PAIRS, ("x", "")]])):
        with pytest.raises(DataError, match=r"sentence 2, token 3 is \("):
            enter(given)


def test_missing_tags_are_neither_learned_nor_scored(tagger: Tagger, tiny_config: MakeConfig) -> None:
    partly: Any = [[("The", "DT"), ("dog", None)], [("The", "DT"), ("dog", NAN)]] * 5
    assert list(Tagger.train(partly, tiny_config("logistic")).tagset) == ["DT"]
    assert tagger.evaluate_on(partly).tokens.total == 10


def test_a_corpus_changed_after_it_was_made_is_checked_again(tiny_sentences: list[TaggedSentence]) -> None:
    corpus = Corpus("x", list(tiny_sentences), [], [])
    corpus.train.append([("x", "")])
    with pytest.raises(DataError, match="the train part of 'x', sentence 21, token 1 is"):
        as_corpus(corpus)
