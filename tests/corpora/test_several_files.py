"""Several files for one part of a corpus: lists and patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from postagger import Corpus, DataError, load_corpus, load_files
from postagger.config import CorpusConfig
from postagger.corpora import load_configured


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a file of one sentence, its own name, for each name."""
    monkeypatch.chdir(tmp_path)
    for name in ("a/2.txt", "a/1.txt", "a/10.txt", "a/b/3.txt", "c/4.txt", "a/odd[1]*.txt", "x[y]/5.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.name.removesuffix('.txt')}/NN ./.\n", encoding="utf-8")
    (tmp_path / "a/folder.txt").mkdir()
    return tmp_path


def first_words(corpus: Corpus, part: str = "train") -> list[str]:
    return [sentence[0][0] for sentence in corpus.part(part)]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("a/1.txt", ["1"]),
        (["a/1.txt"], ["1"]),
        (["a/2.txt", "a/1.txt"], ["2", "1"]),
        ((Path("a/2.txt"), "c/4.txt"), ["2", "4"]),
        ("a/[0-9]*.txt", ["1", "10", "2"]),
        ("a/?.txt", ["1", "2"]),
        ("**/[0-9].txt", ["1", "2", "3", "4", "5"]),
        (["c/*.txt", "a/?.txt"], ["4", "1", "2"]),
        ("a/odd[1]*.txt", ["odd[1]*"]),
        ("x[y]/*.txt", ["5"]),
        ("x[[]y]/*.txt", ["5"]),
    ],
)
def test_lists_and_patterns(names: str | list[str | Path], words: list[str]) -> None:
    """A list keeps its order, a pattern is sorted; what exists under its name is no pattern."""
    assert first_words(load_files(train=names)) == words
    assert first_words(load_files(test=names), "test") == words


def test_an_absolute_pattern(folder: Path) -> None:
    assert first_words(load_files(dev=folder / "a" / "?.txt"), "dev") == ["1", "2"]


def test_a_corpus_by_a_pattern_is_split() -> None:
    corpus = load_corpus("a/*.txt")
    parts = (corpus.train, corpus.dev, corpus.test)
    assert sorted(each[0][0] for part in parts for each in part) == ["1", "10", "2", "odd[1]*"]
    assert corpus.name == corpus.head == "a/*.txt"


def test_names_are_short_and_do_not_depend_on_the_files() -> None:
    settings = CorpusConfig(train=("a/1.txt", "a/2.txt", "c/*.txt"), dev="a/b/*.txt")
    assert settings.head_name == "a/1.txt and 2 more"
    assert load_configured(settings).name == "a/1.txt and 2 more, a/b/*.txt"
    assert load_files(test=["a/1.txt", "a/2.txt"]).name == "a/1.txt and 1 more"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"train": "b/*.txt"}, r"corpus.train: no file matches b/\*.txt"),
        ({"train": "a/1.txt", "dev": ["a/2.txt", "*.none"]}, r"corpus.dev: no file matches \*.none"),
        ({"train": "a/folder.tx[t]"}, "no file matches"),
        ({"train": ["a/1.txt", "a/1.txt"]}, "corpus.train: a/1.txt is named twice"),
        ({"train": ["a/1.txt", "a/*.txt"]}, "a/1.txt is named twice"),
        ({"test": ["a/1.txt", "a/../a/1.txt"]}, r"a/../a/1.txt is named twice \(also as a/1.txt\)"),
        ({"train": "a/*.txt", "dev": "a/1.txt"}, "corpus.dev: a/1.txt is in corpus.train too"),
        (
            {"train": "a/1.txt", "dev": "c/*", "test": ["a/2.txt", "c/4.txt"]},
            "corpus.test: c/4.txt is in corpus.dev",
        ),
        ({"train": []}, "train is an empty list"),
        ({"train": ["a/1.txt", 3]}, "train is a list of files, .*; got 3"),
        ({"train": "a/9.txt"}, "cannot read a/9.txt"),
    ],
)
def test_mistakes_are_named(files: dict[str, list[str] | str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        load_files(**files)  # type: ignore[arg-type]


def test_all_parts_may_be_the_same_file_on_purpose() -> None:
    corpus = load_files("a/1.txt", "a/1.txt", "a/1.txt")
    assert corpus.train == corpus.dev == corpus.test
