"""``check``, and what ``train`` and ``evaluate`` say of a corpus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Run, runner

QUICK = ["words.word_dim=4", "words.feature_dim=2", "training.epochs=1", "training.device=cpu"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def _conllu(start: int, stop: int, *, preposition: str = "_") -> str:
    """Sentences that differ in one word; the preposition has a UPOS and perhaps no XPOS."""
    lines = []
    for number in range(start, stop):
        rows = [("I", "PRON", "PRP"), (f"live{number}", "VERB", "VBP"), ("in", "ADP", preposition)]
        rows += [("towns", "NOUN", "NNS"), (".", "PUNCT", ".")]
        lines += [f"{at}\t{word}\t_\t{u}\t{x}\t_\t_\t_\t_\t_" for at, (word, u, x) in enumerate(rows, 1)]
        lines.append("")
    return "\n".join(lines) + "\n"


@pytest.fixture
def partly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file in which 60 of 300 tokens have no XPOS; it is in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("partly.conllu").write_text(_conllu(0, 60), encoding="utf-8")
    return "partly.conllu"


def test_check_a_file(partly: str, run: Run) -> None:
    result = run("check", partly)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith("partly.conllu\n")
    assert "warning: 60 of 300 tokens have no tag in the column xpos: in (60)" in result.stdout
    assert "the column upos has a tag for every token, corpus.column=upos chooses it" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("1 warning and ")


def test_check_the_other_column(partly: str, run: Run) -> None:
    result = run("check", partly, "--column", "upos", "--json")
    assert (result.status, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert (report["corpus"], report["errors"], report["warnings"]) == (partly, 0, 0)
    assert {tag["tag"] for tag in report["tags"]} == {"PRON", "VERB", "ADP", "NOUN", "PUNCT"}


def test_check_files(partly: str, run: Run) -> None:
    """An error makes the exit status 1."""
    Path("dev.conllu").write_text(_conllu(60, 70), encoding="utf-8")
    report = json.loads(run("check", "--train", partly, "--dev", "dev.conllu", "--json").stdout)
    assert [report["parts"][part]["sentences"] for part in ("train", "dev", "test")] == [60, 10, 0]
    result = run("check", "--train", partly, "--dev", "dev.conllu", "--test", partly)
    assert (result.status, result.stderr) == (1, "")
    assert "error: text of train in 60 of 60 sentences of test (100.0 %)" in result.stdout


def test_check_a_config_s_corpus(partly: str, run: Run) -> None:
    Path("my.toml").write_text(f'[corpus]\nname = "{partly}"\ncolumn = "upos"\n', encoding="utf-8")
    assert json.loads(run("check", "my.toml", "--json").stdout)["warnings"] == 0
    assert json.loads(run("check", "my.toml", "--column", "xpos", "--json").stdout)["warnings"] == 1


def test_check_a_corpus_by_name(run: Run) -> None:
    result = run("check", "sample")
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.endswith("\n\nnothing to report\n")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "name a corpus"),
        (["sample", "--train", "a.conllu"], 2, "name a corpus"),
        (["--dev", "a.conllu"], 2, "name a corpus"),
        (["sample", "--dev", "a.conllu"], 2, "--dev and --test are for files that come with --train"),
        (["missing.conllu"], 1, "cannot read missing.conllu"),
        (["treebnak"], 1, "did you mean 'treebank'?"),
        (["missing.toml"], 2, "missing.toml"),
    ],
)
def test_check_fails_with_one_line(arguments: list[str], status: int, words: str, run: Run) -> None:
    result = run("check", *arguments)
    assert (result.status, result.stdout) == (status, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("postagger: ")
    assert words in line


def test_train_says_what_is_wrong_and_evaluate_what_is_not_scored(partly: str, run: Run) -> None:
    corpus = f"corpus.name={partly}"
    result = run("train", "window", "--set", corpus, *QUICK, "-o", "model")
    assert result.status == 0, result.stderr
    assert result.stderr.splitlines()[1:3] == [
        "warning: 60 of 300 tokens have no tag in the column xpos: in (60); "
        "the column upos has a tag for every token, corpus.column=upos chooses it",
        "postagger check partly.conllu shows all",
    ]
    assert "\n6 of 30 tokens have no gold tag and are not scored\n" in result.stdout
    result = run("evaluate", "model", partly)
    assert "\n60 of 300 tokens have no gold tag and are not scored\n" in result.stdout
    report = json.loads(run("evaluate", "model", partly, "--json").stdout)
    assert (report["tokens"], report["untagged_tokens"]) == (240, 60)


def test_train_says_nothing_of_a_good_corpus(partly: str, run: Run) -> None:
    Path(partly).write_text(_conllu(0, 60, preposition="IN"), encoding="utf-8")
    result = run("train", "window", "--set", f"corpus.name={partly}", *QUICK, "-o", "model")
    assert result.status == 0, result.stderr
    assert result.stderr.splitlines()[1].startswith("training: ")


@pytest.mark.usefixtures("partly")
def test_train_says_five_things_at_most_and_how_to_see_all(run: Run) -> None:
    long = [("a", "None"), ("b", "nns"), ("c\u0007", "NNS"), *[("d", "NNS")] * 500]
    rows = "".join(f"1\t{word}\t_\tX\t{tag}\t_\t_\t_\t_\t_\n" for word, tag in long)
    Path("my file.conllu").write_text(_conllu(0, 60) + rows + "\n", encoding="utf-8")
    files = ["corpus.train=my file.conllu", "corpus.dev=my file.conllu"]
    result = run("train", "window", "--set", *files, *QUICK, "-o", "model")
    assert result.status == 0, result.stderr
    before = result.stderr.partition("\ntraining: ")[0].splitlines()
    assert [line.partition(":")[0] for line in before[1:-1]] == ["error", *["warning"] * 4]
    assert before[-1] == "postagger check --train 'my file.conllu' --dev 'my file.conllu' shows all"
    again = run("check", "--train", "my file.conllu", "--dev", "my file.conllu", "--json")
    assert json.loads(again.stdout)["warnings"] > 4
