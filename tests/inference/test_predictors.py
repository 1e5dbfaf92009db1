"""The fast predictor against the network's own forward pass."""

from __future__ import annotations

import copy
import itertools
import pickle
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postagger import Config, Corpus, Tagger
from postagger.features.normalise import straight_quotes
from postagger.inference import Dtype, FastPredictor, ReferencePredictor
from postagger.inference.affine import Affine
from postagger.inference.scorers import ForwardScorer, make_scorer
from postagger.inference.token_tags import Pairs
from postagger.inference.word_table import WordTable
from postagger.models.recurrent import Lstm, Recurrent

MakeConfig = Callable[..., Config]

MODELS: dict[str, dict[str, Any]] = {
    "logistic": {"kind": "logistic"},
    "logistic, wide and lopsided": {"kind": "logistic", "left": 0, "right": 3},
    "logistic, crf": {"kind": "logistic", "output": "crf"},
    "window": {"kind": "window"},
    "window, lopsided": {"kind": "window", "left": 3, "right": 0},
    "window, no neighbours": {"kind": "window", "left": 0, "right": 0},
    "window, three layers": {"kind": "window", "hidden": [9, 8, 7], "activation": "gelu"},
    "window, crf": {"kind": "window", "output": "crf"},
    "rnn": {"kind": "rnn"},
    "rnn, relu": {"kind": "rnn", "activation": "relu"},
    "rnn, one way": {"kind": "rnn", "bidirectional": False},
    "gru": {"kind": "gru"},
    "gru, two layers": {"kind": "gru", "layers": 2},
    "lstm": {"kind": "lstm"},
    "lstm, one way": {"kind": "lstm", "bidirectional": False},
    "lstm, two layers": {"kind": "lstm", "layers": 2},
    "lstm, crf": {"kind": "lstm", "output": "crf"},
}

WORDS = [
    "The",
    "the",
    "can",
    "trees",
    ".",
    ",",
    "plays",
    "May",
    "old",
    "man",
    "saw",
    '"',
    "``",
    "''",
    "1984",
    "naïve",
    "nai\u0308ve",
    '\ufeff"',
    "\uff02",
    "the\u200b",
    "",
    "x" * 50,
    "(",
]


@pytest.fixture(scope="module")
def predictors(
    tiny_corpus: Corpus, tiny_config: MakeConfig
) -> dict[str, tuple[FastPredictor, ReferencePredictor]]:
    """A fast and a reference predictor for each model, with weights large enough to make tags differ."""
    found = {}
    for name, model in MODELS.items():
        characters = {"character_dim": 4, "character_filters": 5} if name == "lstm" else {}
        sections = {"words": characters, "training": {"epochs": 30, "learning_rate": 0.03}}
        config = tiny_config(model["kind"], model=model, **sections)
        tagger = Tagger.train(tiny_corpus, config)
        found[name] = (
            FastPredictor(tagger.network, tagger.encoding, tagger.tagset),
            ReferencePredictor(tagger.network, tagger.encoding),
        )
    return found


def some_sentences(seed: int, count: int = 40) -> list[list[str]]:
    generator = random.Random(seed)
    return [
        [generator.choice(WORDS) for _ in range(generator.choice((0, 1, 2, 5, 30)))] for _ in range(count)
    ]


def scores_of(fast: FastPredictor, sentences: list[list[str]]) -> torch.Tensor:
    return fast._predict(lambda scores, _lengths: scores, sentences)


@pytest.mark.parametrize("name", MODELS)
def test_the_fast_predictor_gives_the_tags_of_the_reference(
    name: str, predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]
) -> None:
    fast, plain = predictors[name]
    predictions = []
    for seed in range(3):
        sentences = some_sentences(seed)
        predictions.append(plain.tags(sentences))
        assert fast.tags(sentences).tolist() == predictions[-1].tolist()
    assert len(set(np.concatenate(predictions))) > 2


@pytest.mark.parametrize("name", MODELS)
def test_the_fast_predictor_gives_the_probabilities_of_the_reference(
    name: str, predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]
) -> None:
    fast, plain = predictors[name]
    sentences = some_sentences(5)
    torch.testing.assert_close(fast.probabilities(sentences), plain.probabilities(sentences))


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_those_of_the_network_up_to_rounding(
    name: str, predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]
) -> None:
    fast, plain = predictors[name]
    sentences = [sentence for sentence in some_sentences(7) if sentence]
    scores = scores_of(fast, sentences)
    expected = plain._predict(lambda scores, _lengths: scores, sentences)
    torch.testing.assert_close(scores, expected, rtol=1e-4, atol=1e-4)


