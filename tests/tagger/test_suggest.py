"""The sentences that are worth tagging by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postagger import Config, ConfigError, Corpus, DataError, Tagger
from postagger.tagger import suggest

SENTENCES = [
    ["The", "dog", "saw", "her", "."],
    [],
    ["xyzzy"],
    ["They", "can", "well", "man"],
    ["The", "can", "."],
]


@pytest.fixture(scope="module")
def tagger(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    return Tagger.train(tiny_corpus, tiny_config("window", training={"epochs": 8, "learning_rate": 0.02}))


def uncertainty(tagger: Tagger, words: list[str]) -> float:
    return sum(1 - next(iter(row.values())) for row in tagger.distributions(words))


@pytest.mark.parametrize("by", ["errors", "rate"])
def test_they_are_those_with_the_most_expected_errors(tagger: Tagger, by: Any) -> None:
    size = {"errors": lambda _: 1, "rate": len}[by]
    expected = sorted(
        (number for number, words in enumerate(SENTENCES, 1) if words),
        key=lambda number: -uncertainty(tagger, SENTENCES[number - 1]) / size(SENTENCES[number - 1]),
    )
    found = suggest(tagger, iter(SENTENCES), 10, by=by)
    assert [each.number for each in found] == expected
    assert [each.number for each in suggest(tagger, SENTENCES, 2, by=by, workers=2)] == expected[:2]
    for each in found:
        words = SENTENCES[each.number - 1]
        assert each.sentence == tagger.tag(words)
        assert each.expected_errors == pytest.approx(uncertainty(tagger, words), abs=1e-5)


def test_equal_sentences_are_suggested_once_and_the_first_of_equal_scores(tagger: Tagger) -> None:
    again = [["xyzzy"], ["The", "dog"], ["xyzzy"], ["The", "dog"]]
    assert sorted(each.number for each in suggest(tagger, again, 10)) == [1, 2]
    unknown = [["plugh"], ["xyzzy"], ["plover"]]
    scores = [uncertainty(tagger, words) for words in unknown]
    if scores[0] == scores[1] == scores[2]:
        assert suggest(tagger, unknown, 1)[0].number == 1


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", True, None])
def test_n_is_a_number(tagger: Tagger, n: Any) -> None:
    with pytest.raises(ConfigError, match="n must be a whole number"):
        suggest(tagger, SENTENCES, n)


def test_mistakes(tagger: Tagger) -> None:
    with pytest.raises(ConfigError, match="by must be errors or rate"):
        suggest(tagger, SENTENCES, 1, by="entropy")  # type: ignore[arg-type]
    with pytest.raises(DataError):
        suggest(tagger, [["a", 3]], 1)  # type: ignore[list-item]
    assert suggest(tagger, [], 3) == []
