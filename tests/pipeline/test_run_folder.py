"""A run that is interrupted goes on, and ends as the unbroken run does."""

from __future__ import annotations

import contextlib
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
from postagger.training import descent, register_optimiser

MakeConfig = Callable[..., Config]


class PowerCutError(Exception):
    """A power cut."""


TEXT = "the file of tiny sentences"

RUNS: dict[str, dict[str, Any]] = {
    "window": {},
    "lstm": {"kind": "lstm", "words": {"dropout": 0.3, "case_noise": 0.3, "word_dropout": 0.3}},
    "crf": {"model": {"output": "crf"}},
    "momentum": {"training": {"optimiser": "momentum", "schedule": "cosine"}},
    "averaged, R-Drop": {"training": {"averaging": 0.9, "rdrop_weight": 1.0}, "words": {"dropout": 0.3}},
    "patience": {"training": {"epochs": 9, "patience": 1}},
    "masked words": {"pretraining": {"text": [TEXT], "epochs": 1, "vocabulary_size": 20}},
    "frozen": {
        "pretraining": {"text": [TEXT], "epochs": 1, "vocabulary_size": 20},
        "transfer": {"frozen": "backbone", "frozen_epochs": 1},
    },
    "several data sets": {"datasets": [{"train": TEXT, "head": "other", "weight": 0.5}]},
    "own teachers": {"distillation": {"text": [TEXT], "seeds": 2, "weight": 0.5}},
}


def _config(make: MakeConfig, run: dict[str, Any]) -> Config:
    sections = {name: value for name, value in run.items() if name != "kind"}
    sections["training"] = {"epochs": 3, "batch_size": 4, "seed": 5} | run.get("training", {})
    return make(run.get("kind", "window"), **sections)


def _bytes(tagger: Tagger, file: Path) -> bytes:
    tagger.save(file)
    return file.read_bytes()


@pytest.fixture
def cut_off(
    tiny_corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Config, int], int]:
    """``cut_off(config, life)`` trains, and the power fails in the middle of every so many updates.

    The state is saved after each. It compares with the unbroken run, and gives the number of lives.
    """

    def try_out(config: Config, life: int) -> int:
        told: list[EpochRecord] = []
        unbroken = Tagger.train(tiny_corpus, config, on_epoch=told.append)
        monkeypatch.setattr("postagger.training.checkpoints._SHARE", 0)
        real = descent.Descent._update
        lives = left = 0

        def update(self: descent.Descent, loss: torch.Tensor) -> torch.Tensor:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCutError
            return real(self, loss)

        monkeypatch.setattr(descent.Descent, "_update", update)
        epochs: dict[Any, EpochRecord] = {}
        resumed = None
        while resumed is None:
            lives, left = lives + 1, life
            with contextlib.suppress(PowerCutError):
                resumed = Tagger.train(
                    tiny_corpus,
                    config,
                    on_epoch=lambda record: epochs.update({(record.stage, record.epoch): record}),
                    checkpoints=RunFolder(tmp_path / "run", interval=1e-9),
                )
        assert _bytes(resumed, tmp_path / "a") == _bytes(unbroken, tmp_path / "b")
        assert [(each.stage, each.loss) for each in epochs.values()] == [
            (each.stage, each.loss) for each in told
        ]
        assert not list((tmp_path / "run").glob("*.checkpoint"))
        return lives

    return try_out


CutOff = Callable[[Config, int], int]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_run_that_is_cut_off_again_and_again_gives_the_same_model(
    run: dict[str, Any], tiny_config: MakeConfig, tiny_file: Path, cut_off: CutOff
) -> None:
    there = json.loads(json.dumps(run).replace(TEXT, str(tiny_file)))
    assert cut_off(_config(tiny_config, there), 3) > 3


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_so_does_an_encoder(dtype: str, encoder_config: Callable[..., Config], cut_off: CutOff) -> None:
    """Its layers draw their dropout from torch's random numbers."""
    assert cut_off(encoder_config(dropout=0.2, training={"dtype": dtype}), 3) > 1


def test_so_does_an_optimiser_from_elsewhere(tiny_config: MakeConfig, cut_off: CutOff) -> None:
    class Noisy(torch.optim.SGD):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            super().step(closure)
            for group in self.param_groups:
                for weights in group["params"]:
                    state = self.state[weights]
                    state["steps"] = state.get("steps", 0) + 1
                    weights.data += 1e-3 / state["steps"] * torch.randn_like(weights)

    register_optimiser("noisy", learning_rate=0.1)(
        lambda parameters, config: Noisy(parameters, config.learning_rate)
    )
    assert cut_off(tiny_config(training={"optimiser": "noisy", "batch_size": 8}), 2) > 1


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
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore it
from postagger.cli import main
from postagger.training import descent
real, number = descent.Descent._update, int(sys.argv[1])
left = 6
def update(self, loss):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), number)
    return real(self, loss)
descent.Descent._update = update
sys.exit(main(sys.argv[2:]))
"""


def test_signals_stop_a_training_which_can_go_on(tiny_file: Path, tmp_path: Path) -> None:
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
    for number, status, more in ((signal.SIGINT, 130, []), (signal.SIGTERM, 143, ["--resume"])):
        stopped = train("model.safetensors", *more, signalled=number)
        assert stopped.returncode == status
        last = stopped.stderr.splitlines()[-1]
        assert last.startswith("stopped; to go on: postagger train window --set ")
        assert last.endswith(" --resume")
    assert train("model.safetensors", "--resume").returncode == 0
    unbroken, resumed = ((tmp_path / f"{name}.safetensors").read_bytes() for name in ("unbroken", "model"))
    assert resumed == unbroken
    assert not (tmp_path / "model.run").exists()
    first, second = (_losses(tmp_path / f"{name}.metrics.jsonl") for name in ("unbroken", "model"))
    assert first == second


def _losses(file: Path) -> list[float | None]:
    return [json.loads(line).get("loss") for line in file.read_text().splitlines()]
