"""Several processes that train together give what one gives, and only the first one writes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import PATIENCE, ends, start, store_of_the_first
from safetensors.torch import load_file

from postagger import Config, ConfigError, DeviceError, Tagger, load_corpus
from postagger.io.launch import Launch, check_alone, launch
from postagger.training.distributed import choose_gpu, together, world

MakeConfig = Callable[..., Config]

TRAIN = """
import json, os, sys
from pathlib import Path
from postagger import Tagger, PostaggerError, load_corpus

rank, folder, corpus = os.environ["RANK"], Path(sys.argv[1]), sys.argv[2]
written, watching = [], False

def watch(event, given):
    if watching and event == "open" and isinstance(given[0], str) and given[2] & (os.O_WRONLY | os.O_RDWR):
        written.append(given[0])
    elif watching and event in ("os.mkdir", "os.remove", "os.rename"):
        written.append(str(given[0]))

sys.addaudithook(watch)
told = []
corpus = load_corpus(corpus)
for name, config in json.loads((folder / "configs.json").read_text()).items():
    watching = True
    tagger = Tagger.train(
        corpus, config, checkpoints=folder / f"{name}.run", cache=folder / "cache", on_epoch=told.append
    )
    watching = False
    tagger.save(folder / f"{name}.{rank}.safetensors")
try:
    Tagger.train(corpus, {**config, "training": {**config["training"], "seed": int(rank)}})
except PostaggerError as error:
    refused = str(error)
result = {"written": [each for each in written if each.startswith(str(folder))], "told": len(told)}
print(json.dumps({**result, "refused": refused, "record": tagger.record.model_dump()}))
"""

CASES: dict[str, dict[str, Any]] = {
    "window": {"words": {"word_dropout": 0.3, "case_noise": 0.3, "dropout": 0.4}, "model": {"dropout": 0.4}},
    "lstm": {
        "kind": "lstm",
        "model": {"layers": 2, "dropout": 0.4},
        "training": {"patience": 1, "epochs": 4, "averaging": 0.9, "rdrop_weight": 1.0},
    },
    "gru": {"kind": "gru", "model": {"layers": 3, "dropout": 0.4}},
    "rnn": {"kind": "rnn", "model": {"layers": 2, "dropout": 0.4, "variational": True}},
    "teachers": {
        "model": {"dropout": 0.2},
        "distillation": {"text": ["TEXT"], "seeds": 1},
        "pretraining": {"text": ["TEXT"], "epochs": 1, "vocabulary_size": 20},
        "transfer": {"frozen": "words", "frozen_epochs": 1},
        "datasets": [{"train": "TEXT", "head": "other", "weight": 0.5}],
    },
}


@pytest.fixture
def configs(
    tiny_config: MakeConfig, encoder_config: MakeConfig, bert: str, tiny_file: Path, tmp_path: Path
) -> dict[str, Config]:
    """All with dropout. Minibatches have five sentences, and the last one only one for two processes."""
    folder = tmp_path / "bert"
    shutil.copytree(bert, folder)
    architecture = json.loads((folder / "config.json").read_text())
    much = {"hidden_dropout_prob": 0.3, "attention_probs_dropout_prob": 0.3}
    (folder / "config.json").write_text(json.dumps(architecture | much))
    found = {"encoder": encoder_config(str(folder), {"batch_size": 5}, dropout=0.3)}
    for name, case in CASES.items():
        sections = json.loads(json.dumps(case).replace("TEXT", str(tiny_file)))
        sections["training"] = {"batch_size": 5, "epochs": 2} | sections.get("training", {})
        found[name] = tiny_config(sections.pop("kind", "window"), **sections)
    return found


def test_two_processes_give_what_one_gives_and_the_first_alone_writes(
    configs: dict[str, Config], tiny_file: Path, tmp_path: Path
) -> None:
    plain = {name: each.model_dump(mode="json") for name, each in configs.items()}
    (tmp_path / "configs.json").write_text(json.dumps(plain))
    first, second = ends(start(2, ["-W", "error", "-c", TRAIN, tmp_path, tiny_file]))
    assert (first.status, second.status) == (0, 0), first.stderr + second.stderr
    corpus = load_corpus(str(tiny_file))
    for name, config in configs.items():
        Tagger.train(corpus, config).save(tmp_path / f"{name}.safetensors")
        one, *two = (load_file(tmp_path / f"{name}{rank}.safetensors") for rank in ("", ".0", ".1"))
        for key, expected in one.items():
            torch.testing.assert_close(two[0][key], expected, rtol=1e-4, atol=1e-4, msg=f"{name}: {key}")
            assert torch.equal(two[0][key], two[1][key])
    told, silent = (json.loads(each.stdout) for each in (first, second))
    assert told["told"] > 2 * len(configs)
    assert told["written"]
    assert (silent["told"], silent["written"]) == (0, [])
    assert told["record"]["processes"] == 2
    for each in (told, silent):
        assert each["refused"].startswith("process 2 of 2 has another settings than the first one: ")


CASES_TO_REFUSE = {
    "no rank": ({"RANK": "3", "WORLD_SIZE": "2"}, "contradict"),
    "no number": ({"RANK": "zero", "WORLD_SIZE": "2"}, "RANK is 'zero'"),
}


@pytest.mark.parametrize(("given", "message"), CASES_TO_REFUSE.values(), ids=CASES_TO_REFUSE)
def test_an_environment_that_makes_no_sense_is_refused(
    given: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", **given}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=message):
        launch()


@pytest.fixture
def _two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the second of two processes."""
    given = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "RANK": "1", "WORLD_SIZE": "2"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_two")
