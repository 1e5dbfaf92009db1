"""``postagger explain``, as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import Config, Corpus, Tagger
from postagger.cli import main

WORDS = ["They", "saw", "the", "glorp", ",", "they", "saw", "."]
SENTENCE = "They saw the glorp, they saw."


@pytest.fixture(scope="module")
def model(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> str:
    file = tmp_path_factory.mktemp("explain") / "window.safetensors"
    Tagger.train(tiny_corpus, tiny_config("window", training={"epochs": 20, "learning_rate": 0.02})).save(
        file
    )
    return str(file)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["explain", *arguments])
        return (status, *capsys.readouterr())

    return run


Run = Callable[..., tuple[int, str, str]]


def test_a_line_for_each_word(model: str, run: Run) -> None:
    status, out, errors = run(model, SENTENCE)
    assert (status, errors) == (0, "")
    head, *lines = out.splitlines()
    assert head.split()[:2] == ["word", "tag"]
    tagged = Tagger.load(model, device="cpu").tag(WORDS)
    assert [tuple(line.split()[:2]) for line in lines] == tagged


def test_all_about_a_word_wherever_it_stands(model: str, run: Run) -> None:
    status, out, _ = run(model, SENTENCE, "--word", "saw")
    assert status == 0
    first, second = out.split("\n\n'saw' is ")
    assert first.startswith("'saw' is ")
    for told, position in ((first, 1), (second, 6)):
        found = Tagger.load(model, device="cpu").explain(WORDS, position)
        assert f"{found.tag} ({found.probability:.3f}) rather than {found.against}" in told
        assert f"ratio is {found.margin:+.2f}: {found.start:+.2f}" in told
        assert "  suffix aw" in told
        for reason in found.reasons:
            name = reason.word or ("[before]" if reason.position < 0 else "[after]")
            assert any(line.split()[:2] == [name, f"{reason.share:+.2f}"] for line in told.splitlines()), (
                reason
            )


def test_unknown_parts_are_said_to_be(model: str, run: Run) -> None:
    _, out, _ = run(model, SENTENCE, "--word", "glorp")
    assert "  word glorp (unknown)" in out


def test_against_another_tag(model: str, run: Run) -> None:
    status, out, _ = run(model, SENTENCE, "--word", "the", "--against", "UH")
    assert status == 0
    assert "rather than UH" in out


def test_tokens_divided_already(model: str, run: Run) -> None:
    _, out, _ = run(model, SENTENCE, "--tokenized")
    assert [line.split()[0] for line in out.splitlines()[1:]] == SENTENCE.split()


def test_json_is_one_object(model: str, run: Run) -> None:
    status, out, _ = run(model, SENTENCE, "--word", "saw", "--json")
    assert status == 0
    facts = json.loads(out)
    assert facts["model"] == model
    one, other = facts["explanations"]
    assert one["words"] == WORDS
    assert (one["position"], other["position"]) == (1, 6)
    found = Tagger.load(model, device="cpu").explain(WORDS, 1)
    assert one["tag"] == found.tag
    assert one["reasons"][2]["share"] == found.reasons[2].share
    part = one["reasons"][2]["parts"][0]
    assert part == found.reasons[2].parts[0]._asdict()


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["", "--tokenized"], 1, "the sentence has no word"),
        (
            [SENTENCE, "--word", "dog"],
            1,
            "'dog' is not in this sentence, which has the words They saw the glorp ,",
        ),
        ([SENTENCE, "--against", "NN"], 2, "name it with --word"),
        ([SENTENCE, "--word", "the", "--against", "NOUN"], 2, "there is no tag 'NOUN'"),
        ([SENTENCE, "--word", "the", "--head", "brown"], 2, "'brown'"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], status: int, told: str, model: str, run: Run) -> None:
    found, out, errors = run(model, *arguments)
    assert (found, out) == (status, "")
    (line,) = errors.splitlines()
    assert line.startswith("postagger: ")
    assert told in line


def test_a_folder_is_refused(model: str, run: Run) -> None:
    status, out, errors = run(str(Path(model).parent), SENTENCE)
    assert (status, out) == (1, "")
    assert "is a folder: explain one of the models in it" in errors
