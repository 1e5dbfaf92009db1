from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import pickle
import re
import select
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import safetensors.numpy
import torch
from command_line import Result, Run, runner

from postagger import Config, Corpus, Tagger
from postagger.checkpoint.model_file import read_model
from postagger.cli import main
from postagger.cli.saving import check_overwrite
from postagger.corpora import TaggedSentence
from postagger.errors import ModelFileError

SCRIPT = Path(__file__).parents[2] / "scripts" / "train.py"

CONFIG = """
[corpus]
name = "no_corpus_of_this_name"

[words]
word_dim = 8
prefixes = 1
suffixes = 2
feature_dim = 4
feature_min_count = 1
word_dropout = 0.0
dropout = 0.0

[model]
kind = "window"
left = 1
right = 1
hidden = [16]
dropout = 0.0

[training]
epochs = 25
learning_rate = 0.02
batch_size = 4
warmup = 0
device = "cpu"
"""


class Files(NamedTuple):
    """A config, three CoNLL-U files, and a model that has memorised the first."""

    config: str
    train: str
    dev: str
    test: str
    model: str

    @property
    def corpus(self) -> list[str]:
        """The arguments that train on the three files."""
        parts = {"train": self.train, "dev": self.dev, "test": self.test}
        return ["--set", *(f"corpus.{part}={file}" for part, file in parts.items())]


def _conllu(sentences: Sequence[TaggedSentence]) -> str:
    """As CoNLL-U; UPOS is the first letter of the tag."""
    blocks = []
    for sentence in sentences:
        lines = [
            f"{number}\t{word}\t_\t{tag[0]}\t{tag}\t_\t_\t_\t_\tnote={number}\n"
            for number, (word, tag) in enumerate(sentence, 1)
        ]
        blocks.append("# text = ...\n" + "".join(lines) + "\n")
    return "".join(blocks)


