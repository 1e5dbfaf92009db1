"""The start of the command line: quick, with useful help, and with configs by name."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Result, Run, runner

from postagger import Tagger, __version__, load_config

ROOT = Path(__file__).parents[2]
THREADS = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
HEAVY = ("torch", "nltk", "numpy", "scipy", "safetensors", "matplotlib", "optuna", "tqdm")
COMMANDS = (
    *("tag", "evaluate", "explain", "suggest", "calibrate", "info", "serve"),
    *("export", "train", "curve", "init", "check", "pretrain", "download", "compare", "tune", "card", "push"),
)

# Runs the command as the console script does, and tells what it imported and what it set for threads.
_PROGRAM = f"""
import os, sys
from postagger.cli import run
try:
    run()
finally:
    loaded = [name for name in {HEAVY} if name in sys.modules]
    threads = os.environ.get("GOMP_SPINCOUNT"), os.environ.get("OPENBLAS_NUM_THREADS")
    print("loaded:", *loaded, "| threads:", *threads, file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside the checkout, with a few configs."""
    texts = {
        "invalid": "[model\n",
        "unknown": "[training]\nepoch = 5\n",
        "bounds": "[training]\nepochs = 0\n",
        "kind": '[model]\nkind = "transformer"\n',
        "fine": '[corpus]\nname = "sample"\n',
        "other": '[corpus]\nname = "treebank"\n',
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b"caf\xe9\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def start(*arguments: str, **environment: str) -> Result:
    """Runs the command in a new process without settings for waiting threads."""
    inherited = {name: value for name, value in os.environ.items() if name not in THREADS}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
    )
    return Result(done.returncode, done.stdout, done.stderr)


# -- at once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (0, ["--help"]),
        (0, ["--version"]),
        *((0, [command, "--help"]) for command in COMMANDS),
        (0, ["init"]),
        (0, ["init", "lstm"]),
        (2, []),
        (2, ["trian"]),
        (2, ["train"]),
        (2, ["train", "window", "--epochs", "5"]),
        (2, ["train", "lsmt"]),
        (2, ["train", "missing.toml"]),
        (2, ["train", "invalid.toml"]),
        (2, ["train", "latin.toml"]),
        (2, ["train", "unknown.toml"]),
        (2, ["train", "bounds.toml"]),
        (2, ["train", "kind.toml"]),
        (2, ["train", "window", "--set", "training.epoch=5"]),
        (2, ["train", "window", "--set", "epochs=5"]),
        (2, ["train", "window", "--teachers", "a.safetensors"]),
        (2, ["tune", "unknown.toml"]),
        (2, ["tune", "window", "--trials", "0"]),
        (2, ["compare", "window", "unknown.toml"]),
        (2, ["compare", "window", "lsmt"]),
        (2, ["compare", "fine.toml", "other.toml"]),
        (2, ["compare", "--ladder", "--set", "training.epoch=5"]),
        (2, ["compare", "window", "lstm", "--seeds", "none"]),
        (2, ["pretrain", "--config", "unknown.toml"]),
        (2, ["pretrain", "text.txt", "--config", "lsmt"]),
        (2, ["pretrain", "lstm"]),
        (2, ["evaluate", "model"]),
        (2, ["check"]),
        (2, ["check", "sample", "--train", "a.conllu"]),
        (2, ["check", "--dev", "a.conllu"]),
        (2, ["check", "unknown.toml"]),
        (2, ["explain", "model", "A dog .", "--against", "NN"]),
        (2, ["init", "lsmt"]),
        (1, ["tag", "missing.safetensors"]),
        (1, ["evaluate", "missing.safetensors", "sample"]),
        (1, ["explain", "missing.safetensors", "A dog ."]),
        (1, ["info", "missing.safetensors"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
@pytest.mark.usefixtures("folder")
def test_help_and_wrong_usage_load_nothing_heavy(status: int, arguments: list[str]) -> None:
    result = start(*arguments)
    assert result.status == status, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1] == "loaded: | threads: 1000 1"


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({}, "1000 1"),
        ({"GOMP_SPINCOUNT": "7"}, "7 1"),
        ({"OMP_WAIT_POLICY": "active"}, "None 1"),
        ({"OPENBLAS_NUM_THREADS": "3"}, "1000 3"),
        ({"OMP_NUM_THREADS": "2"}, "1000 None"),
    ],
)
def test_threads_are_limited_unless_the_user_has_chosen(chosen: dict[str, str], found: str) -> None:
    assert start("--version", **chosen).stderr.splitlines()[-1].endswith(f"| threads: {found}")


def test_main_leaves_the_process_as_it_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other programs may call it."""
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    threshold = gc.get_threshold()
    assert run("init").status == 0
    assert not set(THREADS) & set(os.environ)
    assert gc.get_threshold() == threshold


# -- help ---------------------------------------------------------------------------------------------


def test_version(run: Run) -> None:
    assert run("--version") == Result(0, f"postagger {__version__}\n", "")


def test_help_lists_every_command_with_a_line(run: Run) -> None:
    result = run("--help")
    assert (result.status, result.stderr) == (0, "")
    for command in COMMANDS:
        assert re.search(rf"^  {command} +[A-Z].+[^.]$", result.stdout, re.MULTILINE), command
    assert result.stdout.startswith("usage: postagger COMMAND [options]\n")
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_the_examples_of_the_help_name_existing_commands_and_configs(run: Run) -> None:
    examples = re.findall(r"postagger ([a-z]+) (\w+)", run("--help").stdout.partition("Examples:")[2])
    assert {command for command, _ in examples} <= set(COMMANDS)
    assert {what for command, what in examples if command in ("init", "compare")} == {"lstm", "window"}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_s_help_has_an_example_and_a_summary(command: str, run: Run) -> None:
    lines = run(command, "--help").stdout.splitlines()
    assert lines[0].startswith("example: ")
    assert f"postagger {command} " in lines[0]
    assert lines[2].startswith(f"usage: postagger {command} ")
    assert "configs/" not in lines[0]


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["trian"], "train"),
        (["evalute"], "evaluate"),
        (["tag", "model", "--tokenised"], "--tokenized"),
        (["tag", "model", "--worker=3"], "--workers"),
        (["evaluate", "model", "sample", "--split", "tset"], "test"),
        (["train", "window", "--zxqw", "x"], None),
        (["dance"], None),
    ],
)
def test_suggestions(arguments: list[str], suggestion: str | None, run: Run) -> None:
    result = run(*arguments)
    assert (result.status, result.stdout) == (2, "")
    last = result.stderr.splitlines()[-1]
    assert last.endswith(f"; did you mean {suggestion}?") if suggestion else "did you mean" not in last


