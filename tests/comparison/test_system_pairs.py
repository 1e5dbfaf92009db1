"""Comparing two systems: what the verdict depends on."""

from __future__ import annotations

import numpy as np
import pytest

from postagger.comparison import predictions as gathered
from postagger.comparison import system_pairs as pairs
from postagger.comparison.predictions import Predictions
from postagger.comparison.results import Spread, SystemResult

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


@pytest.mark.parametrize(("p", "beyond"), [(0.02, False), (0.016, True)])
def test_the_verdict_is_by_the_corrected_p(
    p: float, beyond: bool, tested: gathered.Tested, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With three pairs of equal p, Holm's correction turns 0.02 into 0.06, which is within chance."""
    monkeypatch.setattr(pairs, "randomisation_test", lambda *_: p)
    monkeypatch.setattr(Predictions, "representative", property(lambda _: 0))
    right = {"a": 18, "b": 15, "c": 12}
    found = pairs.compare_pairs(
        tested,
        [system(name, count / 20) for name, count in right.items()],
        {name: predictions(count) for name, count in right.items()},
    )
    assert len(found) == 3
    for pair in found:
        assert pair.interval[0] > 0
        assert pair.p == p
        assert pair.p_adjusted == pytest.approx(3 * p)
        assert pair.beyond_chance is beyond
        assert ("more than chance" if beyond else "within chance") in pair.sentence
        assert f"p = {3 * p:.3f}" in pair.sentence
