"""``postagger evaluate MODEL challenge``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Run, runner

from postagger import Config, Tagger, load_corpus
from postagger.evaluation import evaluate_challenge
from postagger.evaluation.challenge import SCHEMES, scored_pairs

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture(scope="module")
def model(tiny_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagger of the sample's two columns: Penn tags, and NLTK's universal ones."""
    corpus = load_corpus("sample", column=["xpos", "upos"])
    config = tiny_config(
        "window", corpus={"name": "sample", "column": ["xpos", "upos"]}, training={"epochs": 1}
    )
    file = tmp_path_factory.mktemp("challenge") / "model.safetensors"
    Tagger.train(corpus, config).save(file)
    return file


def test_a_table_for_each_column_whose_tags_fit(run: Run, model: Path) -> None:
    status, stdout, stderr = run("evaluate", model, "challenge")
    assert (status, stderr) == (0, "")
    assert "xpos: challenge set, Penn treebank tags: " in stdout
    assert "upos: challenge set, NLTK's universal tags: " in stdout
    lines = stdout.splitlines()
    for pair in scored_pairs(SCHEMES[0]):
        assert any(line.startswith(f"{pair.phenomenon} ") for line in lines)


def test_json_has_the_figures_of_the_library(run: Run, model: Path) -> None:
    result = json.loads(run("evaluate", model, "challenge", "--json").stdout)
    tagger = Tagger.load(model)
    score = evaluate_challenge(tagger)
    assert result["accuracy"] == score.overall.targets.value
    assert result["pair_accuracy"] == score.overall.pairs.value
    assert (result["corpus"], result["model"], result["tags"]) == ("challenge", str(model), "penn")
    assert list(result["heads"]) == ["xpos", "upos"]
    universal = evaluate_challenge(tagger.with_head("upos"))
    assert result["heads"]["upos"]["pairs"] == universal.overall.pairs.total
    assert {item["gold"] for item in result["heads"]["upos"]["items"]} <= {*tagger.heads["upos"].tags}


def test_a_window_tagger_has_no_pair_right_that_differs_outside_its_window(model: Path) -> None:
    tagger = Tagger.load(model)
    assert (tagger.config.model.model_dump()["left"], tagger.config.model.model_dump()["right"]) == (1, 1)
    tags: defaultdict[tuple[str, int, int], list[str]] = defaultdict(list)
    for item in evaluate_challenge(tagger).items:
        tags[item.phenomenon, item.pair, item.distance].append(item.prediction)
    assert len(tags) > 100
    assert all(len(set(both)) == 1 for (_, _, distance), both in tags.items() if distance > 1)
    outside = [group for group in evaluate_challenge(tagger).distances if group.name not in ("0", "1")]
    assert [(group.pairs.correct, group.leaning) for group in outside] == [(0, 0.5)] * 5


@pytest.mark.parametrize("options", [("--head", "upos"), ("--column", "upos")])
def test_a_column_can_be_chosen(run: Run, model: Path, options: tuple[str, str]) -> None:
    result = json.loads(run("evaluate", model, "challenge", *options, "--json").stdout)
    assert result["tags"] == "universal"
    assert "heads" not in result


@pytest.mark.parametrize("option", [("--split", "dev"), ("--tagset", "universal"), ("--nltk-data", "x")])
def test_options_about_a_corpus_do_not_apply(run: Run, model: Path, option: tuple[str, str]) -> None:
    status, stdout, stderr = run("evaluate", model, "challenge", *option)
    assert (status, stdout) == (2, "")
    assert stderr.endswith(f"{option[0]} does not apply to the challenge set: leave it out\n")


def test_a_lexicon_decides_a_tag(run: Run, model: Path, tmp_path: Path) -> None:
    lexicon = tmp_path / "words.tsv"
    lexicon.write_text("that\tWDT\n", encoding="utf-8")
    done = run("evaluate", model, "challenge", "--head", "xpos", "--lexicon", lexicon, "--json")
    items = json.loads(done.stdout)["items"]
    assert {item["prediction"] for item in items if item["word"] == "that"} == {"WDT"}


def test_other_tags_and_other_languages_are_said(run: Run, tiny_config: MakeConfig, tmp_path: Path) -> None:
    scheme = SCHEMES[1]
    tags = {scheme.tag_of(sentence) for pair in scored_pairs(scheme) for sentence in pair.sentences}
    german = [[(f"Wort{number}", tag) for number, tag in enumerate(sorted(tags))]]
    config = tiny_config("window", training={"epochs": 1})
    Tagger.train(german, config).save(tmp_path / "german.safetensors")
    status, stdout, stderr = run("evaluate", tmp_path / "german.safetensors", "challenge")
    assert status == 0
    assert "UD's universal tags" in stdout
    assert stderr.startswith("only 0 % of the challenge set's words occur in the tagger's training data")
    few = [[("a", "DET"), ("b", "NOUN")]]
    Tagger.train(few, config).save(tmp_path / "few.safetensors")
    status, stdout, stderr = run("evaluate", tmp_path / "few.safetensors", "challenge")
    assert (status, stdout) == (2, "")
    assert stderr.count("\n") == 1
    assert "the challenge set needs a tagger with Penn treebank tags or with universal ones" in stderr
