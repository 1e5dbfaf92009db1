from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from postagger.tuning.folder import TrialRun
from postagger.tuning.importance import FEWEST_TRIALS, Importance, importances
from postagger.tuning.space import Choice, Draw, Knob, Range

SPACE = (
    Knob("rate", "training.learning_rate", Range(0.01, 10.0, log=True)),
    Knob("dropout", "words.dropout", Range(0.0, 0.7, step=0.05)),
    Knob("optimiser", "training.optimiser", Choice(("adam", "sgd"))),
    Knob("layers", "model.layers", Range(1, 3)),
)


def trials(accuracy: Callable[[Draw], float | None], count: int = 60) -> list[TrialRun]:
    """Random trials with accuracies from a function of the draw."""
    chance = random.Random(1)
    runs = []
    for number in range(1, count + 1):
        draw: dict[str, float | int | str] = {
            "rate": 10 ** chance.uniform(-2, 1),
            "dropout": round(0.05 * chance.randrange(15), 2),
            "optimiser": chance.choice(["adam", "sgd"]),
            "layers": chance.randint(1, 3),
        }
        runs.append(TrialRun(number, 1, draw, accuracy(draw), 1, 1.0))
    return runs


def found(accuracy: Callable[[Draw], float | None], count: int = 60) -> dict[str, Importance]:
    return {each.knob: each for each in importances(SPACE, trials(accuracy, count), shuffles=199)}


def test_the_knob_that_matters_is_found() -> None:
    every = found(lambda draw: float(draw["rate"]) / 10)
    assert next(iter(every)) == "rate"
    assert every["rate"].share > 0.8
    assert every["rate"].beyond_chance
    assert every["rate"].correlation == pytest.approx(1)
    assert not any(each.beyond_chance for name, each in every.items() if name != "rate")
    assert sum(each.share for each in every.values()) == pytest.approx(1)


def test_a_choice_matters_and_has_no_correlation() -> None:
    chance = random.Random(5)
    every = found(lambda draw: 0.5 + 0.1 * chance.random() + 0.2 * (draw["optimiser"] == "adam"))
    assert next(iter(every)) == "optimiser"
    assert every["optimiser"].beyond_chance
    assert every["optimiser"].correlation is None


def test_a_middle_that_is_best_matters_without_a_correlation() -> None:
    every = found(lambda draw: 1 - abs(float(draw["dropout"]) - 0.35), 100)
    assert next(iter(every)) == "dropout"
    assert every["dropout"].beyond_chance
    assert abs(every["dropout"].correlation or 0) < 0.3


def test_more_is_worse() -> None:
    correlation = found(lambda draw: 1 / float(draw["layers"]))["layers"].correlation
    assert correlation == pytest.approx(-1)


def test_noise_gives_no_importance() -> None:
    chance = random.Random(2)
    every = found(lambda _: chance.random())
    assert not any(each.beyond_chance for each in every.values())


def test_trials_with_equal_accuracy_give_no_importance() -> None:
    for each in found(lambda _: 0.5).values():
        assert each.share == 0
        assert not each.beyond_chance
        assert each.correlation is None


def test_failures_are_the_worst() -> None:
    every = found(lambda draw: None if draw["optimiser"] == "sgd" else 0.5 + float(draw["rate"]) / 100)
    assert every["optimiser"].beyond_chance
    assert every["rate"].beyond_chance


def test_few_trials_give_no_importance() -> None:
    assert found(lambda draw: float(draw["rate"]), FEWEST_TRIALS - 1) == {}
    assert found(lambda draw: float(draw["rate"]), FEWEST_TRIALS) != {}


def test_the_same_trials_say_the_same() -> None:
    assert found(lambda draw: float(draw["rate"])) == found(lambda draw: float(draw["rate"]))
