"""Names and settings that no file can have, or that are nested or long beyond reason: one line each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import ConfigError, Corpus, PostaggerError, Tagger, load_config, load_corpus, load_vectors
from postagger.cli import main
from postagger.text import load_text

NAMES = ["a\0b", "x" * 5000, "x" * 300 + ".txt", "a/" * 3000 + "b", "sample\0"]

DOORS: dict[str, Callable[[str], object]] = {
    "model": Tagger.load,
    "corpus": load_corpus,
    "config": load_config,
    "text": load_text,
    "vectors": load_vectors,
    "setting": lambda name: load_config("window", {"corpus.train": name}),
    "list of files": lambda name: load_config("window", {"corpus.train": ["a", name]}),
    "override": lambda name: load_config("window", [f"words.vectors={name}"]),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:8]))
def test_a_name_that_no_file_can_have_is_one_short_line(door: str, name: str) -> None:
    with pytest.raises(PostaggerError) as caught:
        DOORS[door](name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("command", [["tag"], ["evaluate"], ["info"], ["train"], ["check"]])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:8]))
def test_on_the_command_line(command: list[str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    more = ["sample"] if command == ["evaluate"] else []
    assert main([*command, name, *more]) in (1, 2)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert len(lines[0]) < 1500


def test_a_model_is_not_saved_under_such_a_name(tiny_corpus: Corpus) -> None:
    tagger = Tagger.train(tiny_corpus, {"training": {"epochs": 1}})
    for name in NAMES:
        with pytest.raises(PostaggerError):
            tagger.save(name)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000 + "]" * 100_000,
        "[model]\nkind = 'window'\nhidden = " + "[" * 3000 + "]" * 3000,
        "[training]\nseed = " + "9" * 5000,
        "a." * 20_000 + "b = 1",
        "[" + "a." * 20_000 + "b]\nc = 1",
    ],
    ids=["brackets", "hidden", "digits", "keys", "tables"],
)
def test_a_config_beyond_reason(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "config.toml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000 + len(str(tmp_path))


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 3000 + "]" * 3000])
def test_an_override_beyond_reason(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("window", [f"training.seed={value}"])
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "name", ["LazyCorpusLoader", "reader", "util", "re", "__init__", "CorpusReader", "names"]
)
def test_names_in_nltk_that_are_no_tagged_corpora(name: str) -> None:
    with pytest.raises(PostaggerError) as caught:
        load_corpus(name)
    assert name in str(caught.value)
