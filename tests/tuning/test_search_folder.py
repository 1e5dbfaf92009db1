from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, ConfigError, Corpus, DataError, load_config
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
    folder.write_configs("", "")
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


DAMAGED_PLANS = {
    "empty": "",
    "brackets": "[" * 100_000,
    "nested": '{"sampler": ' + "[" * 900 + "]" * 900 + "}",
    "deep": '{"sampler": ' + '{"a": ' * 900 + "1" + "}" * 901,
    "digits": "9" * 5000,
    "a number": "5",
    "a list": "[[]]",
    "no UTF-8": "caf\udce9",
    "NUL": "\0",
    "long": '{"sampler": "' + "x" * 5000 + '\\u001b[2J\\n"}',
}


@pytest.mark.parametrize("text", DAMAGED_PLANS.values(), ids=DAMAGED_PLANS)
def test_a_damaged_plan_is_one_line(text: str, tmp_path: Path) -> None:
    Folder.claim(tmp_path, PLAN)
    (tmp_path / "plan.json").write_text(text, errors="surrogateescape")
    with pytest.raises(ConfigError) as caught:
        Folder.claim(tmp_path, PLAN)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "change",
    [
        {"trial": "one"},
        {"seed": None},
        {"draw": [1]},
        {"draw": {"layers": [1]}},
        {"accuracy": "high"},
        {"accuracy": 2.0},
        {"accuracy": float("nan")},
        {"best_epoch": []},
        {"seconds": None},
        {"seconds": float("inf")},
        {"problem": 7},
        {"another": 1},
    ],
    ids=str,
)
def test_a_damaged_trial_is_named(change: dict[str, Any], tmp_path: Path) -> None:
    folder = Folder.claim(tmp_path, PLAN)
    for run in RUNS:
        folder.add(run)
    lines = folder.trials.read_text(encoding="utf-8").splitlines()
    damaged = [lines[0], json.dumps(json.loads(lines[1]) | change), "[" * 100_000, "9" * 5000]
    folder.trials.write_text("\n".join([*damaged, ""]), encoding="utf-8")
    with pytest.raises(DataError, match=r"trials.jsonl, line 2, is not a trial: remove that line"):
        Folder.claim(tmp_path, PLAN)


def test_a_trial_of_another_search_is_named(search: Search) -> None:
    file = search(trials=1).file.with_name("trials.jsonl")
    line = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    line |= {"trial": 2, "draw": line["draw"] | {"batch size": 10**9}}
    file.write_text(file.read_text(encoding="utf-8") + json.dumps(line) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="trial 2 in the folder of the search has settings that are not"):
        search(trials=2)


def test_names_that_are_no_utf8_come_back_from_the_best_config(
    search: Search, tiny_config: MakeConfig
) -> None:
    tuning = search(tiny_config("logistic", corpus={"train": "caf\udce9.tsv", "dev": "ü.tsv"}), trials=1)
    assert load_config(tuning.file) == tuning.chosen_config
    assert load_config(tuning.file.with_name("found.toml")) == tuning.best_config
