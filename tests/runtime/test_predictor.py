"""From sentences to tags without torch."""

from __future__ import annotations

import copy
import itertools
import pickle
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from random_networks import TAGS, WORDS, Both, some_sentences

from postagger import TagSet
from postagger.features import TagDictionary
from postagger.inference import ReferencePredictor
from postagger.runtime import Head, NumpyPredictor, Predictor, build_decoder, build_network
from postagger.runtime.network import Floats
from postagger.runtime.word_table import WordTable

MODELS: dict[str, dict[str, Any]] = {
    "window": {"kind": "window", "hidden": [16]},
    "window, crf": {"kind": "window", "hidden": [16], "output": "crf"},
    "logistic": {"kind": "logistic"},
    "lstm": {"kind": "lstm", "hidden": 8},
}
BOTH = {name: Both(model) for name, model in MODELS.items()}


@pytest.fixture(scope="module")
def predictors() -> dict[str, tuple[NumpyPredictor, ReferencePredictor]]:
    return {name: (both.predictor(), both.reference()) for name, both in BOTH.items()}


class Marked(str):
    """A string type with more to it than its characters, as in NumPy or some tokenisers."""


def pairs_of(predictor: Predictor, *sentences: Sequence[str]) -> list[tuple[str, str]]:
    predictions = predictor.tag([list(sentence) for sentence in sentences])
    assert list(map(len, predictions)) == list(map(len, sentences))
    return list(itertools.chain(*predictions))


def expected_pairs(plain: ReferencePredictor, sentences: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    tags = [TAGS.tags[number] for number in plain.tags(sentences)]
    return list(zip(itertools.chain(*sentences), tags, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_pairs_are_the_tokens_with_their_tags(
    name: str, predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]]
) -> None:
    found, plain = predictors[name]
    for seed in (1, 2, 1):
        sentences = some_sentences(seed)
        assert pairs_of(found, *sentences) == expected_pairs(plain, sentences)


@pytest.mark.parametrize("name", MODELS)
def test_a_sentences_tags_do_not_depend_on_the_others(name: str) -> None:
    found = BOTH[name].predictor()
    sentences = some_sentences(4)
    assert pairs_of(found, *sentences) == [
        pair for sentence in sentences if sentence for pair in pairs_of(found, sentence)
    ]


def test_tokens_of_other_string_types_come_back_as_they_are(
    predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]],
) -> None:
    found, _ = predictors["window"]
    new = Marked("unheard-of")
    first = pairs_of(found, [new, "trees", Marked("trees")])
    assert first[0][0] is new
    assert [type(word) for word, _ in first] == [Marked, str, Marked]
    again = pairs_of(found, ["unheard-of", "trees", "trees"])
    assert again == first
    assert {type(word) for word, _ in again} == {str}


def test_straight_quotes_are_returned_as_they_are(
    predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]],
) -> None:
    found, plain = predictors["lstm"]
    sentence = ['"', "trees", '"', "``", '"', "''", "\uff02", '\ufeff"']
    assert pairs_of(found, sentence, sentence) == expected_pairs(plain, [sentence] * 2)


@pytest.mark.parametrize("name", MODELS)
def test_a_token_that_is_not_a_string_is_an_error(
    name: str, predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]]
) -> None:
    found, plain = predictors[name]
    for wrong in (None, 3, b"the"):
        sentences: list[list[Any]] = [["new", wrong], ["the"]]
        for method in (found.tags, found.probabilities, found.tags_by_head):
            with pytest.raises(TypeError, match="a token must be a string"):
                method(sentences)
        with pytest.raises(TypeError, match="a token must be a string"):
            found.tag(sentences)
    assert found.tags([["new", "the"]]).tolist() == plain.tags([["new", "the"]]).tolist()


@pytest.mark.parametrize("bonus", [None, 2.0])
@pytest.mark.parametrize("name", MODELS)
def test_a_mask_is_added_to_the_scores(
    name: str, bonus: float | None, predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]]
) -> None:
    found, plain = predictors[name]
    mask = TagDictionary({"the": "VB", "trees": ["DT", "NN"], "saw": "."}, bonus=bonus).mask(TAGS)
    for seed in range(2):
        sentences = some_sentences(seed)
        tags = found.tags(sentences, mask)
        assert tags.tolist() == plain.tags(sentences, mask).tolist()
        assert [TAGS.tags[tag] for tag in tags] == [
            tag for sentence in found.tag(sentences, mask) for _, tag in sentence
        ]
        np.testing.assert_allclose(
            found.probabilities(sentences, mask), plain.probabilities(sentences, mask).numpy(), atol=1e-5
        )


