"""How probable tags are: `postagger.tagger.predictions`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postagger import Config, Ensemble, Tagger
from postagger.corpora import TaggedSentence
from postagger.tagger import predictions

SENTENCES = [["The", "dog"], [], ["They", "man", "the", "boat", "."], ["xyzzy"], []]


@pytest.fixture(scope="module", params=["softmax", "crf", "ensemble"])
def tagger(
    request: pytest.FixtureRequest, tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]
) -> Tagger | Ensemble:
    output = "crf" if request.param == "crf" else "softmax"
    config = tiny_config("window", model={"output": output}, training={"epochs": 3, "learning_rate": 0.02})
    tagger = Tagger.train(tiny_sentences, config)
    if request.param != "ensemble":
        return tagger
    seed = tiny_config("window", training={"epochs": 3, "learning_rate": 0.02, "seed": 7})
    return Ensemble([tagger, Tagger.train(tiny_sentences, seed)])


@pytest.mark.parametrize("workers", [1, 2])
def test_predictions_are_the_tags_and_their_probabilities(tagger: Tagger | Ensemble, workers: int) -> None:
    found = list(predictions(tagger, SENTENCES, top=3, workers=workers))
    head = tagger.head
    assert [[(word, each[head].tag) for word, each in sentence] for sentence in found] == list(
        tagger.tag_sents(SENTENCES)
    )
    for words, sentence in zip(SENTENCES, found, strict=True):
        for (_, each), row in zip(sentence, tagger.distributions(words), strict=True):
            assert each[head].probability == pytest.approx(row[each[head].tag], abs=1e-5)
            assert list(each[head].top.values()) == pytest.approx(list(row.values())[:3], abs=1e-5)
            assert all(row[tag] == pytest.approx(value, abs=1e-5) for tag, value in each[head].top.items())


def test_unsure_tags_become_untagged(tagger: Tagger | Ensemble) -> None:
    (plain,) = predictions(tagger, [SENTENCES[2]])
    probabilities = [each[tagger.head].probability or 0.0 for _, each in plain]
    limit = sorted(probabilities)[2]
    (found,) = predictions(tagger, [SENTENCES[2]], at_least=limit)
    for (word, before), (same, after) in zip(plain, found, strict=True):
        old, new = before[tagger.head], after[tagger.head]
        assert (word, old.probability) == (same, new.probability)
        assert new.tag == (old.tag if (old.probability or 0.0) >= limit else "_")
    assert sum(each[tagger.head].tag == "_" for _, each in found) == 2


def test_a_lexicon_rules_out_tags(tagger: Tagger | Ensemble) -> None:
    tag = tagger.tagset.tags[-1]
    (found,) = predictions(tagger, [["xyzzy"]], lexicon={"xyzzy": [tag]}, top=1)
    each = found[0][1][tagger.head]
    assert (each.tag, list(each.top)) == (tag, [tag])
    assert each.probability == each.top[tag] == pytest.approx(1.0)


def test_more_tags_than_there_are(tagger: Tagger | Ensemble) -> None:
    (found,) = predictions(tagger, [["dog"]], top=1000)
    assert set(found[0][1][tagger.head].top) == set(tagger.tagset)
