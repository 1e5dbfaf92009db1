"""``postagger suggest``, as a user types it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import Config, Corpus, Tagger, load_documents
from postagger.cli import main

TEXT = "The dog saw her. A xyzzy plugh!\n\n  They can well man “the boat” 😀.\nThe dog saw her.\n"
SENTENCES = ["The dog saw her.", "A xyzzy plugh!", "They can well man “the boat” 😀."]


@pytest.fixture(scope="module")
def model(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> str:
    file = tmp_path_factory.mktemp("suggest") / "window.safetensors"
    Tagger.train(tiny_corpus, tiny_config("window", training={"epochs": 8, "learning_rate": 0.02})).save(file)
    return str(file)


@pytest.fixture
def text(tmp_path: Path) -> str:
    (tmp_path / "news.txt").write_text(TEXT, encoding="utf-8")
    return str(tmp_path / "news.txt")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["suggest", *arguments])
        return (status, *capsys.readouterr())

    return run


Run = Callable[..., tuple[int, str, str]]


def test_conllu_with_the_tags_to_correct(model: str, text: str, run: Run, tmp_path: Path) -> None:
    status, out, errors = run(model, text)
    assert (status, errors) == (0, "")
    found = re.findall(r"# expected_errors = ([\d.]+)\n# sent_id = \d+\n# text = (.*)\n", out)
    assert sorted(sentence for _, sentence in found) == sorted(SENTENCES), "each once"
    assert [float(each) for each, _ in found] == sorted((float(each) for each, _ in found), reverse=True)
    assert out.count(f"# source = {text}\n") == 3
    (tmp_path / "out.conllu").write_text(out, encoding="utf-8")
    documents, _ = load_documents(tmp_path / "out.conllu")
    read = [sentence for document in documents for sentence in document.sentences]
    tagger = Tagger.load(model)
    for sentence in read:
        words = [word.translate({0x201C: "``", 0x201D: "''"}) for word, _ in sentence]
        assert [tag for _, tag in sentence] == [tag for _, tag in tagger.tag(words)]


@pytest.mark.parametrize("by", ["errors", "rate"])
def test_n_of_them(model: str, text: str, run: Run, by: str) -> None:
    everything = run(model, text, "--by", by)[1].split("\n\n")
    first = run(model, text, "--by", by, "--n", "1")[1].split("\n\n")
    assert first[0] == everything[0]
    assert (len(everything), len(first)) == (4, 2)


def test_tasks_of_label_studio_and_prodigy(model: str, text: str, run: Run) -> None:
    for line in run(model, text, "--to", "label-studio")[1].splitlines():
        task = json.loads(line)
        given = task["data"]["text"]
        (prediction,) = task["predictions"]
        for span in prediction["result"]:
            value = span["value"]
            assert given[value["start"] : value["end"]] == value["text"]
            assert 0 <= span["score"] <= 1
        assert given in SENTENCES
    for line in run(model, text, "--to", "prodigy")[1].splitlines():
        task = json.loads(line)
        rebuilt = "".join(token["text"] + " " * token["ws"] for token in task["tokens"])
        assert rebuilt.rstrip() == task["text"]
        assert len(task["spans"]) == len(task["tokens"])


def test_other_formats_and_several_texts(model: str, text: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.tsv").write_text("The\ndog\n\nzap\n", encoding="utf-8")
    (tmp_path / "a.jsonl").write_text('{"tokens": ["They", "can"]}\n', encoding="utf-8")
    status, out, _ = run(model, text, str(tmp_path / "a.jsonl"), "--n", "9")
    assert status == 0
    assert "# text = They can\n" in out
    assert out.count("# text = ") == 4
    out = run(model, str(tmp_path / "b.tsv"), "--format", "vertical")[1]
    assert sorted(re.findall("# text = (.*)", out)) == ["The dog", "zap"]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["no-such-file.txt"], 1, "no-such-file.txt"),
        (["--head", "brown"], 2, "'brown'"),
    ],
)
def test_mistakes(arguments: list[str], status: int, told: str, model: str, run: Run) -> None:
    found, out, errors = run(model, *arguments)
    assert (found, out) == (status, "")
    (line,) = errors.splitlines()
    assert told in line


def test_an_empty_text(model: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n", encoding="utf-8")
    status, out, errors = run(model, str(tmp_path / "empty.txt"))
    assert (status, out) == (0, "")
    assert "nothing to suggest" in errors
