"""What the command line says to somebody who is new to it, besides the names of models (test_cli_tag.py)."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from command_line import Run, runner

FAST = ["--set", "training.batch_size=1", "training.device=cpu", "words.word_dim=4", "model.hidden=[8]"]
XPOS = "The\tDT\ndog\tNN\nbarks\tVBZ\n.\t.\n\n"
UPOS = "The\tDET\ndog\tNOUN\nbarks\tVERB\n.\tPUNCT\n\n"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(run: Run, *more: str, epochs: int = 10) -> tuple[int, str]:
    Path("mine.tsv").write_text(XPOS * 4)
    Path("dev.tsv").write_text(XPOS)
    files = ["corpus.train=mine.tsv", "corpus.dev=dev.tsv", f"training.epochs={epochs}"]
    result = run("train", "window", *FAST, *files, "-o", "m.safetensors", *more)
    return result.status, result.stderr


# -- evaluate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "head"), [(XPOS, "xpos"), (UPOS, "upos")])
def test_a_file_of_two_columns_is_scored_with_the_head_that_has_its_tags(
    text: str, head: str, run: Run
) -> None:
    Path("mine.tsv").write_text(text)
    result = run("evaluate", "en", "mine.tsv", "--json")
    assert (result.status, result.stderr) == (
        0,
        f"mine.tsv has one column of tags, so one head is scored: {head}\n",
    )
    found = json.loads(result.stdout)
    assert (found["accuracy"], found["tokens"]) == (1.0, 4)
    assert run("evaluate", "en", "mine.tsv", "--json", "--head", head).stdout == result.stdout


def test_strange_tags_are_scored_with_the_main_head(run: Run) -> None:
    Path("mine.tsv").write_text(XPOS.replace("\tNN", "\tN").replace("\tVBZ", "\tV").replace("\tDT", "\tD"))
    result = run("evaluate", "en", "mine.tsv")
    first, second = result.stderr.splitlines()
    assert first.endswith("so one head is scored: xpos")
    assert second.startswith(
        "75 % of the gold tags are not in the tagger's tag set (D, N, V): check --column"
    )


@pytest.mark.parametrize("option", [["--column", "nonsense"], ["--head", "upos", "--column", "7"]])
def test_a_column_that_is_not_there_is_an_error(option: list[str], run: Run) -> None:
    Path("mine.tsv").write_text(XPOS)
    result = run("evaluate", "en", "mine.tsv", *option)
    assert result.status == 1
    assert "there is no column" in result.stderr
    assert "(--column): 1 (The dog), 2 (DT NN)" in result.stderr


# -- tag ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ("--head upos --column xpos", True),
        ("--head upos --column 5", True),
        ("--head upos --column upos", False),
        ("--head upos --column misc", False),
        ("--column xpos", False),
    ],
)
def test_tags_for_the_column_of_another_head(options: str, warned: bool, run: Run) -> None:
    text = b"1\tDogs" + b"\t_" * 8 + b"\n\n"
    result = run("tag", "en", *options.split(), stdin=text)
    assert result.status == 0
    name = options.split()[-1]
    warning = f"--column {name} is the column of the head xpos, not of the selected head upos\n"
    assert result.stderr == (warning if warned else "")


def test_bfloat16_on_the_cpu_is_said_once(run: Run) -> None:
    result = run("tag", "en", "--dtype", "bfloat16", stdin=b"Dogs bark.\nIt rains.\n")
    assert result.stdout == run("tag", "en", stdin=b"Dogs bark.\nIt rains.\n").stdout
    assert result.stderr == "--dtype bfloat16 is for CUDA: on the CPU this model computes in float32\n"


@pytest.mark.parametrize(
    ("text", "form", "what"),
    [
        ("a b c d e f\n", "raw", "this line"),
        ("a b c d e f\n", "tokenized", "this line"),
        ('{"tokens": ["a", "b"]}\n', "json", "this line"),
        ("a\nb\nc\nd\ne\nf\n", "vertical", "this sentence, with all its lines,"),
    ],
)
def test_what_is_too_long_is_named(
    text: str, form: str, what: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTAGGER_MAX_LINE", "10")
    result = run("tag", "en", "--format", form, stdin=text.encode())
    assert result.status == 1
    assert f": {what} has more than 10 characters: to read it all the same" in result.stderr


# -- train --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_training_of_few_updates_is_said(run: Run) -> None:
    status, stderr = train(run, epochs=2)
    assert status == 0
    assert "with training.epochs=2 there are only 8 updates of the weights, too few to learn much" in stderr
    assert "updates of the weights" not in train(run, "--force", epochs=10)[1]


@pytest.mark.parametrize("dev", [False, True])
def test_a_training_without_dev_says_which_epoch_is_kept(dev: bool, run: Run, tmp_path: Path) -> None:
    text = tmp_path / "mine.tsv"
    text.write_text("It\tPRP\nrains\tVBZ\n\n" * 8, encoding="utf-8")
    parts = [f"corpus.train={text}", *([f"corpus.dev={text}"] if dev else [])]
    result = run(
        "train", "window", "--set", *parts, "training.epochs=1", "-o", str(tmp_path / "m.safetensors")
    )
    assert result.status == 0, result.stderr
    assert ("no dev part to choose an epoch by (corpus.dev), so the last one is kept" in result.stderr) != dev


def test_info_names_the_files_and_no_corpus(run: Run) -> None:
    assert train(run)[0] == 0
    facts = json.loads(run("info", "m.safetensors", "--json").stdout)
    assert facts["config"]["corpus"]["train"] == "mine.tsv"
    assert "treebank" not in run("info", "m.safetensors").stdout
    lines = Path("m.metrics.jsonl").read_text().splitlines()
    assert len(lines) == 10 + 1  # the last one is about the whole training
    assert "seconds" in json.loads(lines[-1])


def test_resuming_what_is_finished(run: Run) -> None:
    Path("m.safetensors").write_text("a model")
    status, stderr = train(run, "--resume")
    assert status == 1
    assert stderr.splitlines()[-1] == (
        "postagger: m.safetensors is there already, and there is no interrupted run in m.run: it seems to be "
        "finished; to train it again use --force, or choose another file with -o"
    )


@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_ctrl_c_before_the_training_begins(
    resume: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("postagger.corpora.load_configured", stop)
    words = ["train", "window", "--set", "corpus.name=a b", *resume]
    result = run(*words)
    expected = f"interrupted; to go on: {shlex.join(['postagger', *words])}\n" if resume else "interrupted\n"
    assert (result.status, result.stderr) == (130, expected)
