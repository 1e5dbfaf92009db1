from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from postagger import Config
from postagger.batches import EncodedCorpus
from postagger.corpora import TaggedSentence
from postagger.features import TagSet, WordEncoding
from postagger.models import TaggingNetwork, build_network
from postagger.models.logistic import Logistic
from postagger.models.recurrent import Elman, Gru, Lstm
from postagger.models.window import Window

KINDS = {"logistic": Logistic, "window": Window, "rnn": Elman, "gru": Gru, "lstm": Lstm}

MakeConfig = Callable[..., Config]
Scored = Callable[[list[TaggedSentence]], list[Tensor]]
"""Computes the scores of each sentence, all in one batch."""

pytestmark = pytest.mark.usefixtures("seed")


def build(config: Config, sentences: list[TaggedSentence]) -> tuple[TaggingNetwork, WordEncoding, TagSet]:
    encoding = WordEncoding.fit((word for sentence in sentences for word, _ in sentence), config.words)
    tagset = TagSet(sorted({tag for sentence in sentences for _, tag in sentence}))
    return build_network(config, encoding, tagset).eval(), encoding, tagset


def scorer(config: Config, sentences: list[TaggedSentence]) -> Scored:
    network, encoding, tagset = build(config, sentences)
    # Initial weights are small; larger ones make unwanted dependencies easier to detect.
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2)

    def score(batch: list[TaggedSentence]) -> list[Tensor]:
        corpus = EncodedCorpus.encode(batch, encoding, tagset)
        with torch.no_grad():
            scores = network(corpus.batch(torch.arange(len(batch))))
        return list(scores.split([len(sentence) for sentence in batch]))

    return score


def assert_same(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
    assert one.argmax(dim=1).equal(other.argmax(dim=1))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def scored(kind: str, tiny_config: MakeConfig, tiny_sentences: list[TaggedSentence]) -> Scored:
    words: dict[str, Any] = {"character_dim": 4, "character_filters": 6}
    return scorer(tiny_config(kind, words=words), tiny_sentences)


def test_every_kind_is_built_and_scores_every_tag(
    kind: str, tiny_config: MakeConfig, tiny_sentences: list[TaggedSentence]
) -> None:
    network, encoding, tagset = build(tiny_config(kind), tiny_sentences)
    assert type(network.context) is KINDS[kind]
    corpus = EncodedCorpus.encode(tiny_sentences, encoding, tagset)
    batch = corpus.batch(torch.tensor([3, 1]))
    scores = network(batch)
    assert batch.tags is not None
    assert scores.shape == (11, len(tagset))
    assert scores.isfinite().all()
    network.head.loss(scores, batch.tags, batch.lengths).backward()
    without = [name for name, weight in network.named_parameters() if weight.grad is None]
    assert without == []


def test_the_same_seed_draws_the_same_weights(
    kind: str, tiny_config: MakeConfig, tiny_sentences: list[TaggedSentence]
) -> None:
    def weights(seed: int) -> dict[str, Tensor]:
        torch.manual_seed(seed)
        return build(tiny_config(kind), tiny_sentences)[0].state_dict()

    one, again, other = weights(5), weights(5), weights(6)
    assert all(one[name].equal(again[name]) for name in one)
    assert not all(one[name].equal(other[name]) for name in one)


def test_a_sentence_alone_gets_the_same_scores_as_in_a_batch(
    scored: Scored, tiny_sentences: list[TaggedSentence]
) -> None:
    long = [token for sentence in tiny_sentences[:6] for token in sentence]
    batch = [*tiny_sentences[:4], tiny_sentences[0][:1], long]
    for sentence, together in zip(batch, scored(batch), strict=True):
        (alone,) = scored([sentence])
        assert_same(alone, together)


def test_the_order_of_sentences_changes_nothing(scored: Scored, tiny_sentences: list[TaggedSentence]) -> None:
    before = scored(tiny_sentences)
    order = list(range(len(tiny_sentences)))
    random.Random(1).shuffle(order)
    after = scored([tiny_sentences[number] for number in order])
    for number, scores in zip(order, after, strict=True):
        assert_same(scores, before[number])


def test_a_neighbour_s_words_change_nothing(scored: Scored, tiny_sentences: list[TaggedSentence]) -> None:
    one, mine, other = tiny_sentences[:3]
    before = scored([one, mine, other])
    after = scored([[("Boris", "NNP")] * len(one), mine, [("12", "CD"), ("qwerty", "NN")]])
    assert_same(after[1], before[1])
    assert not torch.allclose(after[0], before[0])


def test_a_word_may_occur_twice_in_a_sentence(scored: Scored) -> None:
    """Two tokens of one type differ by their positions."""
    (scores,) = scored([[("saw", "VBD"), ("the", "DT"), ("saw", "NN")]])
    assert not torch.allclose(scores[0], scores[2])


@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 2), (3, 0)])
@pytest.mark.parametrize("kind", ["logistic", "window"])
def test_window_models_depend_only_on_the_words_in_the_window(
    kind: str, left: int, right: int, tiny_config: MakeConfig, tiny_sentences: list[TaggedSentence]
) -> None:
    scored = scorer(tiny_config(kind, model={"left": left, "right": right}), tiny_sentences)
    sentence = [("trees", "NNS")] * 11
    token = 5
    (before,) = scored([sentence])
    for place in range(len(sentence)):
        changed = sentence.copy()
        changed[place] = ("Boris", "NNP")
        (after,) = scored([changed])
        within = -left <= place - token <= right
        assert torch.allclose(after[token], before[token], rtol=0, atol=1e-6) != within


def test_parameter_count_of_a_small_window_model(tiny_config: MakeConfig) -> None:
    config = tiny_config(
        "window",
        words={"word_dim": 5, "prefixes": 0, "suffixes": 1, "shape": False, "feature_dim": 3},
        model={"left": 1, "right": 0, "hidden": [6, 4]},
    )
    network, _, _ = build(config, [[("ab", "X"), ("cb", "Y")]])
    words = (2 + 2) * 5  # padding, unknown, ab, cb
    suffixes = (2 + 1) * 3  # padding, unknown, b
    delay = (2 * (5 + 3)) * 6 + 6
    layer = 6 * 4 + 4
    head = 4 * 2 + 2
    assert network.parameter_count == words + suffixes + delay + layer + head


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_the_tags_are_those_of_the_cpu(
    kind: str, tiny_config: MakeConfig, tiny_sentences: list[TaggedSentence]
) -> None:
    network, encoding, tagset = build(
        tiny_config(kind, words={"character_dim": 4, "character_filters": 6}), tiny_sentences
    )
    corpus = EncodedCorpus.encode(tiny_sentences, encoding, tagset)
    cuda = torch.device("cuda")
    with torch.no_grad():
        (on_cpu,) = (network(batch) for batch in corpus.batches(100))
        (on_cuda,) = (network.to(cuda)(batch).cpu() for batch in corpus.to(cuda).batches(100))
    torch.testing.assert_close(on_cuda, on_cpu, rtol=0, atol=1e-4)
    assert on_cuda.argmax(dim=1).equal(on_cpu.argmax(dim=1))
