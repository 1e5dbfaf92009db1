from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from postagger import ConfigError
from postagger.tuning import Choice, Importance, Knob, Range, TrialRun

pytest.importorskip("optuna")
pytest.importorskip("matplotlib")


@pytest.fixture
def script() -> ModuleType:
    return importlib.import_module("hyperparameters")


def runs(name: str, *values: Any) -> list[TrialRun]:
    """A trial for each value, each more accurate than the one before."""
    return [TrialRun(trial, 1, {name: value}, trial / 100, 1, 1.0) for trial, value in enumerate(values, 1)]


def counts(found: list[Any]) -> dict[str, int]:
    return {each.label: len(each.trials) for each in found}


def test_every_trial_is_in_one_range(script: ModuleType) -> None:
    knob = Knob("rate", "training.learning_rate", Range(0.01, 1000.0, log=True))
    trials = runs("rate", 0.01, 0.05, 0.11, 5.0, 99.0, 999.0, 1000.0)
    assert counts(script.bins(knob, trials)) == {
        "0.01 to 0.1": 2,
        "0.1 to 1": 1,
        "1 to 10": 1,
        "10 to 100": 1,
        "100 to 1000": 2,
    }


def test_a_knob_with_few_values_is_not_divided_into_ranges(script: ModuleType) -> None:
    assert counts(script.bins(Knob("k", "s.k", Range(1, 3)), runs("k", 1, 3, 3))) == {"1": 1, "2": 0, "3": 2}
    choice = Knob("k", "s.k", Choice(("sgd", "adam")))
    assert counts(script.bins(choice, runs("k", "adam"))) == {"sgd": 0, "adam": 1}


def test_best_values_are_those_of_the_best_quarter(script: ModuleType) -> None:
    values = list(range(100, 120))
    assert script.best_values(Knob("k", "s.k", Range(1, 999)), runs("k", *values)) == "120 to 120"
    options = ["adam"] * 16 + ["sgd", "adam", "sgd", "sgd"]
    assert (
        script.best_values(Knob("k", "s.k", Choice(("adam", "sgd"))), runs("k", *options))
        == "adam: 2, sgd: 3"
    )
    assert script.best_values(Knob("k", "s.k", Range(0.0, 1.0)), runs("k", 0.123)) == "0.12"


@pytest.mark.parametrize("text", ["window", "window=", "window=x", "=3", "windw=3"])
def test_malformed_numbers_of_trials_are_reported(text: str, script: ModuleType) -> None:
    with pytest.raises(ConfigError, match="expected the name of a config in configs/ and a number of trials"):
        script._budgets([text])


def test_the_whole_script(
    script: ModuleType,
    tiny_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--corpus", str(tiny_file), "--runs", str(tmp_path / "runs"), "-o", str(tmp_path / "a.png")]
    arguments += ["--trials", "logistic=20", "window=2", "--seeds", "1", "--jobs", "1"]
    arguments += ["--set", "training.epochs=1", "training.device=cpu"]
    monkeypatch.setattr(sys, "argv", ["hyperparameters.py", *arguments])
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        script.main()
    finally:
        torch.set_num_threads(before)
    out, err = capsys.readouterr()
    for part in ("## `logistic`", "| batch size", "at least 20 trials", "Trained again with 1 fresh seed"):
        assert part in out
    assert "logistic" in out.splitlines()[-1]
    assert "window, trial 2 of 2: " in err
    assert (tmp_path / "a.png").stat().st_size > 10_000
    assert (tmp_path / "a-learning-rate.png").stat().st_size > 10_000


@dataclass
class Found:
    """A search result that has nothing but importances."""

    importances: list[Importance]


def test_the_conclusion(script: ModuleType) -> None:
    def found(*knobs: str) -> Found:
        return Found([Importance(knob, 0.5, 0.01, None) for knob in knobs] + [Importance("x", 0, 1, None)])

    assert script.conclusion({"window": found("a", "b"), "lstm": found("b")}) == (
        "The b matters beyond chance for `window` and `lstm`; the a matters only for `window`."
    )
    assert script.conclusion({"window": found(), "lstm": Found([])}) == (
        "No knob matters beyond chance for `window`."
    )
    assert "enough trials" in script.conclusion({"lstm": Found([])})