def test_what_can_only_be_done_by_one_process_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    from postagger.cli import main

    with pytest.raises(ConfigError, match="a comparison runs in one process, not in 2: start it without"):
        check_alone("a comparison")
    for command in (["compare", "window", "lstm"], ["tune", "window"], ["tag", "en"]):
        assert main(command) == 2
        line = "postagger (process 2 of 2): this command runs in one process, not in 2: start it without"
        assert capsys.readouterr().err.startswith(line)


@pytest.mark.usefixtures("_two")
def test_one_process_of_a_launcher_is_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    with together("cpu") as found:
        assert found is world()
        assert found.size == 1


def test_every_process_needs_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.set_device", chosen.append)
    assert choose_gpu(Launch(5, 8, 1, 4), "auto")
    assert choose_gpu(Launch(4, 8, 0, 4), "cuda")
    assert not choose_gpu(Launch(4, 8, 0, 4), "cpu")
    assert chosen == [1, 0]
    with pytest.raises(DeviceError, match=r"each of 4 processes on this machine needs .* only 2 CUDA"):
        choose_gpu(Launch(6, 8, 2, 4), "auto")
    with pytest.raises(ConfigError, match=r"training.device is cuda:1, but each of 8 processes needs"):
        choose_gpu(Launch(6, 8, 1, 4), "cuda:1")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert not choose_gpu(Launch(5, 8, 1, 4), "auto")
    with pytest.raises(DeviceError, match="no CUDA device"):
        choose_gpu(Launch(5, 8, 1, 4), "cuda")


# -- interruptions ----------------------------------------------------------------------------------

COMMAND = """
import os, signal, sys
from postagger.__main__ import run
from postagger.training import descent

left, number = 6, int(os.environ.get("STOP", "0"))
real = descent.Descent._update
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests' own parent has set

def update(self, loss):
    global left
    left -= 1
    if number and left == 0 and os.environ["RANK"] == os.environ.get("STOPPED", "1"):
        if os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0":
            os.kill(os.getpid(), number)
    return real(self, loss)

descent.Descent._update = update
run()
"""


