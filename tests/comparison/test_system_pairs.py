"""Comparing two systems: what the verdict depends on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postagger.comparison import predictions as gathered
from postagger.comparison import system_pairs as pairs
from postagger.comparison.predictions import Predictions
from postagger.comparison.results import PairResult, Spread, SystemResult
from postagger.comparison.tables import MINUS

TOKENS = 400


@pytest.fixture
def tested() -> gathered.Tested:
    """Twenty documents, each of one sentence with twenty tokens."""
    sentence = np.arange(TOKENS) // 20
    return gathered.Tested(
        gold=np.array(["X"] * TOKENS, dtype=object),
        frequency=np.ones(TOKENS, dtype=np.int64),
        ambiguous=np.zeros(TOKENS, dtype=np.bool_),
        sentence=sentence,
        place=np.arange(TOKENS) % 20,
        unit=sentence,
        sentences=[["w"] * 20 for _ in range(20)],
        documents=[f"d{number}" for number in range(20)],
        by_document=True,
    )


def predictions(right: int) -> Predictions:
    """Predictions with the first `right` tokens of every document correct."""
    correct = np.tile(np.arange(TOKENS) % 20 < right, (2, 1))
    tags = np.where(correct, "X", "Y").astype(object)
    return Predictions([[], []], tags, correct)


def system(name: str, accuracy: float) -> SystemResult:
    spread = Spread((accuracy, accuracy))
    return SystemResult(
        name,
        "",
        (1, 2),
        1,
        spread,
        (0.0, 1.0),
        None,
        None,
        None,
        None,
        spread,
        spread,
        spread,
        (),
        (),
        (),
        (),
        (),
    )


class FakeTest:
    """A test with a given p, whose interval agrees with it."""

    def __init__(self, p: float) -> None:
        self.p = p

    def interval(self, tests: int) -> tuple[float, float]:
        return (0.01 if tests * self.p < 0.05 else -0.01), 0.2


def compared(
    tested: gathered.Tested, right: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> tuple[PairResult, ...]:
    monkeypatch.setattr(Predictions, "representative", property(lambda _: 0))
    return pairs.compare_pairs(
        tested,
        [system(name, count / 20) for name, count in right.items()],
        {name: predictions(count) for name, count in right.items()},
    )


@pytest.mark.parametrize(("p", "beyond"), [(0.02, False), (0.016, True)])
def test_the_verdict_is_by_the_corrected_p(
    p: float, beyond: bool, tested: gathered.Tested, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With three pairs of equal p, Holm's correction turns 0.02 into 0.06, which is within chance."""
    monkeypatch.setattr(pairs, "difference_test", lambda *_: FakeTest(p))
    found = compared(tested, {"a": 18, "b": 15, "c": 12}, monkeypatch)
    assert len(found) == 3
    for pair in found:
        assert (pair.interval[0] > 0) is beyond
        assert pair.p == p
        assert pair.p_adjusted == pytest.approx(3 * p)
        assert pair.beyond_chance is beyond
        assert ("more than chance" if beyond else "chance alone could explain") in pair.sentence
        assert f"p = {3 * p:.3f}" in pair.sentence
        assert "both corrected for 3 comparisons" in pair.sentence
    steps = sorted(round(0.05 / (1 - pair.confidence)) for pair in found)
    assert steps == ([1, 2, 3] if beyond else [3, 3, 3])


def test_of_two_systems_nothing_is_corrected(
    tested: gathered.Tested, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pair,) = compared(tested, {"a": 18, "b": 15}, monkeypatch)
    assert pair.confidence == 0.95
    assert pair.p == pair.p_adjusted
    assert pair.beyond_chance
    low, high = pair.interval
    assert low > 0
    assert low <= pair.difference + 1e-9
    assert pair.difference <= high + 1e-9
    assert "corrected" not in pair.sentence


def test_equal_systems_are_said_to_be_equal(tested: gathered.Tested, monkeypatch: pytest.MonkeyPatch) -> None:
    (pair,) = compared(tested, {"a": 18, "b": 18}, monkeypatch)
    assert pair.sentence == "a and b have exactly the same accuracy."
    assert (pair.p_adjusted, pair.interval, pair.beyond_chance) == (1, (0, 0), False)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(8, 20), min_size=20, max_size=20), min_size=2, max_size=4))
def test_p_interval_verdict_and_sentence_never_contradict_each_other(
    tested: gathered.Tested, monkeypatch: pytest.MonkeyPatch, right: list[list[int]]
) -> None:
    """Whatever the systems get right in each document."""
    monkeypatch.setattr(Predictions, "representative", property(lambda _: 0))
    given_systems = {}
    for number, counts in enumerate(right):
        correct = np.concatenate([np.arange(20) < count for count in counts])[None]
        tags = np.where(correct, "X", "Y").astype(object)
        given_systems[f"s{number}"] = Predictions([[]], tags, correct)
    found = pairs.compare_pairs(
        tested,
        [system(name, float(each.correct.mean())) for name, each in given_systems.items()],
        given_systems,
    )
    for pair in found:
        low, high = pair.interval
        assert low <= high
        assert pair.beyond_chance == (pair.p_adjusted < 0.05) == (low > 0 or high < 0)
        if pair.difference:
            written = pair.sentence.split("interval ")[1].split(" points")[0].split(" to ")
            signs = {end[0] for end in written}
            excludes = len(signs) == 1 and signs <= {"+", MINUS}
            assert excludes == pair.beyond_chance == ("more than chance" in pair.sentence)