@given(
    sentences=st.lists(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=6), max_size=6).filter(
        any
    )
)
@pytest.mark.parametrize("name", ["window", "lstm"])
def test_any_sentences_get_the_same_tags(
    name: str, sentences: list[list[str]], predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]
) -> None:
    fast, plain = predictors[name]
    assert fast.tags(sentences).tolist() == plain.tags(sentences).tolist()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda tagger: pickle.loads(pickle.dumps(tagger))])
def test_a_copy_of_a_tagger_tags_alike(
    copied: Callable[[Tagger], Tagger], tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config())
    sentences = some_sentences(1)
    assert list(copied(tagger).tag_sents(sentences)) == list(tagger.tag_sents(sentences))


# -- other dtype, other devices -----------------------------------------------------------------


@pytest.mark.parametrize("onednn", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_bfloat16_gives_nearly_the_scores_of_float32(
    name: str,
    onednn: bool,
    predictors: dict[str, tuple[FastPredictor, ReferencePredictor]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not onednn:
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    fast, _ = predictors[name]
    half = FastPredictor(fast._network, fast._encoding, fast._tagset, "bfloat16")
    sentences = [sentence for sentence in some_sentences(9, 150) if sentence]  # some steps are padded
    expected, found = scores_of(fast, sentences), scores_of(half, sentences)
    assert found.dtype == torch.float32
    assert not torch.equal(found, expected)
    # bfloat16 has 8 binary digits: an error of 1 in 256 at each step, which accumulates in the states.
    assert (found - expected).norm() < 0.03 * expected.norm()
    assert (half.tags(sentences) == fast.tags(sentences)).mean() > 0.9  # random words: many near ties
    assert half._table._rows.element_size() == 2


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model["kind"] in "rnn gru lstm"])
def test_a_recurrent_network_with_torchs_own_layers(
    name: str,
    predictors: dict[str, tuple[FastPredictor, ReferencePredictor]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs the scorer for CUDA on the CPU."""
    fast, plain = predictors[name]
    monkeypatch.setattr(
        "postagger.inference.predictors.make_scorer", lambda network, dtype: ForwardScorer(network, dtype)
    )
    monkeypatch.setattr(Lstm, "states", Recurrent.states)
    sentences = [sentence for sentence in some_sentences(11) if sentence]
    expected = plain._predict(lambda scores, _lengths: scores, sentences)
    other = FastPredictor(fast._network, fast._encoding, fast._tagset)
    torch.testing.assert_close(scores_of(other, sentences), expected, rtol=1e-4, atol=1e-4)
    half = scores_of(FastPredictor(fast._network, fast._encoding, fast._tagset, "bfloat16"), sentences)
    assert half.dtype == torch.float32
    assert (half - expected).norm() < 0.03 * expected.norm()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    "name",
    [name for name, model in MODELS.items() if model["kind"] in "window logistic" and "crf" not in name],
)
def test_everything_is_on_the_networks_device(
    name: str, dtype: Dtype, predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]
) -> None:
    """The meta device computes shapes only and, like CUDA, refuses tensors on the CPU."""
    fast, _ = predictors[name]
    network = copy.deepcopy(fast._network).to("meta")
    scorer = make_scorer(network, getattr(torch, dtype))
    rows = scorer.rows(fast._encoding.encode(WORDS).to(torch.device("meta")))
    index = torch.arange(1, 7, device="meta")
    scores = scorer.scores(rows, index, torch.tensor([2, 4]))
    assert scores.device.type == "meta"
    assert scores.shape == (6, len(network.head.scores.bias))
    assert network.head.decode(scores, torch.tensor([2, 4])).shape == (6,)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", MODELS)
def test_cuda_gives_the_tags_of_the_cpu(
    name: str, dtype: Dtype, predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]
) -> None:
    fast, _ = predictors[name]
    there = FastPredictor(copy.deepcopy(fast._network).to("cuda"), fast._encoding, fast._tagset, dtype)
    for seed in range(3):
        sentences = some_sentences(seed)
        alike = there.tags(sentences) == fast.tags(sentences)
        assert alike.mean() > (0.99 if dtype == "float32" else 0.95)


# -- the table --------------------------------------------------------------------------------------


def look_up(table: WordTable, *sentences: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    found = table.look_up(list(itertools.chain(*sentences)), np.array(list(map(len, sentences))))
    return found.rows, found.tokens


@pytest.fixture
def table(tiny_corpus: Corpus, tiny_config: MakeConfig) -> Callable[..., WordTable]:
    """``table(largest)``: rows of two numbers, the first of which is the word's vocabulary number."""
    encoding = Tagger.train(tiny_corpus, tiny_config("logistic")).encoding
    size = torch.tensor([1.0, 0.0])
    return lambda largest: WordTable(
        encoding, lambda types: types.columns[:, :1].float() * size, ("DT", "NN"), largest=largest
    )


def test_each_word_has_its_row_and_padding_has_row_0(table: Callable[..., WordTable]) -> None:
    small = table(10**6)
    rows, index = look_up(small, ["the", "man"], ["saw", "the"])
    numbers = small._encoding.vocabularies["word"]
    assert rows[index, 0].tolist() == [numbers[word] for word in ("the", "man", "saw", "the")]
    assert rows[0].tolist() == [0.0, 0.0]
    assert len(small) == 4 + 3


def test_straight_quotes_open_and_close_alternately_in_each_sentence(table: Callable[..., WordTable]) -> None:
    sentences = [['"'], [], ["a", '"', "b", '"', '"'], ["``", '"'], []]
    small = table(10**6)
    _, found = look_up(small, *sentences)
    _, expected = look_up(small, *map(straight_quotes, sentences))
    assert found.tolist() == expected.tolist()


def test_a_table_of_many_tags_holds_fewer_words(
    tiny_corpus: Corpus, tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the index of its pairs alone would fill the memory."""
    monkeypatch.setattr("postagger.inference.word_table.PAIRS", 1200)
    encoding = Tagger.train(tiny_corpus, tiny_config("logistic")).encoding
    tags = [f"T{number}" for number in range(40)]
    small = WordTable(encoding, lambda types: types.columns[:, :1].float(), tags)
    for number in range(20):
        words = [f"word{number}-{k}" for k in range(10)]
        found = small.look_up(words, np.array([10]))
        assert found.pairs._slots.size <= 40 * 40
        tagged = found.pairs(words, found.numbers, np.arange(10))
        assert list(tagged) == [(word, f"T{k}") for k, word in enumerate(words)]


def test_a_full_table_drops_the_least_used_words(table: Callable[..., WordTable]) -> None:
    small = table(20 * 8)  # twenty rows
    used = ["the", "man", "saw", "dog"]
    for number in range(100):
        sentence = [*used, *(f"word{number}-{k}" for k in range(5))]
        rows, index = look_up(small, sentence)
        words = small._encoding.vocabularies["word"]
        assert rows[index, 0].tolist() == [words[word] for word in sentence]
        assert len(small) <= 20 + 5 + 5
        assert rows[0].tolist() == [0.0, 0.0]
    assert all(word in small._numbers for word in used)
    assert small.nbytes <= 30 * 8


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


def test_a_token_that_is_not_a_string_is_an_error_and_does_no_harm(table: Callable[..., WordTable]) -> None:
    small = table(10**6)
    for wrong in (None, 3, b"the", ["the"], object()):
        with pytest.raises(TypeError, match=r"a token must be a string|unhashable"):
            look_up(small, ["new", wrong, "the"])  # type: ignore[list-item]
    rows, index = look_up(small, ["new", "the"])
    assert rows[index, 0].tolist() == [1.0, float(small._encoding.vocabularies["word"]["the"])]


def test_threads_may_share_a_table(predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]) -> None:
    fast, plain = predictors["window"]
    texts = [[[f"{word}{seed}" for word in s] for s in some_sentences(seed, 20)] for seed in range(8)]
    found: dict[int, list[int]] = {}

    def work(number: int) -> None:
        found[number] = fast.tags(texts[number]).tolist()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: plain.tags(text).tolist() for number, text in enumerate(texts)}


# -- pairs ------------------------------------------------------------------------------------------


class Marked(str):
    """A string type with more to it than its characters, as in NumPy or some tokenisers."""


def pairs_of(fast: FastPredictor, *sentences: Sequence[str]) -> list[tuple[str, str]]:
    predictions = fast.tag(list(itertools.chain(*sentences)), list(map(len, sentences)))
    assert list(map(len, predictions)) == list(map(len, sentences))
    return list(itertools.chain(*predictions))


@pytest.mark.parametrize("name", ["logistic", "window", "lstm", "lstm, crf"])
def test_pairs_are_the_tokens_with_their_tags(
    name: str, predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]
) -> None:
    fast, plain = predictors[name]
    for seed in (1, 2, 1):
        sentences = some_sentences(seed)
        words = list(itertools.chain(*sentences))
        tags = [fast._tagset.tags[number] for number in plain.tags(sentences)]
        assert pairs_of(fast, *sentences) == list(zip(words, tags, strict=True))


def test_tokens_of_other_string_types_come_back_as_they_are(
    predictors: dict[str, tuple[FastPredictor, ReferencePredictor]],
) -> None:
    fast, _ = predictors["window"]
    new = Marked("unheard-of")
    first = pairs_of(fast, [new, "trees", Marked("trees")])
    assert first[0][0] is new
    assert [type(word) for word, _ in first] == [Marked, str, Marked]
    again = pairs_of(fast, ["unheard-of", "trees", "trees"])
    assert again == first
    assert {type(word) for word, _ in again} == {str}


def test_straight_quotes_are_returned_as_they_are(
    predictors: dict[str, tuple[FastPredictor, ReferencePredictor]],
) -> None:
    fast, _ = predictors["lstm"]
    sentence = ['"', "trees", '"', "``", '"', "''"]
    assert [word for word, _ in pairs_of(fast, sentence, sentence)] == sentence * 2


def test_pairs_grow_and_are_reused() -> None:
    tags = [f"T{number}" for number in range(10)]
    words = [f"w{number}" for number in range(500)]
    pairs = Pairs(500, tags)
    for turn in range(12):
        numbers = np.arange(500)
        chosen = (numbers + turn) % 10
        predictions = pairs(words, numbers, chosen)
        assert predictions.tolist() == [(word, tags[tag]) for word, tag in zip(words, chosen, strict=True)]
        assert all(a is b for a, b in zip(predictions, pairs(words, numbers, chosen), strict=True))


def test_pairs_are_right_after_words_are_dropped(
    predictors: dict[str, tuple[FastPredictor, ReferencePredictor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postagger.inference.word_table.WordTable.__init__", _small(WordTable.__init__))
    fast, plain = predictors["window"]
    small = FastPredictor(fast._network, fast._encoding, fast._tagset)
    for seed in range(30):
        sentences = [[f"{word}{seed}" for word in s] for s in some_sentences(seed, 5)] + [WORDS]
        words = list(itertools.chain(*sentences))
        tags = [fast._tagset.tags[number] for number in plain.tags(sentences)]
        assert pairs_of(small, *sentences) == list(zip(words, tags, strict=True))
    assert len(small._table) < 200


def _small(make: Callable[..., None]) -> Callable[..., None]:
    return lambda *given, **named: make(*given, **(named | {"largest": 30 * 4 * 100}))


def test_threads_may_share_pairs(predictors: dict[str, tuple[FastPredictor, ReferencePredictor]]) -> None:
    fast, plain = predictors["logistic"]
    texts = [[[f"{word}{seed % 3}" for word in s] for s in some_sentences(seed, 60)] for seed in range(8)]
    found: dict[int, list[tuple[str, str]]] = {}

    def work(number: int) -> None:
        found[number] = pairs_of(fast, *texts[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, text in enumerate(texts):
        tags = [fast._tagset.tags[tag] for tag in plain.tags(text)]
        assert found[number] == list(zip(itertools.chain(*text), tags, strict=True))


# -- parts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("onednn", [False, True])
def test_affine(onednn: bool, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    assert seed
    if not onednn:
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    weight, bias, x = torch.randn(5, 3), torch.randn(5), torch.randn(7, 3)
    layer = Affine(weight, bias)
    torch.testing.assert_close(layer(x), x @ weight.T + bias)
    torch.testing.assert_close(Affine(weight)(x), x @ weight.T)
