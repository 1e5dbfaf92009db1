"""``postagger compare`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postagger.cli import main
from postagger.cli.compare import _say_equal
from postagger.config.named import named_configs

_QUICK = ["words.word_dim=4", "words.feature_dim=2", "training.epochs=1", "training.device=cpu"]
_SET = ["--set", "corpus.name=sample", *_QUICK]


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("configs")
    texts = {
        "small": '[model]\nkind = "window"\nleft = 1\nright = 1\nhidden = [4]\n',
        "plain": '[model]\nkind = "logistic"\nleft = 0\nright = 0\n',
    }
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return str(folder / "small.toml"), str(folder / "plain.toml")


def test_a_comparison_from_start_to_report(
    configs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    arguments = ["compare", *configs, "--baselines", "most_frequent", "--seeds", "2", "--jobs", "1", *_SET]
    assert main([*arguments, "-o", str(folder)]) == 0
    first = capsys.readouterr()
    assert [line.split()[0] for line in first.out.splitlines()[1:4]] != []
    assert {line.split()[0] for line in first.out.splitlines()[1:4]} == {"small", "plain", "most_frequent"}
    assert " points more accurate than " in first.out
    assert "[5/5] plain, seed 2: dev " in first.err
    assert "left" in first.err
    for name in ("report.html", "report.md", "results.json"):
        assert str(folder / name) in first.err
        assert (folder / name).is_file()

    assert main([*arguments, "-o", str(folder), "--json"]) == 0
    again = capsys.readouterr()
    assert "[5/5]" not in again.err
    data = json.loads(again.out)
    assert data == json.loads((folder / "results.json").read_text("utf-8"))
    assert data["origin"]["corpus"] == "sample"
    assert [system["name"] for system in data["systems"]] == ["most_frequent", "small", "plain"]

    assert main(["compare", *configs, "--seeds", "1", *_SET, "-o", str(folder)]) == 2
    assert "contains another comparison" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--baselines", "hmm"], "at least two systems, not 1"),
        (["--baselines", "hmm", "tntt"], "did you mean 'tnt'"),
        (["--baselines", "hmm", "tnt", "--seeds", "0"], "0 is less than 1"),
        (["--baselines", "hmm", "tnt", "--seeds", "many"], "invalid count value: 'many'"),
        (["--baselines", "hmm", "tnt", "--set", "corpus.nmae=x"], "did you mean 'name'"),
        (["--seeds", "1", "nothing.toml", "--baselines", "hmm"], "there is no config 'nothing.toml'"),
        (["a=window:model.lft=1", "lstm"], "a: window: unknown key 'model.lft': did you mean"),
        (["a=windw:model.left=1", "lstm"], "a: there is no config 'windw', did you mean 'window'?"),
        (["a=window:left=1", "lstm"], "did you mean model.left=1?"),
        (["window:model.left=1", "lstm"], "needs a name, because it has settings of its own"),
        (["a=window", "a=lstm"], "two systems are called 'a': name it once, or give one another name"),
        (["window=lstm", "window"], "two systems are called 'window'"),
        (["tnt=lstm", "--baselines", "tnt"], "two systems are called 'tnt'"),
        (["gru=lstm", "--ladder"], "two systems are called 'gru'"),
        (["a/b=window", "lstm"], "'a/b' can't be the name of a system: it has a slash"),
        (["..=window", "lstm"], "is only dots"),
        (["=window", "lstm"], "can't be the name of a system: it is empty"),
        (["a=window:training.seed=7", "lstm"], "training.seed has no effect here"),
        (["a=window:corpus.name=brown", "lstm"], "have different corpora"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    arguments: list[str], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["compare", *arguments, "--set", "corpus.name=sample", "-o", str(tmp_path / "out")])
    except SystemExit as stop:
        status = int(str(stop.code))
    assert status == 2
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_settings_beside_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names and settings are in every table; a run with other settings is done again, the rest is kept."""
    folder = tmp_path / "out"
    baseline = ["--baselines", "most_frequent", "--seeds", "1", "--jobs", "1", *_SET, "-o", str(folder)]
    narrow, deep = (
        "narrow=window:model.left=0,model.right=0",
        "deep=window:model.hidden=[8,4],model.dropout=0.1",
    )
    assert main(["compare", narrow, deep, *baseline]) == 0
    first = capsys.readouterr()
    assert {"narrow", "deep", "most_frequent"} <= {line.split(" ")[0] for line in first.out.splitlines()}
    data = json.loads((folder / "results.json").read_text("utf-8"))
    described = {system["name"]: system["description"] for system in data["systems"]}
    assert described["deep"].endswith("(set: model.hidden=[8,4], model.dropout=0.1)")
    assert described["narrow"].endswith("(set: model.left=0, model.right=0)")
    assert "set: model.left=0" in (folder / "report.html").read_text("utf-8")

    changed = narrow.replace("right=0", "right=1")
    assert main(["compare", changed, deep, *baseline]) == 2
    assert "contains another comparison (systems: narrow)" in capsys.readouterr().err
    assert main(["compare", changed, deep, *baseline, "--force"]) == 0
    again = [line for line in capsys.readouterr().err.splitlines() if line.startswith("[")]
    assert len(again) == 1
    assert again[0].startswith("[3/3] narrow, seed 1")


