"""``--lexicon`` of the commands that tag."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Run, runner

from postagger import Config, Corpus, Ensemble, Tagger

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def model(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("models")
    with contextlib.redirect_stderr(io.StringIO()):
        tagger = Tagger.train(tiny_corpus, tiny_config(training={"epochs": 20, "learning_rate": 0.02}))
    tagger.save(folder / "one.safetensors")
    Ensemble([tagger, tagger]).save(folder / "two")
    return folder / "one.safetensors"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    file = tmp_path / "words.tsv"
    file.write_text("# verbs\nzebra\tVB\tNNP\ngnu\tUH\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("ensemble", [False, True])
def test_tag(ensemble: bool, run: Run, model: Path, lexicon: Path) -> None:
    given = model.parent / "two" if ensemble else model
    text = b"the gnu saw a zebra\nGnu\n"
    result = run("tag", given, "--tokenized", "--lexicon", lexicon, stdin=text)
    assert result.status == 0
    assert result.stderr == ""
    first, second = (line.split() for line in result.stdout.splitlines())
    assert first[1] == "gnu/UH"
    assert first[4] in ("zebra/VB", "zebra/NNP")
    assert second == ["Gnu/UH"]
    plain = run("tag", given, "--tokenized", stdin=text).stdout
    assert plain != result.stdout
    soft = run("tag", given, "--tokenized", "--lexicon", lexicon, "--lexicon-bonus", "0", stdin=text)
    assert soft.stdout == plain
    soft = run("tag", given, "--tokenized", "--lexicon", lexicon, "--lexicon-bonus", "1000", stdin=text)
    assert soft.stdout == result.stdout


def test_evaluate(run: Run, model: Path, lexicon: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text("gnu/UH gnu/UH zebra/VB\n")
    result = run("evaluate", model, gold, "--json", "--lexicon", lexicon)
    assert result.status == 0
    assert json.loads(result.stdout)["accuracy"] > 0.5
    assert json.loads(run("evaluate", model, gold, "--json").stdout)["accuracy"] == 0


def test_tags_left_out_are_told_once(run: Run, model: Path, lexicon: Path) -> None:
    lexicon.write_text("zebra\tVB\tVERB\ngnu\tNOUN\n")
    result = run("tag", model, "--tokenized", "--lexicon", lexicon, stdin=b"zebra\n" * 3)
    assert result.status == 0
    assert result.stdout == "zebra/VB\n" * 3
    (line,) = result.stderr.splitlines()
    assert "(NOUN, VERB); 1 of 2 words" in line


@pytest.mark.parametrize(
    ("content", "options", "status", "words"),
    [
        ("zebra\n", [], 1, "words.tsv, line 1"),
        ("zebra\tVERB\n", [], 1, "none of the tags"),
        ("", [], 1, "no entries"),
        (None, [], 1, "cannot read"),
        ("zebra\tVB\n", ["--lexicon-bonus", "-1"], 2, "0 or more"),
        ("zebra\tVB\n", ["--lexicon-bonus", "nan"], 2, "0 or more"),
    ],
)
@pytest.mark.parametrize("command", ["tag", "evaluate"])
def test_errors(
    command: str,
    content: str | None,
    options: list[str],
    status: int,
    words: str,
    run: Run,
    model: Path,
    lexicon: Path,
) -> None:
    if content is None:
        lexicon.unlink()
    else:
        lexicon.write_text(content)
    more = ["sample"] if command == "evaluate" else []
    result = run(command, model, *more, "--lexicon", lexicon, *options)
    assert (result.status, result.stdout) == (status, "")
    (line,) = result.stderr.splitlines()
    assert words in line


def test_a_bonus_needs_a_lexicon(run: Run, model: Path) -> None:
    result = run("tag", model, "--lexicon-bonus", "2")
    assert result.status == 2
    assert "--lexicon" in result.stderr