@pytest.fixture
def command(tiny_file: Path, tmp_path: Path) -> Callable[..., list[str | Path]]:
    """``command("a.safetensors", "--resume")`` is what Python is given to train: 4 epochs of 4 updates."""
    script = tmp_path / "command.py"
    script.write_text(COMMAND, encoding="utf-8")
    settings = [f"corpus.train={tiny_file}", "training.epochs=4", "training.batch_size=5", "model.hidden=[8]"]

    def arguments(name: str, *more: str) -> list[str | Path]:
        every = ["--checkpoint-every", "0.001"]
        return [script, "train", "window", "--set", *settings, *every, "-o", tmp_path / name, *more]

    return arguments


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_to_one_process_stops_all_and_the_run_can_go_on(
    number: int, status: int, command: Callable[..., list[str | Path]], tmp_path: Path
) -> None:
    assert [each.status for each in ends(start(2, command("unbroken.safetensors")))] == [0, 0]
    lead, other = ends(start(2, command("model.safetensors"), STOP=str(int(number))))
    assert (lead.status, other.status) == (status, status), lead.stderr + other.stderr
    assert lead.stderr.splitlines()[-1].startswith(
        "stopped; to go on: torchrun --nproc-per-node 2 -m postagger "
    )
    assert (other.stdout, other.stderr) == ("", "")
    alone = subprocess.run(
        [sys.executable, *map(str, command("model.safetensors", "--resume"))],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert alone.returncode == 2
    assert "machine: cpu, 1 threads, 2 processes there, cpu, 1 threads here" in alone.stderr
    assert [each.status for each in ends(start(2, command("model.safetensors", "--resume")))] == [0, 0]
    unbroken, resumed = ((tmp_path / f"{name}.safetensors").read_bytes() for name in ("unbroken", "model"))
    assert resumed == unbroken
    assert not (tmp_path / "model.run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lost_process_ends_the_others_with_one_line(
    number: int, command: Callable[..., list[str | Path]], tmp_path: Path
) -> None:
    """Killed, it is missed at once; frozen, after some seconds."""
    lead, other = start(2, command("model.safetensors"), STOP=str(int(number)), POSTAGGER_PATIENCE="3")
    (ended,) = ends([lead])
    other.kill()
    (lost,) = ends([other])
    assert ended.status == 1
    assert lost.status == -signal.SIGKILL
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("postagger: another of the 2 processes has ended or does not answer (")
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "model.run" / "1.checkpoint").exists()


LEAVE = """
from postagger import ConfigError
from postagger.training.distributed import together

with together("cpu") as world:
    for _ in range(200):
        world.total(1)
    try:
        world.check_same({"rank": str(world.rank)})
    except ConfigError:
        pass
"""


@pytest.mark.slow
def test_processes_that_end_at_once_end_well() -> None:
    """Threads of gloo that outlive Python would abort it, here in one run of four."""
    for number in range(6):
        found = ends(start(2, ["-c", LEAVE], **(store_of_the_first() if number % 2 else {})))
        assert [each.status for each in found] == [0, 0], found


@pytest.mark.slow
def test_torchrun_restarts_a_run_that_lost_a_process(
    command: Callable[..., list[str | Path]], tmp_path: Path
) -> None:
    assert [each.status for each in ends(start(2, command("unbroken.safetensors")))] == [0, 0]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    torchrun += ["--nproc-per-node", "2", "--max-restarts", "1"]
    done = subprocess.run(
        [*torchrun, *map(str, command("model.safetensors", "--resume"))],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "STOP": str(int(signal.SIGKILL))},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("there is no interrupted run") == 1
    assert " of them done before" in done.stderr
    unbroken, resumed = ((tmp_path / f"{name}.safetensors").read_bytes() for name in ("unbroken", "model"))
    assert resumed == unbroken


@pytest.mark.slow
def test_pretraining_in_two_processes(tiny_file: Path, tmp_path: Path) -> None:
    settings = ["pretraining.epochs=1", "model.hidden=[8]"]
    arguments = ["pretrain", str(tiny_file), "--config", "window", "--set", *settings]
    out = tmp_path / "backbone.safetensors"
    lead, other = ends(start(2, ["-m", "postagger", *arguments, "-o", out]))
    assert (lead.status, other.status) == (0, 0), lead.stderr + other.stderr
    assert "backbone pretrained on" in lead.stdout
    assert (other.stdout, other.stderr) == ("", "")
    assert Tagger.load(out).record.processes == 2
