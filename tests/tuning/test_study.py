from __future__ import annotations

import sys
from collections.abc import Callable
from typing import get_args

import pytest

from postagger import Config, PostaggerError
from postagger.tuning.folder import TrialRun
from postagger.tuning.space import Choice, Value, configure, knobs
from postagger.tuning.study import Sampler, ask, check_packages, new_study, tell

MakeConfig = Callable[..., Config]


def drawn(config: Config, sampler: Sampler, numbers: range, seed: int = 1) -> list[dict[str, Value]]:
    """Draws of a study in which the k-th trial has an accuracy of 0.k."""
    space = knobs(config)
    study = new_study(space, [])
    found = []
    for number in numbers:
        trial = ask(study, space, sampler, seed, number)
        tell(study, trial, number / 100)
        found.append(trial.params)
    return found


@pytest.mark.parametrize("sampler", get_args(Sampler))
@pytest.mark.parametrize("kind", ["logistic", "window", "rnn", "gru", "lstm"])
def test_draws_are_within_bounds(kind: str, sampler: Sampler, tiny_config: MakeConfig) -> None:
    config = tiny_config(kind, words={"character_dim": 4})
    for draw in drawn(config, sampler, range(1, 31)):
        configure(config, draw)
        for knob in knobs(config):
            value = draw[knob.name]
            if isinstance(knob.values, Choice):
                assert value in knob.values.options
            else:
                assert not isinstance(value, str)
                assert knob.values.low <= value <= knob.values.high
                assert isinstance(value, int) == knob.values.whole


def test_a_random_draw_depends_on_seed_and_number_alone(tiny_config: MakeConfig) -> None:
    config = tiny_config("window")
    every = drawn(config, "random", range(1, 9))
    assert drawn(config, "random", range(5, 9)) == every[4:]
    assert drawn(config, "random", range(1, 9), seed=2) != every
    assert all(len({draw[knob.name] for draw in every}) > 1 for knob in knobs(config))


def test_tpe_draws_the_same_after_the_same_trials(tiny_config: MakeConfig) -> None:
    config = tiny_config("window")
    space = knobs(config)
    every = drawn(config, "tpe", range(1, 15))
    past = [
        TrialRun(number, 1, dict(draw), number / 100, 1, 0.1) for number, draw in enumerate(every[:13], 1)
    ]
    assert ask(new_study(space, past), space, "tpe", 1, 14).params == every[13]
    assert ask(new_study(space, []), space, "tpe", 1, 14).params != every[13]


def test_tpe_learns_from_failures(tiny_config: MakeConfig) -> None:
    """If all trials with SGD fail, few of the later draws use it."""
    config = tiny_config("logistic")
    space = knobs(config)
    past = [
        TrialRun(number, 1, dict(draw), None if draw["optimiser"] == "sgd" else 0.9 + number / 1000, 1, 0.1)
        for number, draw in enumerate(drawn(config, "random", range(1, 41)), 1)
    ]
    study = new_study(space, past)
    after = []
    for number in range(41, 61):
        trial = ask(study, space, "tpe", 1, number)
        tell(study, trial, None if trial.params["optimiser"] == "sgd" else 0.95)
        after.append(trial.params["optimiser"])
    assert after.count("sgd") <= 2


def test_optuna_prints_nothing(tiny_config: MakeConfig, capfd: pytest.CaptureFixture[str]) -> None:
    drawn(tiny_config("window"), "tpe", range(1, 15))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("modules", "named"),
    [(["optuna"], "optuna"), (["tomli_w"], "tomli-w"), (["optuna", "tomli_w"], "optuna and tomli-w")],
)
def test_a_missing_package_is_named(modules: list[str], named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PostaggerError, match=rf"needs {named}: pip install 'postagkit\[tune\]'"):
        check_packages()