# -- several heads ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_several_heads_give_the_tags_of_each(name: str) -> None:
    both = BOTH[name]
    networks = [both.network, both.with_another_head(3), both.with_another_head(20)]
    weights = [
        {f"head.{key}": tensor.numpy() for key, tensor in network.head.state_dict().items()}
        for network in networks
    ]
    outputs = (
        np.concatenate([head["head.scores.weight"] for head in weights]),
        np.concatenate([head["head.scores.bias"] for head in weights]),
    )
    network = build_network(both.config, both.weights, both.rows, outputs)
    assert network is not None
    tagsets = [TAGS, *(TagSet([f"T{number}" for number in range(size)]) for size in (3, 20))]
    heads = [Head(tags, build_decoder(head)) for tags, head in zip(tagsets, weights, strict=True)]
    found = NumpyPredictor(network, both.encoding, heads)
    sentences = some_sentences(6)
    expected = [ReferencePredictor(each, both.encoding).tags(sentences).tolist() for each in networks]
    assert found.tags_by_head(sentences).tolist() == expected
    assert found.tags(sentences).tolist() == expected[0]
    assert found.probabilities(sentences).shape[1] == len(TAGS)
    assert pairs_of(found, *sentences) == pairs_of(both.predictor(), *sentences)


class Plain(Predictor):
    """A predictor that computes scores and nothing else, as a kernel in another language does."""

    def __init__(self, other: NumpyPredictor) -> None:
        super().__init__(other.heads)
        self._other = other

    def scores(self, words: Sequence[str], lengths: Sequence[int]) -> Floats:
        return self._other.scores(words, lengths)


@pytest.mark.parametrize("name", MODELS)
def test_a_predictor_needs_only_scores(
    name: str, predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]]
) -> None:
    found, _ = predictors[name]
    plain, sentences = Plain(found), some_sentences(7)
    mask = TagDictionary({"the": "VB", "trees": ["DT", "NN"]}).mask(TAGS)
    for given in (None, mask):
        assert plain.tags(sentences, given).tolist() == found.tags(sentences, given).tolist()
        assert plain.tag(sentences, given) == found.tag(sentences, given)
        assert (plain.probabilities(sentences, given) == found.probabilities(sentences, given)).all()
    assert plain.tags_by_head(sentences).tolist() == found.tags_by_head(sentences).tolist()


# -- copies, threads, large inputs ------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))])
@pytest.mark.parametrize("name", MODELS)
def test_a_copy_tags_alike(name: str, copied: Callable[[NumpyPredictor], NumpyPredictor]) -> None:
    found, sentences = BOTH[name].predictor(), some_sentences(1)
    assert pairs_of(copied(found), *sentences) == pairs_of(found, *sentences)


def test_pairs_are_right_after_words_are_dropped(
    predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make = WordTable.__init__
    monkeypatch.setattr(WordTable, "__init__", lambda *given: make(*given, largest=30 * 4 * 100))
    small, (_, plain) = BOTH["window"].predictor(), predictors["window"]
    for seed in range(30):
        sentences = [*([f"{word}{seed}" for word in s] for s in some_sentences(seed, 5)), WORDS]
        assert pairs_of(small, *sentences) == expected_pairs(plain, sentences)
    assert len(small._table) < 200


@pytest.mark.parametrize("name", MODELS)
def test_threads_may_share_a_predictor(
    name: str, predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]]
) -> None:
    found, plain = BOTH[name].predictor(), predictors[name][1]
    texts = [[[f"{word}{seed % 3}" for word in s] for s in some_sentences(seed, 60)] for seed in range(8)]
    answers: dict[int, list[tuple[str, str]]] = {}

    def work(number: int) -> None:
        answers[number] = pairs_of(found, *texts[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: expected_pairs(plain, text) for number, text in enumerate(texts)}


@pytest.mark.parametrize("name", ["window", "window, crf", "lstm"])
def test_a_very_long_sentence_beside_short_ones(
    name: str, predictors: dict[str, tuple[NumpyPredictor, ReferencePredictor]]
) -> None:
    found, plain = predictors[name]
    sentences = [["the"], WORDS * 200, [], ["old", "trees"]]
    assert found.tags(sentences).tolist() == plain.tags(sentences).tolist()
