"""Tags as numbers: those of `tag_sents`, for every head, with probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from postagger import ConfigError, DataError, Ensemble, Tagger
from postagger.tagger import predictions, tag_numbers

SENTENCES = [["Dogs", "bark", "."], [], ["She", "saw", "the", "saw"], ["It"]]


@pytest.fixture(scope="module")
def english() -> Tagger:
    return Tagger.load("en")


@pytest.mark.parametrize("budget", [1, 5, 32768])
@pytest.mark.parametrize("lexicon", [None, {"saw": ["NN"]}], ids=["free", "lexicon"])
def test_tags_and_probabilities(
    budget: int, lexicon: dict[str, list[str]] | None, english: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", budget)
    for tagger in (english, Ensemble([english, english])):
        for heads in (["xpos"],) if lexicon else (["xpos"], ["feats", "xpos"], ["upos"]):
            found = tag_numbers(tagger, SENTENCES, heads, lexicon=lexicon, probabilities=True, top=2)
            assert list(found) == heads
            expected = predictions(tagger, SENTENCES, heads=heads, lexicon=lexicon, top=2)
            tokens = [token for sentence in expected for _, token in sentence]
            for head, numbers in found.items():
                tags = tagger.heads[head].tags
                assert [tags[each] for each in numbers.tags] == [token[head].tag for token in tokens]
                assert numbers.probabilities is not None
                np.testing.assert_allclose(
                    numbers.probabilities,
                    np.array([token[head].probability for token in tokens], float),
                    1e-4,
                )
                assert [[tags[each] for each in row] for row in numbers.best] == [
                    list(token[head].top) for token in tokens
                ]
                assert numbers.best_probabilities.shape == (len(tokens), 2)


def test_nothing_to_tag(english: Tagger) -> None:
    nothing: list[list[list[str]]] = [[], [[]], [[], []]]
    for sentences in nothing:
        found = tag_numbers(english, sentences, ["xpos"], probabilities=True, top=3)["xpos"]
        assert found.tags.shape == (0,)
        assert found.probabilities is not None
        assert found.probabilities.shape == (0,)
        assert found.best.shape == found.best_probabilities.shape == (0, 3)
    assert tag_numbers(english, SENTENCES, ["xpos"])["xpos"].probabilities is None


def test_mistakes(english: Tagger) -> None:
    with pytest.raises(DataError, match=r"sentence 2 contains 3"):
        tag_numbers(english, [["a"], ["b", 3]], ["xpos"])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="unknown head"):
        tag_numbers(english, [["a"]], ["other"])
