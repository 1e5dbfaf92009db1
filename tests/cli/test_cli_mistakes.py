"""What people get wrong at first: each mistake is named, with what to write instead."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from postagger.cli import main

QUICK = ["training.epochs=2", "words.word_dim=4", "model.hidden=[4]"]


def write(file: Path, count: int, prefix: str = "") -> None:
    """Writes sentences of a small language. Args: `prefix`, of its tags."""
    generator = random.Random(count)
    nouns, verbs = ("dog", "cat", "tree", "house", "bird"), ("sees", "likes", "finds")
    sentences = [
        [
            ("the", "ART"),
            (generator.choice(nouns), "NOM"),
            (generator.choice(verbs), "VER"),
            ("a", "ART"),
            (generator.choice(nouns), "NOM"),
        ]
        for _ in range(count)
    ]
    text = "\n".join("".join(f"{word}\t{prefix}{tag}\n" for word, tag in each) for each in sentences)
    file.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with corpora and a tagger trained on one of them."""
    folder = tmp_path_factory.mktemp("mistakes")
    write(folder / "mine.tsv", 60)
    write(folder / "one.tsv", 1)
    write(folder / "other.tsv", 20, "X")
    model = folder / "mine.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["train", "window", "mine.tsv", "-o", str(model), "--set", *QUICK]) == 0
    return folder


@pytest.fixture
def here(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(trained, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.mark.parametrize(
    ("given", "status", "parts"),
    [
        ("train mine.tsv", 2, ["mine.tsv is not a config (TOML)", "postagger train window mine.tsv"]),
        ("train window corpus.name=mine.tsv", 2, ["settings follow --set: --set corpus.name=mine.tsv"]),
        ("train window mine.tsv training.epochs=2", 2, ["settings follow --set: --set training.epochs=2"]),
        ("train window mine.tsv --device cuda", 2, ["it is a setting: --set training.device=cuda"]),
        ("train window mine.tsv --device=cuda", 2, ["it is a setting: --set training.device=cuda"]),
        ("train window mine.tsv --epochs 3", 2, ["it is a setting: --set training.epochs=3"]),
        ("tune window mine.tsv --batch-size 3", 2, ["it is a setting: --set training.batch_size=3"]),
        ("train window mine.tsv --set corpus.train=one.tsv", 2, ["mine.tsv and corpus.train=one.tsv name a"]),
        ("train window mine.tsv --ouput x", 2, ["did you mean --output?"]),
        (
            "train window one.tsv",
            1,
            ["contains no sentence: 1 sentence is too few to be split", "corpus.train"],
        ),
        (
            "train window --set corpus.train=mine.tsv corpus.dev=other.tsv",
            1,
            ["dev and train have no tag in common: dev has XART, XNOM, XVER, train has ART, NOM, VER"],
        ),
        ("train window mine.tsv --set corpus.column=xpos,upos", 1, ['corpus.column=["xpos", "upos"]']),
        ("train window mine.tsv --set model.kind=cnn", 2, ["unknown model.kind 'cnn'", "--import MODULE"]),
        ("evaluate mine.tsv mine.safetensors", 1, ["mine.tsv is not a model", "the model comes first"]),
        ("info mine.tsv", 1, ["mine.tsv is not a model", "it is text"]),
        ("check mine.safetensors", 1, ["mine.safetensors is a model, or another file of tensors, not text"]),
    ],
)
@pytest.mark.usefixtures("here")
def test_mistakes(given: str, status: int, parts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        found = main(given.split())
    except SystemExit as stopped:
        found = int(str(stopped.code))
    said = capsys.readouterr().err
    assert found == status
    assert all(part in said for part in parts), said
    assert "Traceback" not in said


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "mine.tsv",
            "the model learned from most of mine.tsv, so this score is too high: --split test scores",
        ),
        ("./mine.tsv", "the model learned from most of ./mine.tsv"),
        ("mine.tsv --split test", None),
        ("one.tsv", None),
        (
            "copy.tsv",
            "the model learned from most of a file with as many tokens as copy.tsv: if they are the",
        ),
    ],
)
def test_the_file_that_a_model_learned_from(
    given: str, told: str | None, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(here / "mine.tsv", here / "copy.tsv")
    assert main(["evaluate", "mine.safetensors", *given.split()]) == 0
    said = capsys.readouterr().err
    assert "learned from" not in said if told is None else told in said


def test_a_training_file_that_is_named_as_such(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--set", "corpus.train=mine.tsv", "corpus.dev=one.tsv", *QUICK]
    assert main(["train", "window", *settings, "-o", "m.safetensors"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "m.safetensors", str(here / "mine.tsv")]) == 0
    assert "so this score is higher than on new text" in capsys.readouterr().err
    (here / "mine.tsv").rename(here / "moved.tsv")
    assert main(["evaluate", "m.safetensors", "moved.tsv"]) == 0
    assert "as many tokens as moved.tsv: if they are the same, this score" in capsys.readouterr().err
    shutil.copy(here / "one.tsv", here / "mine.tsv")
    assert main(["evaluate", "m.safetensors", "mine.tsv"]) == 0
    assert "learned from a file of this name and another size: if it" in capsys.readouterr().err


def test_a_training_is_repeated_by_the_config_of_its_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", "mine.safetensors", "--config"]) == 0
    (here / "again.toml").write_text(capsys.readouterr().out, "utf-8")
    assert main(["train", "again.toml", "-o", "again.safetensors"]) == 0
    first, second = (load_file(here / f"{name}.safetensors") for name in ("mine", "again"))
    assert first.keys() == second.keys()
    assert all((first[name] == second[name]).all() for name in first)


def test_info_names_a_score_by_its_part(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(here / "mine.safetensors")]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("accuracy"))
    assert "mine.tsv" not in line
    assert line.split()[1] == "dev"
