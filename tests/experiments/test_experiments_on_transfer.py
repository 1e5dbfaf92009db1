"""The experiments on parts of a config and on other registers: ablation, adaptation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ablation
import adaptation
import pytest
from common import CONFIGS

from postagger import Config, Corpus
from postagger.comparison.style import drawing

pytest.importorskip("matplotlib")
pytest.importorskip("scipy")

MakeConfig = Callable[..., Config]


@pytest.mark.parametrize("name", ["window", "lstm", "crf"])
def test_an_ablation_changes_one_thing_at_a_time(name: str) -> None:
    whole, *changed = ablation.systems(CONFIGS / f"{name}.toml")
    assert whole.name == ablation.WHOLE
    assert len({system.config.model_dump_json() for system in (whole, *changed)}) == 1 + len(changed) > 8
    names = {system.name for system in changed}
    assert ("one more hidden layer" in names) == (name == "window")
    assert ("two layers" in names) == (name == "lstm")
    assert ("softmax output" in names) == (name == "crf")


def test_ablation(
    one_thread: None,
    tiny_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert one_thread is None
    config = tmp_path / "tiny.toml"
    config.write_text("[model]\nkind = 'window'\nhidden = [8]\n[training]\nepochs = 1\n", encoding="utf-8")
    changes = {name: ablation.CHANGES[name] for name in ("no affixes", "two layers", "cosine schedule")}
    monkeypatch.setattr(ablation, "CHANGES", changes)
    places = ["--runs", str(tmp_path / "runs"), "-o", str(tmp_path / "picture.png"), "--jobs", "1"]
    given = ["--corpus", str(tiny_file), "--seeds", "2", "--config", str(config)]
    monkeypatch.setattr(sys, "argv", ["ablation.py", *given, *places])
    ablation.main()
    output = capsys.readouterr().out
    lines = [line for line in output.splitlines() if line.startswith("|")][2:]
    assert [line.split("|")[1].strip() for line in lines] == ["unchanged", "no affixes", "cosine schedule"]
    assert (tmp_path / "picture.png").stat().st_size > 5_000


@pytest.fixture
def setting(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Two registers of tiny sentences, the new one spelled backwards; small models."""

    def backwards(sentences: list[list[tuple[str, str]]]) -> list[list[tuple[str, str]]]:
        return [[(word[::-1], tag) for word, tag in sentence] for sentence in sentences]

    def config_of(task: adaptation.Task) -> Config:
        keep = {"keep_head": task.method in (adaptation.FURTHER, adaptation.MIXED)}
        return tiny_config("window", training={"epochs": 12, "learning_rate": 0.02}, transfer=keep)

    monkeypatch.setattr(adaptation, "config_of", config_of)
    new = replace(tiny_corpus, train=backwards(tiny_corpus.train), dev=backwards(tiny_corpus.train[:4]))
    return adaptation.Setting(replace(tiny_corpus, dev=tiny_corpus.train[:4]), new, tmp_path)


def test_adaptation_trains_a_tagger_further(setting: adaptation.Setting) -> None:
    before = adaptation.train_one(setting, adaptation.Task(adaptation.UNADAPTED, 0, 1))
    after = adaptation.train_one(setting, adaptation.Task(adaptation.FURTHER, 16, 1))
    assert before["old"] > before["new"]
    assert after["new"] > before["new"]


def test_the_taggers_of_adaptation_share_a_head(tiny_corpus: Corpus) -> None:
    """A corpus in universal tags, and documents of another one, have heads of other names by themselves."""
    universal = tiny_corpus.settings.model_copy(update={"tagset": "universal"})
    for corpus in (replace(tiny_corpus, loaded_from=universal), replace(tiny_corpus, name="prose")):
        found = adaptation.with_head(corpus)
        assert found.head == adaptation.HEAD == adaptation.config_of(adaptation.Task("", 0, 1)).corpus.head
        assert found.train is corpus.train


def test_adaptation_reports_gain_and_loss() -> None:
    outcomes: adaptation.Outcomes = {
        (adaptation.UNADAPTED, 0): [{"new": 0.90, "old": 0.97}, {"new": 0.90, "old": 0.97}]
    }
    for size in adaptation.SIZES:
        outcomes[adaptation.SCRATCH, size] = [{"new": 0.80, "old": 0.70}] * 2
        outcomes[adaptation.FURTHER, size] = [{"new": 0.94, "old": 0.95}] * 2
        outcomes[adaptation.MIXED, size] = [{"new": 0.93, "old": 0.97}, {"new": 0.93, "old": 0.96}]
    rows = [line for line in adaptation.as_table(outcomes).splitlines() if "trained further, mixed" in line]
    assert [row.split("|")[-2].strip() for row in rows] == ["+0.50"] * 3
    assert (
        "+3.00 points against the tagger that is not adapted and +13.00 against one from scratch"
        in adaptation.verdict(outcomes)
    )
    with drawing():
        assert adaptation.picture(outcomes, "tiny") is not None