# -- configs by name ----------------------------------------------------------------------------------

_QUICK = ["words.word_dim=4", "words.feature_dim=2", "training.epochs=1", "training.device=cpu"]


def test_train_by_name_saves_under_the_name(folder: Path, run: Run) -> None:
    result = run("train", "window", "--set", "corpus.name=sample", *_QUICK)
    assert result.status == 0, result.stderr
    assert Tagger.load(folder / "runs" / "window.safetensors").config.model.kind == "window"


def test_pretrain_by_name_outside_the_checkout(folder: Path, run: Run) -> None:
    (folder / "text.txt").write_text("The dog barks .\n" * 20)
    quick = ["--set", "corpus.name=sample", "pretraining.epochs=1", *_QUICK]
    for config, kind in (([], "lstm"), (["--config", "window"], "window")):
        result = run("pretrain", "text.txt", *config, *quick, "--force")
        assert result.status == 0, result.stderr
        assert Tagger.load(folder / "runs" / "backbone.safetensors").config.model.kind == kind


def test_compare_by_name_calls_systems_by_the_names(folder: Path, run: Run) -> None:
    """Including a user's config beside shipped ones."""
    quick = ["--seeds", "1", "--jobs", "1", "--set", "corpus.name=sample", *_QUICK]
    result = run("compare", "window", "logistic", "fine.toml", *quick)
    assert result.status == 0, result.stderr
    names = {line.split()[0] for line in result.stdout.splitlines()[1:4]}
    assert names == {"window", "logistic", "fine"}
    assert (folder / "runs" / "compare" / "report.md").is_file()


def test_teachers_by_name(folder: Path, run: Run) -> None:
    (folder / "text.txt").write_text("The dog barks .\n" * 20)
    how = ["--unlabelled", "text.txt", "--teachers", "logistic"]
    result = run("train", "window", *how, "--set", "corpus.name=sample", *_QUICK)
    assert result.status == 0, result.stderr
    assert "teacher 1, epoch" in result.stderr
    tagger = Tagger.load(folder / "runs" / "window.safetensors")
    assert tagger.config.distillation.teachers == ("logistic",)


# -- init ---------------------------------------------------------------------------------------------


def test_init_lists_the_names_with_a_line_each(run: Run) -> None:
    result = run("init")
    assert (result.status, result.stderr) == (0, "")
    names = [line.split()[0] for line in result.stdout.splitlines()]
    assert names == sorted(path.stem for path in (ROOT / "configs").glob("*.toml"))
    assert all(re.match(r"\w+ +[A-Z].{20,}", line) for line in result.stdout.splitlines())


def test_init_writes_a_config_that_trains_as_it_is(folder: Path, run: Run) -> None:
    result = run("init", "window")
    assert (result.status, result.stderr) == (0, "")
    (folder / "my.toml").write_text(result.stdout, encoding="utf-8")
    assert load_config("my.toml") == load_config("window")
    result = run("train", "my.toml", "--set", "corpus.name=sample", *_QUICK)
    assert result.status == 0, result.stderr
    assert (folder / "runs" / "my.safetensors").is_file()


def test_init_with_an_unknown_name(run: Run) -> None:
    result = run("init", "lsmt")
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("postagger: there is no shipped config 'lsmt', did you mean 'lstm'?")