@pytest.fixture(scope="session")
def files(tiny_sentences: list[TaggedSentence], tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("cli")
    names = ("tiny.toml", "train.conllu", "dev.conllu", "test.conllu", "model.safetensors")
    files = Files._make(str(folder / name) for name in names)
    Path(files.config).write_text(CONFIG)
    Path(files.train).write_text(_conllu(tiny_sentences))
    Path(files.dev).write_text(_conllu(tiny_sentences))
    Path(files.test).write_text(_conllu(tiny_sentences[4:8]))
    stderr = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(stderr):
        assert main(["train", files.config, *files.corpus, "-o", files.model]) == 0, stderr.getvalue()
    return files


@pytest.fixture(scope="session")
def tagger(files: Files) -> Tagger:
    return Tagger.load(files.model, device="cpu")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def _expect_one_line(result: Result, status: int, *parts: str) -> None:
    """Checks that the command failed with one line on stderr that contains all `parts`, and no output."""
    assert result.status == status, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("postagger: ")
    for part in parts:
        assert part in line


def _tagged(tagger: Tagger, *sentences: str) -> str:
    """The output of ``tag`` for sentences whose tokens are separated by spaces."""
    tagged = (tagger.tag(sentence.split()) for sentence in sentences)
    return "".join(" ".join("/".join(pair) for pair in sentence) + "\n" for sentence in tagged)


# -- train ------------------------------------------------------------------------------------------


def test_train_reports_and_saves(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.safetensors"
    result = run("train", files.config, *files.corpus, "-o", str(path))
    assert result.status == 0
    assert f"{files.train}, {files.dev}, {files.test}, dev: window tagger trained on" in result.stdout
    assert f"{files.train}, {files.dev}, {files.test}, test: window tagger trained on" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("trained in ")
    assert str(path) in result.stdout.splitlines()[-1]
    said = result.stderr.splitlines()
    assert said[0].endswith(": 20 / 20 / 4 sentences")
    assert said[1].startswith("error: text of train in ")  # the test's dev and test parts are from train
    assert said[2] == f"postagger check --train {files.train} --dev {files.dev} --test {files.test} shows all"
    assert said[3] == "training: window on cpu, seed 1"
    assert said[4] == "25 epochs of 5 updates"
    lines = [
        line for line in said[5:] if not line.endswith(" left")
    ]  # said within an epoch that takes seconds
    assert [line.split()[:2] for line in lines] == [["epoch", str(epoch)] for epoch in range(1, 26)]
    assert Tagger.load(path).record.test_accuracy == 1
    assert sorted(file.name for file in path.parent.iterdir()) == ["model.metrics.jsonl", path.name]


def test_train_overwrites_no_model_unasked(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(Path(files.model).read_bytes())
    once = ["train", files.config, *files.corpus, "training.epochs=1", "-o", str(path)]
    _expect_one_line(run(*once), 1, f"{path} is there already", "--force", "-o")
    assert path.read_bytes() == Path(files.model).read_bytes()
    assert run(*once, "--force").status == 0
    assert path.read_bytes() != Path(files.model).read_bytes()


@pytest.mark.parametrize("command", ["train", "pretrain"])
def test_an_interrupted_run_is_not_deleted_unasked(
    command: str,
    files: Files,
    run: Run,
    write: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, folder = tmp_path / "model.safetensors", tmp_path / "model.run"
    text = write("text.txt", [["So", "it", "goes"], ["It", "went", "so"]])
    what = {"train": ["train", files.config], "pretrain": ["pretrain", text, "--config", files.config]}[
        command
    ]
    words = [*what, *files.corpus, "training.epochs=1", "pretraining.epochs=1", "-o", str(path)]

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("postagger.training.descent.Descent._update", stop)
        stopped = run(*words)
    assert stopped.status == 130
    assert stopped.stderr.splitlines()[-1] == f"stopped; to go on: postagger {shlex.join(words)} --resume"
    _expect_one_line(run(*words), 1, f"{folder} has an interrupted run", "--resume", "--force", "-o")
    assert folder.exists()
    resumed = run(*words, "--resume")
    assert resumed.status == 0
    assert not folder.exists()
    path.unlink()
    again = run(*words, "--resume")
    assert again.status == 0
    assert f"there is no interrupted run in {folder}" in again.stderr


@pytest.mark.parametrize(
    ("answer", "overwritten"), [("y\n", True), ("Yes\n", True), ("\n", False), ("", False)]
)
def test_train_asks_before_it_overwrites_a_model(
    answer: str, overwritten: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class _Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    path = tmp_path / "model"
    path.write_text("old")
    monkeypatch.setattr("sys.stdin", _Terminal(answer))
    monkeypatch.setattr("sys.stderr", stderr := _Terminal())
    if overwritten:
        check_overwrite(path, force=False)
    else:
        with pytest.raises(ModelFileError, match="--force"):
            check_overwrite(path, force=False)
    assert stderr.getvalue() == f"{path} is there already: overwrite it? [y/N] "


def test_of_a_long_training_every_tenth_epoch_is_shown(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    result = run("train", files.config, *files.corpus, "training.epochs=55", "-o", str(path))
    shown = [line.split()[1] for line in result.stderr.splitlines() if "loss" in line]
    assert shown == [*map(str, range(1, 31)), "40", "50"]
    assert len(path.with_suffix(".metrics.jsonl").read_text().splitlines()) == 56


def test_train_writes_a_log_of_its_epochs(files: Files) -> None:
    lines = Path(files.model).with_suffix(".metrics.jsonl").read_text().splitlines()
    *epochs, summary = map(json.loads, lines)
    assert [record["epoch"] for record in epochs] == list(range(1, 26))
    assert {"loss", "dev_accuracy", "updates", "seconds"} <= epochs[0].keys()
    assert summary["dev_accuracy"] == max(record["dev_accuracy"] for record in epochs)
    assert summary["test_accuracy"] == 1


def test_train_json_is_one_object(files: Files, run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "model")
    overrides = ["--set", "training.seed=7", "training.epochs=1", "--set", "model.hidden=[5]"]
    result = run("train", files.config, *files.corpus, *overrides, "-o", path, "--json")
    assert result.status == 0
    report = json.loads(result.stdout)
    tagger = Tagger.load(path)
    assert report["model"] == path
    assert report["seed"] == tagger.config.training.seed == 7
    assert report["parameters"] == tagger.network.parameter_count
    assert report["seconds"] > 0
    for split in ("dev", "test"):
        assert report[split]["split"] == split
        assert report[split]["accuracy"] == getattr(tagger.record, f"{split}_accuracy")
    assert tagger.network.context.output_size == 5


def test_train_twice_gives_the_same_file(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "model"
    assert run("train", files.config, *files.corpus, "-o", str(path)).status == 0
    assert path.read_bytes() == Path(files.model).read_bytes()


def test_train_saves_into_runs_by_the_config_s_name(
    files: Files, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train_only = ["--set", f"corpus.train={files.train}", "training.epochs=1"]
    result = run("train", files.config, *train_only)
    assert result.status == 0
    assert (tmp_path / "runs" / "tiny.safetensors").is_file()
    (line,) = result.stdout.splitlines()  # without dev and test, there is nothing to report on
    assert line.startswith("trained in ")


def test_train_on_another_column(files: Files, run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "model")
    settings = ["corpus.column=upos", "training.epochs=1"]
    assert run("train", files.config, *files.corpus, *settings, "-o", path).status == 0
    tags = Tagger.load(path).tagset
    assert "N" in tags
    assert "NN" not in tags


def test_the_script_trains_as_the_command_does(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "model"
    arguments = [files.config, *files.corpus, "-o", str(path), "--json"]
    done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["test"]["accuracy"] == 1
    assert "Traceback" not in done.stderr
    assert Tagger.load(path).network.parameter_count == Tagger.load(files.model).network.parameter_count


# -- evaluate ---------------------------------------------------------------------------------------


def test_evaluate_on_a_file(files: Files, run: Run) -> None:
    result = run("evaluate", files.model, files.test)
    assert result.status == 0
    assert result.stderr == ""
    assert result.stdout.startswith(f"{files.test}, all: window tagger trained on ")
    assert "100.00" in result.stdout
    assert result.stdout.endswith("no errors\n")


def test_evaluate_json_is_one_object_on_stdout(files: Files, run: Run) -> None:
    result = run("evaluate", files.model, files.test, "--json")
    assert result.status == 0
    assert result.stderr == ""
    report = json.loads(result.stdout)
    assert report["accuracy"] == report["known_accuracy"] == report["sentence_accuracy"] == 1
    assert report["unknown_accuracy"] is None
    assert report["unknown_tokens"] == 0
    assert report["sentences"] == 4
    assert (report["corpus"], report["split"], report["model"]) == (files.test, "all", files.model)


def test_evaluate_on_a_file_with_only_some_tags(files: Files, run: Run, tmp_path: Path) -> None:
    gold = tmp_path / "gold.conllu"
    whole = json.loads(run("evaluate", files.model, files.test, "--json").stdout)
    gold.write_text(Path(files.test).read_text().replace("\tDT\t", "\t_\t"))
    report = json.loads(run("evaluate", files.model, str(gold), "--json").stdout)
    articles = sum(error["tokens"] for error in whole["confusion"] if error["gold"] == "DT")
    assert report["tokens"] == whole["tokens"] - articles < whole["tokens"]
    assert report["sentences"] == whole["sentences"]
    assert report["accuracy"] == report["sentence_accuracy"] == 1
    assert "_" not in {tag["tag"] for tag in report["tags"]}


def test_evaluate_on_the_sample(files: Files, run: Run) -> None:
    result = run("evaluate", files.model, "sample", "--json")
    assert result.status == 0
    report = json.loads(result.stdout)
    assert (report["corpus"], report["split"]) == ("sample", "test")
    assert 0 < report["unknown_accuracy"] < 1
    assert report["unseen_tags"]
    dev = json.loads(run("evaluate", files.model, "sample", "--json", "--split", "dev").stdout)
    assert dev["split"] == "dev"
    assert dev["tokens"] != report["tokens"]


@pytest.mark.parametrize(("split", "sentences"), [("train", 16), ("dev", 2), ("test", 2)])
def test_evaluate_on_a_part_of_a_file(split: str, sentences: int, files: Files, run: Run) -> None:
    report = json.loads(run("evaluate", files.model, files.train, "--split", split, "--json").stdout)
    assert (report["split"], report["sentences"]) == (split, sentences)


def test_evaluate_reads_other_formats_and_gzip(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "gold.txt.gz"
    path.write_bytes(gzip.compress(b"The/DT dog/NN ./.\nThey/PRP bark/NN ./.\n"))
    report = json.loads(run("evaluate", files.model, str(path), "--json").stdout)
    assert (report["tokens"], report["sentences"]) == (6, 2)


def test_evaluate_on_another_column(files: Files, run: Run) -> None:
    result = run("evaluate", files.model, files.test, "--column", "upos", "--json")
    assert re.search(r"^\d+ % of the gold tags are not in the tagger's tag set \(.*--column", result.stderr)
    report = json.loads(result.stdout)
    assert report["accuracy"] < 0.5
    assert report["unseen_tags"]["N"] > 0


@pytest.mark.parametrize("column", ["tag", "2"])
def test_evaluate_says_that_a_header_row_is_left_out(
    column: str, files: Files, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "header.tsv"
    path.write_text("Word\tTag\tLemma\nThe\tDT\tthe\ndog\tNN\tdog\n")
    result = run("evaluate", files.model, str(path), "--column", column)
    assert result.stderr == f"{path}:1: left out 'Word\\tTag\\tLemma', which names the columns\n"
    assert "2 of 2" in result.stdout
    missing = run("evaluate", files.model, str(path), "--column", "pos2")
    _expect_one_line(missing, 1, f"{path}:1: there is no column 'pos2'", "1 Word (The dog)", "--column")


def test_train_says_what_its_files_leave_out(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "chunks.txt"
    path.write_text("The DT B-NP\ndog NN I-NP\n\n" * 5)
    settings = ["--set", f"corpus.train={path}", "training.epochs=1"]
    result = run("train", files.config, *settings, "-o", str(tmp_path / "model"))
    assert result.status == 0
    assert f"{path}: the tags are those of column 2 of 3 (DT, NN); corpus.column chooses" in result.stderr


# -- tag --------------------------------------------------------------------------------------------


def test_tag_raw_text_from_stdin(files: Files, run: Run, tagger: Tagger) -> None:
    result = run("tag", files.model, stdin=b"The old man saw the dog.\nDogs bark, don't they?\n")
    expected = _tagged(tagger, "The old man saw the dog .", "Dogs bark , do n't they ?")
    assert result == Result(0, expected, "")
    assert expected.startswith("The/DT old/JJ man/NN saw/VBD the/DT dog/NN ./.\n")


def test_tag_tokenized_text(files: Files, run: Run, tagger: Tagger) -> None:
    result = run("tag", files.model, "-", "--tokenized", stdin="  don't\tsee  ( Bäume🌳. )\r\n".encode())
    assert result == Result(0, _tagged(tagger, "don't see ( Bäume🌳. )"), "")


def test_tag_keeps_empty_lines(files: Files, run: Run, tagger: Tagger) -> None:
    for form in ([], ["--tokenized"]):
        result = run("tag", files.model, *form, stdin=b"\nThe dog\n\n   \nDogs bark")
        assert result == Result(0, _tagged(tagger, "", "The dog", "", "", "Dogs bark"), "")


def test_tag_nothing(files: Files, run: Run) -> None:
    for form in ([], ["--tokenized"], ["--conllu"]):
        assert run("tag", files.model, *form, stdin=b"") == Result(0, "", "")


def test_tag_with_workers_and_in_bfloat16(files: Files, run: Run, tagger: Tagger) -> None:
    result = run("tag", files.model, "--workers", "2", "--dtype", "bfloat16", stdin=b"The dog\n\nDogs bark\n")
    assert result[:2] == (0, _tagged(tagger, "The dog", "", "Dogs bark"))
    for wrong in (["--workers", "0"], ["--dtype", "float16"]):
        assert run("tag", files.model, *wrong, stdin=b"").status == 2


@pytest.mark.parametrize("packed", [False, True])
def test_tag_a_file(packed: bool, files: Files, run: Run, tagger: Tagger, tmp_path: Path) -> None:
    text = b"\xef\xbb\xbfThe dog\n\nDogs bark\n"  # a byte-order mark is no part of the first word
    path = tmp_path / "text"
    path.write_bytes(gzip.compress(text) if packed else text)
    expected = Result(0, _tagged(tagger, "The dog", "", "Dogs bark"), "")
    assert run("tag", files.model, str(path)) == expected
    assert packed or run("tag", files.model, stdin=text) == expected


@pytest.mark.parametrize("how", ["option", "stdin", "name", "gzip", "other name"])
def test_tag_conllu_fills_its_column(how: str, files: Files, run: Run, tmp_path: Path) -> None:
    """Comments, multiword tokens, empty nodes and other columns stay unchanged."""
    gold = Path(files.test).read_text()
    extra = "1-2\tThe dog\t_\t_\t_\t_\t_\t_\t_\t_\n", "1.1\tempty\t_\t_\tXX\t_\t_\t_\t_\t_\n"
    gold = gold.replace("# text = ...\n", "# text = ...\n" + "".join(extra), 1)
    blank = "".join(
        line if len(line.split("\t")) < 10 or not line.split("\t")[0].isdigit() else _without_tag(line)
        for line in gold.splitlines(keepends=True)
    )
    assert blank != gold
    if how in ("option", "stdin"):
        form = ["--conllu"] if how == "option" else []
        result = run("tag", files.model, *form, stdin=blank.encode())
    else:
        path = tmp_path / {"gzip": "file.conllu.gz", "name": "file.conllu"}.get(how, "file.conll")
        path.write_bytes(gzip.compress(blank.encode()) if how == "gzip" else blank.encode())
        result = run("tag", files.model, str(path))
    assert result == Result(0, gold, "")


def _without_tag(line: str) -> str:
    fields = line.split("\t")
    return "\t".join([*fields[:4], "_", *fields[5:]])


def test_tag_fills_any_column_but_those_of_the_words(files: Files, run: Run, tagger: Tagger) -> None:
    line = "1\tdog\t_\t_\tkept\t_\t_\t_\t_\t_\n\n"
    for column in ("misc", "10"):
        result = run("tag", files.model, "--conllu", "--column", column, stdin=line.encode())
        assert [("dog", result.stdout.split("\t")[9].strip())] == tagger.tag(["dog"])
    for column in ("form", "1", "words"):
        result = run("tag", files.model, "--conllu", "--column", column, stdin=line.encode())
        _expect_one_line(
            result, 1, f"column {column!r}" if column == "words" else column, "lemma, upos, xpos"
        )


def test_tag_fills_the_other_column(files: Files, run: Run, tagger: Tagger) -> None:
    line = "1\tdog\t_\t_\tkept\t_\t_\t_\t_\t_\n\n"
    result = run("tag", files.model, "--conllu", "--column", "upos", stdin=line.encode())
    fields = result.stdout.split("\t")
    assert [("dog", fields[3])] == tagger.tag(["dog"])
    assert fields[4] == "kept"


def test_tag_prints_each_line_at_once_at_a_terminal(files: Files, tagger: Tagger) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "postagger", "tag", files.model, "--device", "cpu"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=theirs, stdout=pipe, stderr=pipe, env=buffered) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        os.close(theirs)
        try:
            for sentence in ("The dog", "Dogs bark"):
                os.write(ours, sentence.encode() + b"\n")
                readable, _, _ = select.select([process.stdout], [], [], 60)
                assert readable, "no output within a minute"
                assert process.stdout.readline().decode() == _tagged(tagger, sentence)
            os.write(ours, b"\x04")  # end of input
            assert process.stderr.read() == b""
            assert process.wait(60) == 0
        finally:
            process.kill()
            os.close(ours)


@pytest.mark.parametrize("from_stdin", [True, False])
def test_a_closed_pipe_is_not_an_error(from_stdin: bool, files: Files, tmp_path: Path) -> None:
    """For example ``postagger tag MODEL FILE | head -1``."""
    text = tmp_path / "text"
    text.write_text("The old man saw the dog .\n" * 30_000)
    command = [sys.executable, "-m", "postagger", "tag", files.model, "-" if from_stdin else str(text)]
    with (
        text.open("rb") as stdin,
        subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"The/DT old/JJ man/NN saw/VBD the/DT dog/NN ./.\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


# -- info -------------------------------------------------------------------------------------------


def test_info_json(files: Files, run: Run, tagger: Tagger) -> None:
    result = run("info", files.model, "--json")
    assert (result.status, result.stderr) == (0, "")
    facts = json.loads(result.stdout)
    assert facts["model"] == files.model
    assert facts["engine"] == tagger.engine
    assert facts["parameters"] == tagger.network.parameter_count
    assert facts["tags"] == list(tagger.tagset)
    assert facts["known_words"] == len(tagger.lexicon)
    assert facts["temperatures"] == {tagger.head: tagger.temperature}
    assert Config.model_validate(facts["config"]) == tagger.config
    assert facts["record"] == tagger.record.model_dump(mode="json")


def test_info_for_people(files: Files, run: Run, tagger: Tagger) -> None:
    result = run("info", files.model)
    assert (result.status, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    told = {line.split()[0]: line for line in lines}
    assert f"window tagger, {tagger.network.parameter_count:,} parameters" in told["what"]
    assert told["tags"].endswith(f", {len(tagger.tagset)}: {' '.join(tagger.tagset)}")
    assert ": 20 sentences, " in told["data"]
    assert re.search(r" [\d,]+ tokens a second here and now; engine: \w+", told["speed"])
    assert "postagger info --json" in lines[-1]
    assert len(lines) <= 14


# -- usage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["train"], ["pretrain"], ["evaluate"], ["tag"], ["explain"], ["info"], ["download"]]
)
def test_help_starts_with_an_example(command: list[str], run: Run) -> None:
    result = run(*command, "--help")
    assert (result.status, result.stderr) == (0, "")
    example = result.stdout.splitlines()[0]
    assert example.startswith("example: ")
    assert " ".join(["postagger", *command]) in example


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "COMMAND"),
        (["dance"], "invalid choice: 'dance'"),
        (["info"], "MODEL"),
        (["evaluate", "model"], "CORPUS"),
        (["evaluate", "model", "sample", "--split", "all"], "invalid choice: 'all'"),
        (["tag", "model", "--conllu", "--tokenized"], "not allowed with argument"),
        (["tag", "model", "--tok"], "unrecognized arguments: --tok"),
        (["train", "--set", "training.epochs=1", "config"], "required: CONFIG (some options take all words"),
        (["train", "config", "--epochs", "5"], "unrecognized arguments: --epochs"),
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], problem: str, run: Run) -> None:
    result = run(*arguments)
    assert (result.status, result.stdout) == (2, "")
    assert problem in result.stderr.splitlines()[-1]


def test_the_module_is_the_command(files: Files, tagger: Tagger) -> None:
    """And its output is UTF-8 even where the terminal's is not."""
    done = subprocess.run(
        [sys.executable, "-m", "postagger", "tag", files.model, "--tokenized"],
        input="Bäume 🌳\n".encode(),
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == _tagged(tagger, "Bäume 🌳")


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="all file names are Unicode here")
def test_a_file_whose_name_is_no_utf8(files: Files, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(path)).write_text("The/DT dog/NN\n")
    for options in ((), ("--json",), ("--split", "test")):
        command = [sys.executable, "-m", "postagger", "evaluate", files.model, path, *options]
        done = subprocess.run(command, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"caf\\xe9.txt" in done.stdout.replace(b"\\\\", b"\\")
    done = subprocess.run([*command[:-2], "--head", "none"], capture_output=True, check=False)
    assert done.stderr.startswith(b"postagger: unknown head 'none'")
    missing = subprocess.run([*command[:-3], path + b"x"], capture_output=True, check=False)
    assert (missing.returncode, missing.stdout) == (1, b"")
    assert missing.stderr.startswith(b"postagger: cannot read ")


def test_an_error_s_status_reaches_the_shell(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "postagger", "info", str(tmp_path / "missing")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    _expect_one_line(Result(done.returncode, done.stdout, done.stderr), 1, "cannot read the model")


@pytest.mark.parametrize("command", ["train", "tag"])
def test_an_interruption_is_status_130(
    command: str, files: Files, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Tagger, "train" if command == "train" else "tag_sents", interrupt)
    path = tmp_path / "model"
    arguments = [files.config, *files.corpus, "-o", str(path)] if command == "train" else [files.model]
    result = run(command, *arguments, stdin=b"The dog\n")
    assert (result.status, result.stdout) == (130, "")
    assert result.stderr.splitlines()[-1] == "interrupted"
    assert "Traceback" not in result.stderr
    assert not path.exists()


def test_a_bug_keeps_its_traceback(files: Files, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Tagger, "load", fail)
    with pytest.raises(ZeroDivisionError):
        run("info", files.model)


# -- bad input --------------------------------------------------------------------------------------


def _train_badly(run: Run, tmp_path: Path, config: str, *arguments: str) -> Result:
    """Trains into a folder that must stay empty."""
    folder = tmp_path / "out"
    result = run("train", config, *arguments, "-o", str(folder / "model"))
    assert not folder.exists() or list(folder.iterdir()) == []
    return result


@pytest.mark.parametrize(
    ("overrides", "status", "parts"),
    [
        (["corpus.name=trebank"], 1, ["no corpus or file 'trebank'", "did you mean 'treebank'"]),
        (
            ["corpus.name=dependency_treebank"],
            1,
            ["'dependency_treebank' is not in any of", "download", "corpus.name=sample"],
        ),
        (["corpus.train=missing.conllu"], 1, ["cannot read missing.conllu: No such file"]),
        (["corpus.train=."], 1, ["cannot read .: Is a directory"]),
        (["training.epoch=5"], 2, ["unknown key 'training.epoch'", "did you mean 'epochs'"]),
        (["trainig.epochs=5"], 2, ["unknown key 'trainig'", "did you mean 'training'"]),
        (["training.epochs=0"], 2, ["training.epochs = 0", "greater than or equal to 1"]),
        (["training.epochs=many"], 2, ['training.epochs = "many"']),
        (["model.kind=transformer"], 2, ["unknown model.kind 'transformer'", "encoder"]),
        (["training.device=gpu"], 2, ["training.device"]),
        (["training.epochs"], 2, ["section.key=value"]),
        (["epochs=5"], 2, ["section.key=value"]),
        (["corpus.dev=dev.conllu"], 2, ["corpus.train"]),
        (["datasets=[]"], 2, ["section.key=value", "[[datasets]] can't be overridden"]),
        (["datasets.weight=2"], 2, ["datasets is a list of sections: write [[datasets]]"]),
        (["pretraining.text=a.txt"], 2, ['pretraining.text=["a.txt"]']),
    ],
)
def test_a_bad_setting(
    overrides: list[str],
    status: int,
    parts: list[str],
    files: Files,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nltk.data.path", [])
    _expect_one_line(_train_badly(run, tmp_path, files.config, "--set", *overrides), status, *parts)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ["there is no config", "shipped config: crf, encoder, gru"]),
        (b"[training\n", ["is not valid TOML"]),
        (b"\xff\xfe", ["is not UTF-8"]),
        (b"[model]\nhidden = [5]\n", ["model.kind is missing"]),
        (b"model = 'lstm'\n", ["model"]),
        (b"training = 5\n", ["training = 5"]),
        (b"[training]\nlearning_rate = nan\n", ["training.learning_rate"]),
    ],
)
def test_a_bad_config(content: bytes | None, parts: list[str], run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    _expect_one_line(_train_badly(run, tmp_path, str(path)), 2, str(path), *parts)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "{} contains no tagged sentence"),
        (b"\n\n\n", "{} contains no tagged sentence"),
        (b"# only = a comment\n\n", "{} contains no tagged sentence"),
        (b"1\tThe\t_\tDET\tDT\t_\t_\t_\t_\t_\n2\tdog\tNN\n", "{}:2: a CoNLL-U line has 10 columns"),
        (b"1\tThe\t_\tDET\t_\t_\t_\t_\t_\t_\n", "{}:1: no tag in the column xpos"),
        (b"1\tcaf\xe9\t_\tNOUN\tNN\t_\t_\t_\t_\t_\n", "{} is not UTF-8 text"),
        (gzip.compress(b"1\tcar\t_\tNOUN\tNN\t_\t_\t_\t_\t_\n", mtime=0)[:-9], "{} is a damaged gzip file"),
    ],
    ids=["empty", "blank", "comment", "columns", "no-tag", "latin-1", "gzip"],
)
@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_a_bad_training_file(
    content: bytes, problem: str, part: str, files: Files, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "bad.conllu"
    path.write_bytes(content)
    result = _train_badly(run, tmp_path, files.config, *files.corpus, f"corpus.{part}={path}")
    _expect_one_line(result, 1, problem.format(path))


def test_training_that_diverges(files: Files, run: Run, tmp_path: Path) -> None:
    diverging = ["training.optimiser=momentum", "training.learning_rate=1000", "training.weight_decay=10"]
    more = ["training.clip_norm=0", "training.epochs=50"]
    path = tmp_path / "model"
    result = run("train", files.config, *files.corpus, *diverging, *more, "-o", str(path))
    assert (result.status, result.stdout) == (2, "")
    assert "training diverged" in result.stderr.splitlines()[-1]
    assert not path.exists()


def test_an_output_that_cannot_be_written(files: Files, run: Run, tmp_path: Path) -> None:
    """The error comes before training, not after it."""
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "model", tmp_path):
        result = run("train", files.config, *files.corpus, "-o", str(place))
        _expect_one_line(result, 1, f"cannot write the model {place}: ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_cuda_without_cuda(files: Files, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    expected = "cuda was requested, but torch finds no CUDA device here"
    result = _train_badly(run, tmp_path, files.config, *files.corpus, "training.device=cuda")
    _expect_one_line(result, 1, expected)
    for command in (["tag", files.model], ["evaluate", files.model, "sample"], ["info", files.model]):
        _expect_one_line(run(*command, "--device", "cuda"), 1, expected)


def test_an_unknown_device(files: Files, run: Run) -> None:
    _expect_one_line(run("tag", files.model, "--device", "gpu"), 1, "'gpu' is not a device")


@pytest.mark.parametrize("command", [["tag"], ["evaluate"], ["info"]])
@pytest.mark.parametrize("kind", ["missing", "folder", "text", "truncated", "newer", "pickle"])
def test_a_bad_model(kind: str, command: list[str], files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    expected = {
        "missing": "No such file",
        "folder": "is a folder, not a model" if command == ["info"] else "contains no model",
        "text": "is not a model",
        "truncated": "or is damaged",
        "newer": "has format version 99",
        "pickle": "is a pickle",
    }
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("The dog barks .\n")
    elif kind == "truncated":
        path.write_bytes(Path(files.model).read_bytes()[:-100])
    elif kind == "newer":
        weights, metadata = read_model(files.model)
        text = json.dumps(metadata | {"format_version": 99})
        path.write_bytes(safetensors.numpy.save(weights, {"postagger": text}))
    elif kind == "pickle":
        path.write_bytes(pickle.dumps({"weights": [1, 2]}))
    more = {"evaluate": ["sample"], "tag": ["-"]}.get(command[0], [])  # a text alone would be tagged
    result = run(*command, str(path), *more)
    _expect_one_line(result, 1, str(path), expected[kind])
    if kind == "pickle":
        _expect_one_line(run("tag", str(path)), 1, str(path), expected[kind])


@pytest.mark.parametrize(
    ("corpus", "parts"),
    [
        ("no_such_corpus", ["there is no corpus or file 'no_such_corpus'"]),
        ("missing.conllu", ["cannot read missing.conllu"]),
        ("./", ["Is a directory"]),
    ],
)
def test_evaluate_on_what_is_not_there(
    corpus: str, parts: list[str], files: Files, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _expect_one_line(run("evaluate", files.model, corpus, "--json"), 1, *parts)


def test_evaluate_on_an_empty_part(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "gold"
    path.write_text("The/DT dog/NN ./.\n")
    result = run("evaluate", files.model, str(path), "--split", "dev")
    _expect_one_line(result, 1, "the dev part of", "has no tagged tokens")


def test_tag_a_missing_file(files: Files, run: Run, tmp_path: Path) -> None:
    _expect_one_line(run("tag", files.model, str(tmp_path / "missing")), 1, "cannot read", "No such file")
    _expect_one_line(run("tag", files.model, str(tmp_path)), 1, str(tmp_path), "contains no files to tag")


def test_tag_text_that_is_not_utf8(files: Files, run: Run, tmp_path: Path) -> None:
    """The sentences before the wrong byte are answered."""
    text = "The dog\ncafé\n".encode("latin-1")
    (tmp_path / "text").write_bytes(text)
    for result, source in (
        (run("tag", files.model, stdin=text), "standard input"),
        (run("tag", files.model, str(tmp_path / "text")), str(tmp_path / "text")),
    ):
        assert result.stdout == "The/DT dog/NN\n"
        _expect_one_line(result._replace(stdout=""), 1, f"{source} is not UTF-8 text")


def test_tag_conllu_with_too_few_columns(files: Files, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "text.conllu"
    path.write_text("# a comment\n1\tThe\tDT\n")
    _expect_one_line(run("tag", files.model, str(path)), 1, f"{path}:2: ", "10 columns", "has 3")
    result = run("tag", files.model, "--conllu", stdin=path.read_bytes())
    _expect_one_line(result, 1, "standard input:2: ")


# -- the lot, where the treebank is -----------------------------------------------------------------


def test_train_and_evaluate_on_the_treebank(treebank: Corpus, files: Files, run: Run, tmp_path: Path) -> None:
    """With a small model and a single epoch, as only the commands are tested."""
    path = str(tmp_path / "model")
    settings = ["corpus.name=treebank", "training.epochs=1", "training.batch_size=64"]
    trained = run("train", files.config, "--set", *settings, "-o", path, "--json")
    assert trained.status == 0
    result = run("evaluate", path, "treebank", "--split", "dev", "--json")
    report = json.loads(result.stdout)
    assert report == json.loads(trained.stdout)["dev"]
    assert (report["tokens"], report["sentences"]) == (6327, 273)
    assert (report["corpus"], report["split"], report["model"]) == ("treebank", "dev", path)
    assert 0.7 < report["accuracy"] < 1
    assert len(treebank.dev) == report["sentences"]


def test_a_full_disk_is_one_line(files: Files) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "postagger", "info", files.model],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
