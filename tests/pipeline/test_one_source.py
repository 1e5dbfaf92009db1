"""The corpus is the one source of the head's name, the tag set and the column, whoever trains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, Corpus, Tagger, load_corpus, load_files
from postagger.cli import main

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = {
    "words": {"word_dim": 8, "feature_dim": 4},
    "model": {"kind": "logistic"},
    "training": {"epochs": 1, "device": "cpu"},
}


@pytest.mark.parametrize(
    ("loaded", "head"),
    [
        ({"tagset": "universal"}, "sample-universal"),
        ({"column": "upos"}, "sample"),
        ({}, "sample"),
        ({"tagset": "universal", "head": "coarse"}, "coarse"),
    ],
)
def test_the_command_line_evaluates_on_the_tags_that_were_learned(
    loaded: dict[str, Any], head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = load_corpus("sample", **loaded)
    tagger = Tagger.train(corpus, TINY)
    assert list(tagger.heads) == [head]
    assert tagger.config.corpus == corpus.settings
    assert (tagger.record.corpus, tagger.record.test_accuracy) == (
        "sample",
        tagger.evaluate_on(corpus).tokens.value,
    )
    model = tmp_path / "model.safetensors"
    tagger.save(model)
    capsys.readouterr()
    assert main(["evaluate", str(model), "sample", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == tagger.record.test_accuracy


def test_a_corpus_made_by_hand_gives_its_name(tiny_corpus: Corpus) -> None:
    config = Config.model_validate({**TINY, "corpus": {"name": "treebank", "head": "other"}})
    assert list(Tagger.train(Corpus("mine", tiny_corpus.train, [], []), config).heads) == ["mine"]
    assert list(Tagger.train(tiny_corpus.train, config).heads) == ["sentences"]


def test_files_give_the_name_of_the_training_file(tiny_corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "train.tsv"
    lines = ("".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in tiny_corpus.train)
    file.write_text("\n".join(lines))
    assert list(Tagger.train(load_files(file), TINY).heads) == [str(file)]
    assert list(Tagger.train(load_files(file, head="mine"), TINY).heads) == ["mine"]
