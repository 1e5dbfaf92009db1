from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace

import pytest

from postagger import Config
from postagger.config import parse_config
from postagger.tuning import Importance, TrialRun, Tuning
from postagger.tuning.report import (
    as_json,
    as_text,
    as_toml,
    importance_sentence,
    importance_table,
    trial_table,
    verdict,
)

MakeConfig = Callable[..., Config]
Search = Callable[..., Tuning]


def runs(*accuracies: float | None) -> tuple[TrialRun, ...]:
    """A run for each seed from 2; one without an accuracy failed."""
    return tuple(
        TrialRun(0, seed, {}, accuracy, 1, 1.0, None if accuracy else "the loss is nan")
        for seed, accuracy in enumerate(accuracies, 2)
    )


@pytest.fixture
def tuning(search: Search) -> Tuning:
    """Four trials; the figures of the last runs are made up."""
    tuning = search(trials=4)
    best = replace(tuning.best, accuracy=0.975)
    return replace(tuning, best=best, given_again=runs(0.95, 0.96), best_again=runs(0.961, 0.971))


def test_the_verdict_gives_means_spreads_and_luck(tuning: Tuning) -> None:
    text = verdict(tuning)
    assert text.startswith(
        f"Trained again with 2 fresh seeds each, the best settings found (trial {tuning.best.trial}) "
        "reach 96.60 ± 0.71 % on dev, the given ones 95.50 ± 0.71 %: +1.10 points, "
        "and each of their runs is above each of the given config's."
    )
    assert "In the search that trial reached 97.50 %: the best of 4 on dev is partly luck." in text
    assert "best.toml has them. " in text
    assert "The test set was not used" in text


@pytest.mark.parametrize(
    ("given", "found", "better"),
    [
        ([0.95, 0.96], [0.961, 0.971], True),
        ([1.0, 1.0], [1.0, 1.0], False),
        ([0.95, 0.97], [0.96, 0.98], False),
        ([0.95], [0.97], False),
        ([None, 0.95], [0.96, 0.97], False),
        ([None, None], [0.96, 0.97], False),
    ],
)
def test_settings_that_may_be_lucky_are_not_chosen(
    given: list[float | None], found: list[float | None], better: bool, tuning: Tuning
) -> None:
    tuning = replace(tuning, given_again=runs(*given), best_again=runs(*found))
    assert tuning.is_better == better
    assert tuning.chosen_config == (tuning.best_config if better else tuning.config)
    assert ("best.toml has the given settings" in verdict(tuning)) == (not better)


@pytest.mark.parametrize(
    ("given", "found", "said"),
    [
        ([0.95, 0.97], [0.96, 0.98], "+1.00 points, but the runs of the two overlap, so that may be chance"),
        ([0.97, 0.98], [0.95, 0.96], "-2.00 points, and each of their runs is below .*: keep that one"),
        ([0.95], [0.97], r"1 fresh seed each, .* 97.00 % .*: \+2.00 points, which single runs can't tell"),
        ([None, 0.95], [0.96, 0.97], r"single runs can't .* 1 of these 4 runs failed: the loss is nan\."),
        ([None, None], [0.96, 0.97], r"each, only the best settings found \(trial \d\) finished"),
        ([0.95, 0.95], [None, None], "each, only the given config finished"),
        ([None, None], [None, None], "neither config finished. 4 of these 4 runs failed"),
        (
            [0.95, 0.95],
            [0.99, 0.99],
            r"above each of the given config's. best.toml has them. These settings were selected",
        ),
    ],
)
def test_the_verdict_of_other_outcomes(
    given: list[float | None], found: list[float | None], said: str, tuning: Tuning
) -> None:
    tuning = replace(tuning, given_again=runs(*given), best_again=runs(*found))
    assert re.search(said.replace("+1", r"\+1"), verdict(tuning)), verdict(tuning)


def test_the_table_of_trials(tuning: Tuning) -> None:
    head, rows = trial_table(tuning, 2)
    assert head[:2] == ["", "given"]
    assert len(head) == 4
    assert all(len(row) == 4 for row in rows)
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["training.optimiser"][0] == "adamw"
    config = tuning.best_config
    assert by_name["training.learning_rate"][1] == str(config.training.learning_rate)
    best, second = map(float, by_name["dev accuracy (per cent)"][1:])
    assert best >= second


IMPORTANCES = (
    Importance("learning rate", 0.6, 0.002, -0.5),
    Importance("optimiser", 0.4, 0.01, None),
    Importance("layers", 0.0, 1.0, 0.1),
)


def test_importances(tuning: Tuning) -> None:
    tuning = replace(tuning, importances=IMPORTANCES)
    assert importance_table(tuning)[1] == [
        ["learning rate", "60 %", "0.002", "-0.50"],
        ["optimiser", "40 %", "0.010", "-"],
        ["layers", "0 %", "1.000", "+0.10"],
    ]
    assert importance_sentence(tuning) == (
        "What matters, that is, what sets the best 25 % of the 4 trials apart: the learning rate (60 %) and "
        "the optimiser (40 %). None of the others does so beyond chance."
    )
    assert "TPE" in importance_sentence(replace(tuning, sampler="tpe"))


def test_no_importances(tuning: Tuning) -> None:
    assert "at least 20 trials" in importance_sentence(tuning)
    nothing = replace(tuning, importances=IMPORTANCES[2:])
    assert importance_sentence(nothing).startswith("No knob matters beyond chance")


def test_the_text_is_complete_and_not_too_wide(tuning: Tuning) -> None:
    text = as_text(replace(tuning, importances=IMPORTANCES))
    for word in ("trial 1", "training.optimiser", "correlation", "tiny, dev part: 15 tokens", "What matters"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 110


def test_plain_data(tuning: Tuning) -> None:
    data = json.loads(json.dumps(as_json(replace(tuning, importances=IMPORTANCES))))
    assert data["best"]["accuracy"] == 0.975
    assert data["settings"]["training.optimiser"] == tuning.best_config.training.optimiser
    assert [trial["trial"] for trial in data["trials"]] == [1, 2, 3, 4]
    assert data["importances"][0]["knob"] == "learning rate"
    assert data["verdict"] == verdict(tuning)


@pytest.mark.parametrize("kind", ["logistic", "window", "rnn", "gru", "lstm"])
def test_toml_is_the_config(kind: str, search: Search, tiny_config: MakeConfig) -> None:
    tuning = search(tiny_config(kind, words={"character_dim": 4}), trials=1)
    toml = as_toml(tuning)
    assert parse_config(tomllib.loads(toml)) == tuning.chosen_config == tuning.config, "one seed can't tell"
    better = replace(tuning, given_again=runs(0.9, 0.91), best_again=runs(0.95, 0.96))
    assert parse_config(tomllib.loads(as_toml(better))) == tuning.best_config
    assert "# Changed:" in as_toml(better)
    optimiser = tuning.best_config.training.optimiser
    assert f"#   training.optimiser = {optimiser}  (was adamw)" in toml.splitlines()
    assert "# Found by a search on 'tiny' (random, 1 trials): trial 1, " in toml


def test_toml_of_a_config_with_files(search: Search, tiny_config: MakeConfig) -> None:
    files = {"train": 'odd "name"\n.tsv', "dev": "ü.tsv"}
    tuning = search(tiny_config("logistic", corpus=files), trials=1)
    assert parse_config(tomllib.loads(as_toml(tuning))) == tuning.chosen_config
