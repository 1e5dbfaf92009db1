"""The nearest training tokens, found by a plain loop over all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from postagger import Config, ConfigError, Corpus, DataError, Ensemble, Neighbour, Tagger
from postagger.explain import nearest
from postagger.explain.explanation import Explanation
from postagger.explain.page import explanation_page
from postagger.inference.forward import ReferencePredictor

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = ["They", "saw", "the", "glorp", "."]


@pytest.fixture(scope="module", params=["window", "rnn", "gru", "lstm", "crf"])
def tagger(request: pytest.FixtureRequest, tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    kind = "window" if request.param == "crf" else request.param
    model = {"output": "crf"} if request.param == "crf" else {}
    return Tagger.train(tiny_corpus, tiny_config(kind, model=model, training={"epochs": 3}))


def states(tagger: Tagger, words: list[str]) -> list[np.ndarray]:
    """The hidden states of a sentence by itself."""
    rows = ReferencePredictor(tagger.network, tagger.encoding).states([words])
    return list(rows.double().numpy())


def by_a_loop(tagger: Tagger, corpus: Corpus, position: int, k: int) -> list[tuple[float, int, int]]:
    wanted = states(tagger, WORDS)[position]
    found = []
    for number, sentence in enumerate(corpus.train, 1):
        for place, state in enumerate(states(tagger, [word for word, _ in sentence])):
            cosine = float(wanted @ state / np.linalg.norm(wanted) / np.linalg.norm(state))
            found.append((cosine, number, place))
    return sorted(found, reverse=True)[:k]


@pytest.mark.parametrize("tokens", [4096, 7])
def test_they_are_those_of_a_plain_loop(
    tagger: Tagger, tiny_corpus: Corpus, tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "_TOKENS", tokens)
    monkeypatch.setattr(nearest, "_AT_ONCE", 2)
    everything = tagger.nearest_of_words(WORDS, tiny_corpus, k=4)
    assert [each.position for each in everything] == list(range(len(WORDS)))
    for found in everything:
        assert found.tag == tagger.tag(WORDS)[found.position][1]
        expected = by_a_loop(tagger, tiny_corpus, found.position, 4)
        similarities = [each.similarity for each in found.neighbours]
        assert similarities == pytest.approx([rate for rate, *_ in expected], abs=1e-5)
        assert similarities == sorted(similarities, reverse=True)
        for each, (rate, number, place) in zip(found.neighbours, expected, strict=True):
            ties = [other for other, *_ in expected if abs(other - rate) < 1e-5]
            assert len(ties) > 1 or (each.sentence, each.position) == (number, place)
            sentence = tiny_corpus.train[each.sentence - 1]
            assert (each.word, each.tag) == sentence[each.position]
            words = [word for word, _ in sentence]
            shown = [*each.before, each.word, *each.after]
            first = each.position - len(each.before)
            assert shown == words[first : first + len(shown)]
            assert max(len(each.before), len(each.after)) <= nearest.AROUND
        assert found.agreeing == sum(each.tag == found.tag for each in found.neighbours)
    one = tagger.nearest(WORDS, 1, tiny_corpus, 4)
    assert one.neighbours[0].similarity == pytest.approx(everything[1].neighbours[0].similarity, abs=1e-5)


def test_a_training_token_finds_itself(tagger: Tagger, tiny_corpus: Corpus) -> None:
    words = [word for word, _ in tiny_corpus.train[5]]
    (first, *_) = tagger.nearest(words, 2, tiny_corpus).neighbours
    assert first.similarity == pytest.approx(1, abs=1e-5)
    assert first.word == words[2]


def test_untagged_tokens_are_passed_over_and_k_may_be_more_than_there_are(tagger: Tagger) -> None:
    tag = tagger.tagset.tags[0]
    gold = [[], [("the", "_"), ("dog", tag), ("saw", "_")], [("a", "_")]]
    (only,) = tagger.nearest(WORDS, 0, gold, 9).neighbours
    assert (only.word, only.before, only.after) == ("dog", ("the",), ("saw",))
    assert (only.sentence, only.position) == (2, 1)


def test_what_has_no_neighbours(
    tagger: Tagger, tiny_corpus: Corpus, tiny_config: Callable[..., Config]
) -> None:
    with pytest.raises(ConfigError, match="at least 1, not 0"):
        tagger.nearest(WORDS, 0, tiny_corpus, 0)
    with pytest.raises(DataError, match="position 5 is not in this sentence"):
        tagger.nearest(WORDS, 5, tiny_corpus)
    with pytest.raises(DataError, match="no token of this corpus has a tag of the tagger's"):
        tagger.nearest(WORDS, 0, [[("a", "NO_SUCH_TAG")]])
    with pytest.raises(ConfigError, match="an ensemble has no hidden states"):
        Ensemble([tagger]).nearest(WORDS, 0, tiny_corpus)
    plain = Tagger.train(tiny_corpus, tiny_config("logistic", training={"epochs": 1}))
    with pytest.raises(ConfigError, match="no hidden layer"):
        plain.nearest(WORDS, 0, tiny_corpus)


def test_of_an_encoder(encoder_config: Callable[..., Config], tiny_corpus: Corpus) -> None:
    found = Tagger.train(tiny_corpus, encoder_config(training={"epochs": 1})).nearest(WORDS, 1, tiny_corpus)
    assert len(found.neighbours) == 5
    assert torch.tensor([each.similarity for each in found.neighbours]).isfinite().all()


def test_on_the_page_they_are_beside_the_explanations() -> None:
    words = ("<a>",)
    explanation = Explanation(words, 0, "NN", 0.9, "JJ", 0.1, 2.2, 0.1, ())
    neighbours = (
        Neighbour("<b>", "NN", 0.98765, ("x", "&"), (), 1, 2),
        Neighbour("c", "JJ", 0.5, (), ("y",), 2, 0),
    )
    page = explanation_page(
        {"one": [explanation], "two": [explanation]},
        {"one": [nearest.NearestContexts(words, 0, "NN", neighbours)]},
    )
    assert page.count("1 of the 2 nearest training tokens is <b>NN</b>") == 1
    assert "<td>0.988</td><td>NN</td><td dir=auto>x &amp; <b>&lt;b&gt;</b> </td>" in page
    assert "<td>0.500</td><td class=other>JJ</td>" in page
    assert "Papernot" in page
    assert "Papernot" not in explanation_page({"one": [explanation]})
