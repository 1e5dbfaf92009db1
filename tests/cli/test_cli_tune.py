"""``postagger tune``, as a user meets it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from postagger.cli import main

_QUICK = ["words.word_dim=4", "words.feature_dim=2", "training.epochs=1", "training.device=cpu"]


@pytest.fixture
def tune(tiny_files: list[str], tmp_path: Path) -> Any:
    """``tune("--trials", "2")``: exit status of a search on the tiny files, into `tmp_path` / out."""
    config = tmp_path / "small.toml"
    config.write_text('[model]\nkind = "logistic"\nleft = 0\nright = 0\n', encoding="utf-8")

    def call(*arguments: str) -> int:
        settings = ["--set", *tiny_files, *_QUICK]
        fixed = ["--seeds", "1", "--jobs", "1", "-o", str(tmp_path / "out")]
        try:
            return main(["tune", str(config), *settings, *fixed, *arguments])
        except SystemExit as stop:
            return int(str(stop.code))

    return call


@pytest.fixture
def tiny_files(tiny_corpus: Any, tmp_path: Path) -> list[str]:
    for part in ("train", "dev"):
        lines = (" ".join(f"{word}/{tag}" for word, tag in sentence) for sentence in tiny_corpus.part(part))
        (tmp_path / f"{part}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [f"corpus.{part}={tmp_path / part}.txt" for part in ("train", "dev")]


def test_a_search_from_start_to_a_config_that_train_takes(
    tune: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    best = tmp_path / "out" / "best.toml"
    assert tune("--trials", "2") == 0
    out, err = capsys.readouterr()
    assert out.startswith(" ")
    assert "training.learning_rate" in out
    assert "Trained again with 1 fresh seed each" in out
    assert "[2/2] trial 2: dev " in err
    assert "[1/2] given settings, seed 2: dev " in err
    assert f"postagger train {best}" in err

    assert tune("--trials", "3", "--json") == 0
    out, err = capsys.readouterr()
    assert "trial 2:" not in err
    assert "[3/3] trial 3: dev " in err
    data = json.loads(out)
    assert [trial["trial"] for trial in data["trials"]] == [1, 2, 3]
    assert data["best_config"] == str(best)

    found = best.with_name("found.toml")  # a single fresh seed can't tell whether it is better
    assert main(["train", str(found), "-o", str(tmp_path / "m.safetensors"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["dev"]["accuracy"] == pytest.approx(data["best"]["accuracy"])


def test_minutes_alone_are_a_budget(tune: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune("--minutes", "0.001") == 0
    assert "[1] trial 1: dev " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--trials", "0"], "0 is less than 1"),
        (["--minutes", "-1"], "-1.0 minutes are too few"),
        (["--minutes", "soon"], "invalid float value: 'soon'"),
        (["--sampler", "grid"], "invalid choice: 'grid'"),
        (["--set", "training.epoch=1"], "did you mean 'epochs'"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    arguments: list[str], problem: str, tune: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(*arguments) == 2
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_folder_of_another_search_needs_force(tune: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune("--trials", "1") == 0
    assert tune("--trials", "1", "--sampler", "random") == 2
    assert "holds another search (sampler: tpe there, random now)" in capsys.readouterr().err
    assert tune("--trials", "1", "--sampler", "random", "--force") == 0


def test_no_dev_part(tune: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dev.txt").write_text("\n", encoding="utf-8")
    assert tune("--trials", "1") == 1
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_missing_package_is_named(
    tune: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "optuna" else find(name, *rest)
    )
    assert tune("--trials", "1") == 1
    assert capsys.readouterr().err == "postagger: a search needs optuna: pip install 'postagkit[tune]'\n"
