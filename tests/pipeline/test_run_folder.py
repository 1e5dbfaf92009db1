"""A run that is interrupted goes on, and ends as the unbroken run does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from postagger import Config, ConfigError, Corpus, EpochRecord, ModelFileError, Tagger
from postagger.pipeline import RunFolder
from postagger.training import descent

MakeConfig = Callable[..., Config]


class PowerCutError(Exception):
    """A power cut."""


RUNS: dict[str, dict[str, Any]] = {
    "window": {},
    "lstm": {"kind": "lstm", "words": {"dropout": 0.3, "case_noise": 0.3, "word_dropout": 0.3}},
    "crf": {"model": {"output": "crf"}},
    "momentum": {"training": {"optimiser": "momentum", "schedule": "cosine"}},
    "averaged, R-Drop": {"training": {"averaging": 0.9, "rdrop_weight": 1.0}, "words": {"dropout": 0.3}},
    "patience": {"training": {"epochs": 9, "patience": 1}},
    "masked words": {"pretraining": {"text": ["sample"], "epochs": 1, "vocabulary_size": 20}},
    "frozen": {
        "pretraining": {"corpora": ["sample"], "epochs": 1},
        "transfer": {"frozen": "backbone", "frozen_epochs": 1},
    },
    "several data sets": {"datasets": [{"name": "sample", "head": "other", "weight": 0.5}]},
    "own teachers": {"distillation": {"text": ["sample"], "seeds": 2, "weight": 0.5}},
}


def _config(make: MakeConfig, run: dict[str, Any]) -> Config:
    sections = {name: value for name, value in run.items() if name != "kind"}
    sections["training"] = {"epochs": 3, "batch_size": 8, "seed": 5} | run.get("training", {})
    return make(run.get("kind", "window"), **sections)


def _bytes(tagger: Tagger, file: Path) -> bytes:
    tagger.save(file)
    return file.read_bytes()


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("life", [1, 5])
def test_a_run_that_is_cut_off_again_and_again_gives_the_same_model(
    run: dict[str, Any],
    life: int,
    tiny_corpus: Corpus,
    tiny_config: MakeConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The power fails in the middle of every so many updates; the state is saved after each."""
    config = _config(tiny_config, run)
    told: list[EpochRecord] = []
    unbroken = Tagger.train(tiny_corpus, config, on_epoch=told.append)
    monkeypatch.setattr("postagger.training.checkpoints._SHARE", 0)
    real = descent.Descent._update
    lives = left = 0

    def update(self: descent.Descent, loss: torch.Tensor) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise PowerCutError
        real(self, loss)

    monkeypatch.setattr(descent.Descent, "_update", update)
    epochs: dict[Any, EpochRecord] = {}
    while True:
        lives, left = lives + 1, life
        try:
            folder = RunFolder(tmp_path / "run", interval=1e-9)
            resumed = Tagger.train(
                tiny_corpus,
                config,
                on_epoch=lambda record: epochs.update({(record.stage, record.epoch): record}),
                checkpoints=folder,
            )
            break
        except PowerCutError:
            continue
    assert _bytes(resumed, tmp_path / "a") == _bytes(unbroken, tmp_path / "b")
    assert lives > (3 if life == 1 else 0)
    assert [(each.stage, each.loss) for each in epochs.values()] == [(each.stage, each.loss) for each in told]
    assert not list((tmp_path / "run").glob("*.checkpoint"))


def test_a_folder_is_for_one_run(tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path) -> None:
    Tagger.train(tiny_corpus, tiny_config(), checkpoints=tmp_path)
    with pytest.raises(ConfigError, match=r"another run.*other settings"):
        Tagger.train(tiny_corpus, tiny_config(training={"seed": 2}), checkpoints=tmp_path)
    with pytest.raises(ConfigError, match=r"another run.*other settings and data"):
        Tagger.train(tiny_corpus.train, tiny_config(), checkpoints=tmp_path)
    with pytest.raises(ConfigError, match="checkpoints must be a folder"):
        Tagger.train(tiny_corpus, tiny_config(), checkpoints=tmp_path / "run.json")
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        with pytest.raises(ConfigError, match=f"{threads} threads there.*{threads + 1} threads here"):
            Tagger.train(tiny_corpus, tiny_config(), checkpoints=tmp_path)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_damaged_folder_is_one_error(
    damage: bytes, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    (tmp_path / "run.json").write_bytes(damage)
    with pytest.raises((ModelFileError, ConfigError), match=str(tmp_path)):
        Tagger.train(tiny_corpus, tiny_config(), checkpoints=tmp_path)


def test_a_damaged_checkpoint_is_one_error(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    Tagger.train(tiny_corpus, tiny_config(), checkpoints=tmp_path)
    (tmp_path / "1.safetensors").rename(tmp_path / "1.checkpoint")
    with pytest.raises(ModelFileError, match=r"checkpoint.*is damaged"):
        Tagger.train(tiny_corpus, tiny_config(), checkpoints=tmp_path)


def test_what_cannot_be_saved_does_not_end_the_training(
    tiny_corpus: Corpus,
    tiny_config: MakeConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("postagger.training.run_state.write_whole", full)
    monkeypatch.setattr("postagger.training.checkpoints._SHARE", 0)
    tagger = Tagger.train(tiny_corpus, tiny_config(), checkpoints=RunFolder(tmp_path, interval=1e-9))
    assert tagger.record.epochs == 2
    assert "No space left on device" in capsys.readouterr().err


SCRIPT = """
import os, signal, sys
from postagger.cli import main
from postagger.training import descent
real, number = descent.Descent._update, int(sys.argv[1])
left = 6
def update(self, loss):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), number)
    real(self, loss)
descent.Descent._update = update
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_training_which_can_go_on(
    number: int, status: int, tiny_file: Path, tmp_path: Path
) -> None:
    settings = [f"corpus.train={tiny_file}", "training.epochs=4", "training.batch_size=4", "model.hidden=[8]"]

    def train(name: str, *more: str, signalled: int = 0) -> subprocess.CompletedProcess[str]:
        arguments = ["train", "window", "--set", *settings, "-o", str(tmp_path / name), *more]
        return subprocess.run(
            [sys.executable, "-c", SCRIPT, str(signalled), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    assert train("unbroken.safetensors").returncode == 0
    stopped = train("model.safetensors", signalled=number)
    assert stopped.returncode == status
    last = stopped.stderr.splitlines()[-1]
    assert last.startswith("stopped; to go on: postagger train window --set ")
    assert last.endswith(" --resume")
    again = train("model.safetensors")
    assert again.returncode == 1
    assert "has an interrupted run: go on with --resume" in again.stderr
    assert train("model.safetensors", "--resume").returncode == 0
    unbroken, resumed = ((tmp_path / f"{name}.safetensors").read_bytes() for name in ("unbroken", "model"))
    assert resumed == unbroken
    assert not (tmp_path / "model.run").exists()
    losses = [
        [
            json.loads(line).get("loss")
            for line in (tmp_path / f"{name}.metrics.jsonl").read_text().splitlines()
        ]
        for name in ("unbroken", "model")
    ]
    assert losses[0] == losses[1]
