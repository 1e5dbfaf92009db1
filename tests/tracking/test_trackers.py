"""TensorBoard, MLflow and Weights & Biases: what they have stored is read back with their own libraries."""

from __future__ import annotations

import importlib
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, Corpus, EpochRecord, Tagger
from postagger.cli import main
from postagger.tracking import MLflow, TensorBoard, WandB

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

MakeConfig = Callable[..., Config]


def stop(record: EpochRecord) -> None:
    if record.epoch == 1:
        os.kill(os.getpid(), signal.SIGINT)


def curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """The scalars in a folder's event files, ``(step, value)`` by tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder)).Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]
    }


def test_tensorboard_has_curves_settings_and_the_test_accuracy(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra track")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    seen = list[EpochRecord]()
    tagger = Tagger.train(tiny_corpus, tiny_config(), on_epoch=[TensorBoard(tmp_path / "tb"), seen.append])
    found = curves(tmp_path / "tb")
    for name, values in (
        ("training/loss", [each.loss for each in seen]),
        ("training/dev_accuracy", [each.dev_accuracy for each in seen]),
    ):
        assert [step for step, _ in found[name]] == [1, 2]
        assert [value for _, value in found[name]] == pytest.approx(values)
    assert found["test_accuracy"][0][1] == pytest.approx(tagger.record.test_accuracy)
    events = EventAccumulator(str(tmp_path / "tb")).Reload()
    text = events.Tensors("settings/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "model.kind = window" in text
    start = HParamsPluginData.FromString(
        events.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    )
    assert start.session_start_info.hparams["training.epochs"].number_value == 2
    assert start.session_start_info.hparams["model.kind"].string_value == "window"


def test_tensorboard_goes_on_in_the_same_curves(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra track")
    config = tiny_config(training={"epochs": 3})
    with pytest.raises(KeyboardInterrupt):
        Tagger.train(
            tiny_corpus, config, on_epoch=[TensorBoard(tmp_path / "tb"), stop], checkpoints=tmp_path / "run"
        )
    Tagger.train(tiny_corpus, config, on_epoch=TensorBoard(tmp_path / "tb"), checkpoints=tmp_path / "run")
    assert [step for step, _ in curves(tmp_path / "tb")["training/loss"]] == [1, 2, 3]


def test_the_command_line_logs_to_tensorboard(
    tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra track")
    settings = [f"corpus.train={tiny_file}", "training.epochs=2", "training.device=cpu"]
    folder = tmp_path / "tb"
    model = str(tmp_path / "m.safetensors")
    assert (
        main(["train", "window", "--set", *settings, "-o", model, "--log-to", f"tensorboard:{folder}"]) == 0
    )
    assert [step for step, _ in curves(folder)["training/loss"]] == [1, 2]
    model = str(tmp_path / "b.safetensors")
    again = ["--config", "window", "--set", "pretraining.epochs=1", *settings, "-o", model]
    assert main(["pretrain", str(tiny_file), *again, "--log-to", f"tensorboard:{tmp_path / 'pre'}"]) == 0
    assert [step for step, _ in curves(tmp_path / "pre")["pretraining/loss"]] == [1]
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.slow
def test_mlflow_has_parameters_metrics_and_a_status(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs the extra track")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    seen = list[EpochRecord]()
    tracker = MLflow("tiny", name="first", tracking_uri=uri)
    tagger = Tagger.train(tiny_corpus, tiny_config(), on_epoch=[tracker, seen.append])
    client = mlflow.MlflowClient(uri)
    run = client.get_run(tracker.run_id)
    assert client.get_experiment(run.info.experiment_id).name == "tiny"
    assert (run.info.status, run.info.run_name) == ("FINISHED", "first")
    assert run.data.params["model.kind"] == "window"
    assert run.data.params["training.epochs"] == "2"
    history = client.get_metric_history(tracker.run_id, "training/loss")
    assert [(each.step, each.value) for each in history] == [(each.epoch, each.loss) for each in seen]
    assert run.data.metrics["test_accuracy"] == tagger.record.test_accuracy
    assert mlflow.active_run() is None


@pytest.mark.slow
def test_mlflow_goes_on_with_the_run_that_was_interrupted(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs the extra track")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = mlflow.MlflowClient(uri)
    config = tiny_config(training={"epochs": 3})
    first = MLflow(tracking_uri=uri)
    with pytest.raises(KeyboardInterrupt):
        Tagger.train(tiny_corpus, config, on_epoch=[first, stop], checkpoints=tmp_path / "run")
    assert client.get_run(first.run_id).info.status == "KILLED"
    second = MLflow(tracking_uri=uri)
    Tagger.train(tiny_corpus, config, on_epoch=second, checkpoints=tmp_path / "run")
    assert second.run_id == first.run_id
    assert client.get_run(first.run_id).info.status == "FINISHED"
    history = client.get_metric_history(first.run_id, "training/loss")
    assert [each.step for each in history] == [1, 2, 3]


@pytest.mark.slow
def test_a_store_that_can_not_be_reached_does_not_end_the_training(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    pytest.importorskip("mlflow", reason="needs the extra track")
    tracker = MLflow(tracking_uri=f"sqlite:///{tmp_path}/no/such/folder/\0/mlflow.db")
    with pytest.warns(RuntimeWarning, match="MLflow can't log the start, so the training goes on without it"):
        assert Tagger.train(tiny_corpus, tiny_config(), on_epoch=tracker).record.epochs == 2


@pytest.mark.slow
def test_wandb_has_the_config_the_history_and_a_summary(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb", reason="needs the extra track")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    seen = list[EpochRecord]()
    tagger = Tagger.train(tiny_corpus, tiny_config(), on_epoch=[WandB("tiny", folder=tmp_path), seen.append])
    config, history, summary, exit_code = wandb_run(tmp_path)
    assert config["model.kind"] == "window"
    assert config["training.epochs"] == 2
    rows = [(row["training/epoch"], row["training/loss"]) for row in history]
    assert rows == [(each.epoch, each.loss) for each in seen]
    assert summary["test_accuracy"] == tagger.record.test_accuracy
    assert exit_code == 0


def log_records(content: bytes) -> Iterator[bytes]:
    """The records of a file in LevelDB's log format: blocks of 32 KiB, records in one piece or several."""
    assert content.startswith(b":W&B")
    place, parts = 7, b""
    while place + 7 <= len(content):
        left = 2**15 - place % 2**15
        if left < 7:
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", content, place)
        parts += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last piece
            yield parts
            parts = b""


def wandb_run(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any], int]:
    """The config, the history, the summary and the exit code in the file of a run that was offline."""
    Record = importlib.import_module("wandb.proto.wandb_internal_pb2").Record  # noqa: N806 (a class)

    (file,) = folder.rglob("*.wandb")
    config: dict[str, Any] = {}
    history: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    exit_code = -1

    def items(found: Any) -> dict[str, Any]:
        return {each.key or ".".join(each.nested_key): json.loads(each.value_json) for each in found}

    for data in log_records(file.read_bytes()):
        record = Record.FromString(data)
        match record.WhichOneof("record_type"):
            case "run":
                config |= items(record.run.config.update)
            case "config":
                config |= items(record.config.update)
            case "history":
                history.append(items(record.history.item))
            case "summary":
                summary |= items(record.summary.update)
            case "exit":
                exit_code = record.exit.exit_code
    return config, history, summary, exit_code


@pytest.mark.slow
def test_no_tracker_is_imported_unless_it_is_asked_for() -> None:
    program = (
        "import sys, postagger.tracking, postagger.pipeline\n"
        "print([name for name in ('tensorboard', 'mlflow', 'wandb') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
