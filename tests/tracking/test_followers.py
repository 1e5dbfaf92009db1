"""What trackers are told, and that none of them can end a training."""

from __future__ import annotations

import json
import os
import signal
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, Corpus, EpochRecord, PostaggerError, Tagger
from postagger.cli import main
from postagger.errors import ConfigError
from postagger.tracking import Outcome, Run, TensorBoard, Tracker, metrics_of, results_of, tracker_named
from postagger.tracking.tracker import plain

MakeConfig = Callable[..., Config]


class Book:
    """Notes what it is told; fails at the method `broken`, if one is named."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.runs: list[Run] = []
        self.epochs: list[tuple[str, int]] = []
        self.outcomes: list[Outcome] = []

    def begin(self, run: Run) -> Mapping[str, str]:
        self.runs.append(run)
        self._fail("begin")
        return {"number": run.state.get("number", "7")}

    def epoch(self, record: EpochRecord) -> None:
        self.epochs.append((record.stage, record.epoch))
        self._fail("epoch")

    def end(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._fail("end")

    def _fail(self, where: str) -> None:
        if where == self.broken:
            raise OSError("the server\nis gone")


def test_a_class_with_three_methods_is_a_tracker() -> None:
    assert isinstance(Book(), Tracker)
    assert not isinstance(print, Tracker)


def test_settings_come_first_then_epochs_then_the_end(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    book, records = Book(), list[EpochRecord]()
    tagger = Tagger.train(tiny_corpus, tiny_config(), on_epoch=[book, records.append])
    (run,) = book.runs
    assert run.settings["model.kind"] == "window"
    assert run.settings["model.hidden"] == "16"
    assert run.settings["training.epochs"] == 2
    assert run.settings["corpus.name"] == "tiny"
    assert run.facts["train_sentences"] == 16
    assert run.state == {}
    assert book.epochs == [("", 1), ("", 2)]
    assert [record.epoch for record in records] == [1, 2]
    assert book.outcomes == [Outcome("finished", "", tagger.record)]


def test_stages_are_told_apart(
    tiny_corpus: Corpus, tiny_config: MakeConfig, write: Callable[..., str]
) -> None:
    text = write("text.txt", [[word for word, _ in sentence] for sentence in tiny_corpus.train])
    book, seen = Book(), list[EpochRecord]()
    config = tiny_config(
        pretraining={"text": [text], "epochs": 1},
        distillation={"text": [text], "seeds": 1},
        training={"epochs": 1},
    )
    Tagger.train(tiny_corpus, config, on_epoch=[book, seen.append])
    assert book.epochs == [("pretraining", 1), ("teacher 1", 1), ("", 1)]
    assert set(metrics_of(seen[1])) == {"teacher 1/loss", "teacher 1/seconds", "teacher 1/dev_accuracy"}
    assert set(metrics_of(seen[2])) == {"training/loss", "training/seconds", "training/dev_accuracy"}
    book = Book()
    Tagger.pretrain(config, on_epoch=book)
    assert book.epochs == [("pretraining", 1)]
    assert [each.status for each in book.outcomes] == ["finished"]


@pytest.mark.parametrize("broken", ["begin", "epoch", "end"])
def test_a_tracker_that_fails_is_warned_of_once_and_left_alone(
    broken: str, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    bad, good = Book(broken), Book()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tagger = Tagger.train(tiny_corpus, tiny_config(), on_epoch=[bad, good])
    (warning,) = caught
    assert str(warning.message).startswith("Book can't log ")
    assert str(warning.message).endswith("the training goes on without it: the server is gone")
    assert tagger.record.epochs == 2
    assert good.epochs == [("", 1), ("", 2)]
    assert len(bad.epochs) == {"begin": 0, "epoch": 1, "end": 2}[broken]
    assert len(bad.outcomes) == (broken == "end")


def test_a_function_that_fails_still_ends_the_training(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    book = Book()

    def fail(record: EpochRecord) -> None:
        raise ValueError(f"epoch {record.epoch}")

    with pytest.raises(ValueError, match="epoch 1"):
        Tagger.train(tiny_corpus, tiny_config(), on_epoch=[book, fail])
    assert book.outcomes == [Outcome("failed", "epoch 1")]


def test_a_divergence_is_told(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    book = Book()
    settings = {"optimiser": "momentum", "learning_rate": 1000.0, "weight_decay": 10.0, "clip_norm": 0.0}
    with pytest.raises(ConfigError, match="training diverged"):
        Tagger.train(tiny_corpus, tiny_config(training=settings | {"batch_size": 1}), on_epoch=book)
    (outcome,) = book.outcomes
    assert outcome.status == "failed"
    assert "training diverged" in outcome.problem


def test_nothing_begins_if_the_input_is_wrong(tiny_config: MakeConfig) -> None:
    book = Book()
    with pytest.raises(PostaggerError):
        Tagger.train([], tiny_config(), on_epoch=book)
    assert (book.runs, book.outcomes) == ([], [])


def test_a_run_that_goes_on_is_the_same_and_no_epoch_is_told_twice(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    config = tiny_config(training={"epochs": 4})
    first, second, third = Book(), Book(), Book()

    def stop(record: EpochRecord) -> None:
        if record.epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Tagger.train(tiny_corpus, config, on_epoch=[first, stop], checkpoints=tmp_path / "run")
    assert [each.status for each in first.outcomes] == ["interrupted"]
    assert first.epochs == [("", 1), ("", 2)]
    noted = tmp_path / "run" / "trackers.json"
    assert json.loads(noted.read_text()) == {"states": {"0 Book": {"number": "7"}}, "told": {"": 2}}
    Tagger.train(tiny_corpus, config, on_epoch=second, checkpoints=tmp_path / "run")
    assert second.runs[0].state == {"number": "7"}
    assert second.epochs == [("", 3), ("", 4)]
    assert [each.status for each in second.outcomes] == ["finished"]
    for damaged in ("{", "[]", '{"states": {"0 Book": 3}, "told": {}}', '{"states": {}, "told": {"": "x"}}'):
        noted.write_text(damaged)
        Tagger.train(tiny_corpus, config, on_epoch=third, checkpoints=tmp_path / "run")
    assert [run.state for run in third.runs] == [{}] * 4


def test_the_folder_of_another_run_is_not_logged(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    Tagger.train(tiny_corpus, tiny_config(), checkpoints=tmp_path / "run")
    book = Book()
    with pytest.raises(ConfigError, match="is the folder of another run"):
        Tagger.train(
            tiny_corpus, tiny_config(training={"epochs": 3}), on_epoch=book, checkpoints=tmp_path / "run"
        )
    assert book.runs == []


@pytest.mark.parametrize("hook", [7, "tensorboard", None, [print, 7], Book])
def test_what_is_neither_a_function_nor_a_tracker_is_refused(
    hook: Any, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    with pytest.raises(ConfigError, match="on_epoch"):
        Tagger.train(tiny_corpus, tiny_config(), on_epoch=hook)


def test_figures_have_names_that_every_tracker_takes() -> None:
    record = EpochRecord(
        1, 2, 0.5, 0.25, 3.0, "teacher 1, pretraining", {"a/b: ü*": 0.5, "..": None, ".": 0.1}
    )
    assert metrics_of(record) == {
        "teacher 1/pretraining/loss": 0.5,
        "teacher 1/pretraining/seconds": 3.0,
        "teacher 1/pretraining/dev_accuracy": 0.25,
        "teacher 1/pretraining/dev_accuracy/a_b_ ü_": 0.5,
        "teacher 1/pretraining/dev_accuracy/_": 0.1,
    }
    assert plain("xpos") == "xpos"


def test_results_are_those_of_the_record(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    record = Tagger.train(tiny_corpus, tiny_config()).record
    assert results_of(record) == {
        "best_epoch": record.best_epoch,
        "best_dev_accuracy": record.dev_accuracy,
        "test_accuracy": record.test_accuracy,
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tensorbord:x", "did you mean tensorboard"),
        ("tensorboard", "lacks its folder"),
        ("mlflow:", "lacks its folder or its name"),
        ("", "is no place to log to"),
        ("comet:x", "use tensorboard:FOLDER, mlflow"),
    ],
)
def test_a_wrong_name_is_one_line_and_status_2(
    name: str, message: str, tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match=message):
        tracker_named(name)
    model = str(tmp_path / "m.safetensors")
    settings = ["--set", f"corpus.train={tiny_file}", "training.epochs=1"]
    assert main(["train", "window", *settings, "-o", model, "--log-to", name]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not Path(model).exists()


def test_a_missing_package_is_told_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    for name, package in (("tensorboard:x", "tensorboard"), ("mlflow", "mlflow"), ("wandb", "wandb")):
        with pytest.raises(PostaggerError, match=rf"needs {package}: pip install 'postagkit\[track\]'"):
            tracker_named(name)
    monkeypatch.undo()
    pytest.importorskip("tensorboard", reason="needs the extra track")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is a file: name a folder"):
        TensorBoard(tmp_path / "file")