def test_settings_beside_a_name_with_folds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["a=logistic:model.left=0", "b=logistic:words.shape=false", "--folds", "3", "--jobs", "1"]
    assert main(["compare", *arguments, *_SET, "-o", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    assert "[6/6] b, seed 1, fold 3" in shown.err
    assert "3-fold cross-validation" in shown.out


def test_equal_settings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = named_configs(["a=window:model.left=2", "b=window:model.right=2", "lstm"])
    _say_equal({each.name: each.config for each in found})
    assert capsys.readouterr().err == "a and b have the same settings\n"


def test_more_folds_than_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", "--baselines", "hmm", "tnt", "--set", "corpus.name=sample", "--folds", "97"]
    assert main([*arguments, "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert "97 folds need at least 97 documents, but 'sample' has 96" in error
    assert "Traceback" not in error


def test_configs_of_different_corpora(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("sample", "treebank"):
        text = f'[corpus]\nname = "{name}"\n[model]\nkind = "window"\n'
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    files = [str(tmp_path / f"{name}.toml") for name in ("sample", "treebank")]
    assert main(["compare", *files, "-o", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "sample and treebank have different corpora (sample and treebank): choose one" in said
    assert "as in --set corpus.name=treebank\n" in said


def test_configs_of_files_and_of_a_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message has the settings to copy."""
    text = '[corpus]\ntrain = "a b.conllu"\ndev = "d.conllu"\ncolumn = "upos"\n[model]\nkind = "window"\n'
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    assert main(["compare", str(tmp_path / "mine.toml"), "window", "-o", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "mine and window have different corpora (a b.conllu" in said
    assert "--set 'corpus.train=a b.conllu' corpus.dev=d.conllu corpus.column=upos\n" in said


def test_configs_of_the_same_files_are_of_one_corpus(
    tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the corpus is called."""
    for name, corpus in (("one", 'name = "sample"'), ("two", 'head = "treebank"')):
        text = f'[corpus]\n{corpus}\n[model]\nkind = "logistic"\n[training]\nepochs = 1\n'
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    files = [str(tmp_path / f"{name}.toml") for name in ("one", "two")]
    settings = ["--set", f"corpus.train={tiny_file}", f"corpus.test={tiny_file}"]
    how = ["--seeds", "1", "--jobs", "1", "-o", str(tmp_path / "out")]
    assert main(["compare", *files, *settings, *how]) == 0
    assert "one" in capsys.readouterr().out


def test_a_run_that_fails_is_reported_with_the_others_and_status_1(
    configs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = tmp_path / "wild.toml"
    wild.write_text(
        '[model]\nkind = "logistic"\n'
        '[training]\noptimiser = "sgd"\nlearning_rate = 1000.0\nclip_norm = 0.0\n',
        encoding="utf-8",
    )
    arguments = ["compare", *configs, str(wild), "--seeds", "1", "--jobs", "1", *_SET, "training.epochs=3"]
    assert main([*arguments, "-o", str(tmp_path / "out")]) == 1
    out, err = capsys.readouterr()
    assert "small" in out
    assert "wild" not in out
    assert "1 run(s) failed" in err
    assert "training diverged" in (tmp_path / "out" / "report.html").read_text("utf-8")
