from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, ConfigError, Corpus, DataError
from postagger.tuning.folder import Folder, TrialRun
from postagger.tuning.results import Tuning

MakeConfig = Callable[..., Config]
Search = Callable[..., Tuning]

PLAN = {"sampler": "tpe", "corpus": "tiny", "sentences": "abc", "config": {"training": {"epochs": 2}}}
RUNS = [
    TrialRun(1, 1, {"layers": 2, "optimiser": "sgd"}, 0.5, 3, 1.5),
    TrialRun(2, 1, {}, None, None, 0.1, "naïve"),
]


def test_runs_are_saved(tmp_path: Path) -> None:
    folder = Folder.claim(tmp_path / "a" / "search", PLAN)
    for run in RUNS:
        folder.add(run)
    assert list(Folder.claim(tmp_path / "a" / "search", PLAN).runs.values()) == RUNS


def test_a_line_that_was_cut_off_is_ignored(tmp_path: Path) -> None:
    folder = Folder.claim(tmp_path, PLAN)
    for run in RUNS:
        folder.add(run)
    folder.trials.write_bytes(folder.trials.read_bytes()[:-20])
    folder = Folder.claim(tmp_path, PLAN)
    assert list(folder.runs.values()) == RUNS[:1]
    folder.add(RUNS[1])
    assert list(Folder.claim(tmp_path, PLAN).runs.values()) == RUNS


def test_a_line_that_is_not_a_trial_is_an_error(tmp_path: Path) -> None:
    folder = Folder.claim(tmp_path, PLAN)
    folder.add(RUNS[0])
    with folder.trials.open("a", encoding="utf-8") as file:
        file.write('{"trial": 2}\n')
    with pytest.raises(DataError, match=r"trials.jsonl, line 2, is not a trial"):
        Folder.claim(tmp_path, PLAN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sampler": "random"}, "sampler: tpe there, random now"),
        ({"config": {"training": {"epochs": 3}}}, "config.training.epochs: 2 there, 3 now"),
        ({"sentences": "def"}, r"\(other sentences\)"),
        ({str(number): number for number in range(9)}, "and 4 more"),
    ],
)
def test_the_folder_of_another_search_is_rejected(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    Folder.claim(tmp_path, PLAN).add(RUNS[0])
    with pytest.raises(ConfigError, match=rf"holds another search .*{message}.*--force"):
        Folder.claim(tmp_path, PLAN | change)
    assert Folder.claim(tmp_path, PLAN).runs


def test_force_clears_the_folder_of_another_search_and_no_other(tmp_path: Path) -> None:
    folder = Folder.claim(tmp_path, PLAN)
    folder.add(RUNS[0])
    folder.write_best("")
    assert Folder.claim(tmp_path, PLAN, force=True).runs
    other = Folder.claim(tmp_path, PLAN | {"sampler": "random"}, force=True)
    assert not other.runs
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.json"]
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["sampler"] == "random"


@pytest.mark.parametrize("plan", ["[]", "{}", "{", '{"systems": {}}'])
def test_a_plan_of_something_else_is_left_alone(plan: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(plan, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"plan.json is not the plan of a search"):
        Folder.claim(tmp_path, PLAN, force=True)
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == plan


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    for path in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(ConfigError, match="does not hold a search"):
            Folder.claim(path, PLAN, force=True)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot use the folder"):
        Folder.claim(tmp_path / "file" / "search", PLAN)


# -- what is part of the plan -----------------------------------------------------------------------


def test_another_config_is_another_search(search: Search, tiny_config: MakeConfig) -> None:
    search(trials=1)
    with pytest.raises(ConfigError, match=r"config.training.epochs: 2 there, 3 now"):
        search(tiny_config("logistic", training={"epochs": 3}))


def test_other_sentences_are_another_search(search: Search, tiny_corpus: Corpus) -> None:
    search(trials=1)
    for other in (
        replace(tiny_corpus, train=tiny_corpus.train[1:]),
        replace(tiny_corpus, dev=tiny_corpus.dev[1:]),
    ):
        with pytest.raises(ConfigError, match="other sentences"):
            search(corpus=other)
    search(trials=1, corpus=replace(tiny_corpus, test=[]))  # test is not part of the plan


def test_another_sampler_is_another_search(search: Search) -> None:
    search(trials=1)
    with pytest.raises(ConfigError, match="sampler: random there, tpe now"):
        search(sampler="tpe")
    assert len(search(sampler="tpe", trials=2, force=True).trials) == 2
