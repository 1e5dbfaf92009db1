"""``postagger explain``, as a user types it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from postagger import Config, Corpus, Tagger, load_files
from postagger.cli import main

WORDS = ["They", "saw", "the", "glorp", ",", "they", "saw", "."]
SENTENCE = "They saw the glorp, they saw."


@pytest.fixture(scope="module")
def model(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> str:
    file = tmp_path_factory.mktemp("explain") / "window.safetensors"
    # Without a dev part the last epoch is used, and it has memorised its sentences.
    corpus = Corpus("tiny", tiny_corpus.train, [], [])
    Tagger.train(corpus, tiny_config("window", training={"epochs": 25, "learning_rate": 0.02})).save(file)
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
    tagger = Tagger.load(model, device="cpu")
    assert [tuple(line.split()[1:3]) for line in lines] == tagger.tag(WORDS)
    for position, line in enumerate(lines):
        found = tagger.explain(WORDS, position)
        assert line.split()[0] == str(position + 1)
        strongest = max(found.reasons, key=lambda reason: abs(reason.attribution))
        assert f"{strongest.attribution:+.1f}" in line
        assert ("itself" in line) or strongest.position != position
    assert " the " in lines[1]
    assert "saw(2)" in lines[0] + lines[2], "a word that stands there more than once has its number"


def test_a_full_explanation_of_every_occurrence_of_a_word(model: str, run: Run) -> None:
    status, out, _ = run(model, SENTENCE, "--word", "saw")
    assert status == 0
    first, second = out.split("\n\n'saw', word 7, is ")
    assert first.startswith("'saw', word 2, is ")
    for told, position in ((first, 1), (second, 6)):
        found = Tagger.load(model, device="cpu").explain(WORDS, position)
        assert f"{found.tag} ({found.probability:.3f}) rather than {found.against}" in told
        assert f"ratio is {found.margin:+.2f}: {found.start:+.2f}" in told
        assert "  suffix2 aw" in told
        for reason in found.reasons:
            again = "(7)" if (position, reason.position) == (1, 6) else ""
            name = f"{reason.word}{again}" or ("[before]" if reason.position < 0 else "[after]")
            name = "itself" if reason.position == position else name
            assert any(
                line.split()[:2] == [name, f"{reason.attribution:+.2f}"] for line in told.splitlines()
            ), reason


def test_unknown_parts_are_marked(model: str, run: Run) -> None:
    _, out, _ = run(model, SENTENCE, "--word", "glorp")
    assert "  word glorp (unknown)" in out


def test_against_another_tag(model: str, run: Run) -> None:
    status, out, _ = run(model, SENTENCE, "--word", "the", "--against", "UH")
    assert status == 0
    assert "rather than UH" in out


def test_a_word_by_its_number(model: str, run: Run) -> None:
    _, out, _ = run(model, SENTENCE, "--position", "7")
    assert (
        out
        == run(model, SENTENCE, "--word", "saw")[1].partition("\n\n'saw', word 7")[1][2:]
        + (run(model, SENTENCE, "--word", "saw")[1].partition("\n\n'saw', word 7")[2])
    )


def test_a_double_quote_is_found_as_it_was_typed(model: str, run: Run) -> None:
    status, out, _ = run(model, 'They said "saw" .', "--word", '"')
    assert status == 0
    assert "'``', word 3, is " in out
    assert "\"''\", word 5, is " in out


def test_words_already_predicted_as_the_other_tag_are_left_out(model: str, run: Run) -> None:
    words = ["I", "can", "open", "the", "can", "."]
    tags = [tag for _, tag in Tagger.load(model, device="cpu").tag(words)]
    assert (tags[1], tags[4]) == ("MD", "NN")
    status, out, errors = run(model, " ".join(words), "--word", "can", "--against", "NN")
    assert status == 0
    assert out.startswith("'can', word 2, is MD")
    assert errors == "left out, because NN is the predicted tag: word 5\n"
    status, out, errors = run(model, " ".join(words), "--position", "5", "--against", "NN")
    assert (status, out) == (2, "")
    assert "NN is the predicted tag of word 5: compare with another tag" in errors


def test_an_error_of_the_attributions_is_reported(
    model: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "The attributions miss" not in run(model, SENTENCE, "--word", "saw")[1]
    monkeypatch.setattr("postagger.cli.explanation_text._MISSED", -1.0)
    found = Tagger.load(model, device="cpu").explain(WORDS, 1)
    assert (
        f"The attributions miss {round(found.rest, 2) + 0.0:+.2f}" in run(model, SENTENCE, "--word", "saw")[1]
    )


def test_a_sentence_that_is_tokenised_already(model: str, run: Run) -> None:
    _, out, _ = run(model, SENTENCE, "--tokenized")
    assert [line.split()[1] for line in out.splitlines()[1:]] == SENTENCE.split()


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
    assert one["reasons"][2]["attribution"] == found.reasons[2].attribution
    assert one["rest"] == found.rest
    part = one["reasons"][2]["parts"][0]
    assert part == asdict(found.reasons[2].parts[0])


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["", "--tokenized"], 1, "the sentence has no word"),
        (
            [SENTENCE, "--word", "dog"],
            1,
            "'dog' is not in this sentence, which has the words They saw the glorp ,",
        ),
        ([SENTENCE, "--against", "NN"], 2, "name the word with --word or --position"),
        ([SENTENCE, "--position", "9"], 1, "there is no word 9: the sentence has 8 words"),
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


# -- two models beside each other -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def other(tiny_corpus: Corpus, tiny_config: Callable[..., Config], model: str) -> str:
    file = Path(model).parent / "elsewhere" / "lstm.safetensors"
    Tagger.train(tiny_corpus, tiny_config("lstm")).save(file)
    return str(file)


def test_tags_of_two_models_beside_each_other(model: str, other: str, run: Run) -> None:
    status, out, errors = run(model, SENTENCE, "--compare", other)
    assert (status, errors) == (0, "")
    head, *lines = out.splitlines()
    assert head.split() == ["word", "window", "because", "of", "lstm", "because", "of"]
    one, two = Tagger.load(model, device="cpu").tag(WORDS), Tagger.load(other, device="cpu").tag(WORDS)
    differ = 0
    for line, (word, first), (_, second) in zip(lines, one, two, strict=False):
        differ += first != second
        assert (" ≠ " in line) == (first != second)
        expected = rf" {re.escape(word)} .* {re.escape(first)} [01]\.\d\d .* {re.escape(second)} [01]\.\d\d "
        assert re.search(expected, line)
    assert differ, "in this test they should"
    assert out.count("rather than") == 2 * differ, "where they differ, both are explained in full"


def test_two_models_as_json_and_as_a_page(model: str, other: str, run: Run, tmp_path: Path) -> None:
    _, out, _ = run(model, SENTENCE, "--compare", other, "--word", "saw", "--json")
    found = json.loads(out)["explanations"]
    assert [(each["model"], each["position"]) for each in found] == [
        ("window", 1), ("window", 6), ("lstm", 1), ("lstm", 6)
    ]  # fmt: skip
    page = tmp_path / "page.html"
    status, out, errors = run(model, SENTENCE, "--compare", other, "--html", str(page))
    assert (status, out) == (0, "")
    assert str(page) in errors
    assert page.read_text("utf-8").count("<details") == len(WORDS)
    assert run(model, SENTENCE, "--html", str(page))[0] == 0
    assert page.read_text("utf-8").count("<section>") == len(WORDS)


def test_models_of_the_same_name_are_told_apart(model: str, run: Run) -> None:
    _, out, _ = run(model, SENTENCE, "--compare", model)
    assert out.split()[1:8] == ["1:", "window", "because", "of", "2:", "window", "because"]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--html", "page.html", "--word", "saw"], 2, "--html writes a page about all words"),
        (["--html", "page.html", "--json"], 2, "--html writes a page about all words"),
        (["--html", "."], 1, "postagger: "),
        (["--compare", "no/such/model"], 1, "no/such/model"),
    ],
)
def test_mistakes_with_two_models(arguments: list[str], status: int, told: str, model: str, run: Run) -> None:
    found, out, errors = run(model, SENTENCE, *arguments)
    assert (found, out) == (status, "")
    (line,) = errors.splitlines()
    assert told in line


def test_the_nearest_training_tokens(model: str, run: Run, tiny_file: Path, tmp_path: Path) -> None:
    found = Tagger.load(model).nearest(WORDS, 3, load_files(test=tiny_file).test, 2)
    arguments = [SENTENCE, "--word", "glorp", "--nearest", str(tiny_file), "--k", "2"]
    status, out, errors = run(model, *arguments)
    assert (status, errors) == (0, "")
    plain, near = out.split("\n\n'glorp'")
    assert plain + "\n" == run(model, SENTENCE, "--word", "glorp")[1]
    head, *lines = near.rstrip("\n").split("\n")
    assert f"is {found.tag}; of the 2 training tokens that looked most like it {found.agreeing} " in head
    for line, each in zip(lines, found.neighbours, strict=True):
        assert line.split()[:2] == [f"{each.similarity:.3f}", each.tag]
        assert f"[{each.word}]" in line
    facts = json.loads(run(model, *arguments, "--json")[1])["explanations"][0]
    assert [each["word"] for each in facts["nearest"]] == [each.word for each in found.neighbours]
    assert facts["nearest_with_this_tag"] == found.agreeing
    assert len(run(model, SENTENCE, "--nearest", str(tiny_file))[1].split("\n\n")) == 1 + len(WORDS)
    page = tmp_path / "page.html"
    both = [SENTENCE, "--compare", model, "--nearest", str(tiny_file)]
    assert run(model, *both, "--html", str(page))[0] == 0
    assert page.read_text("utf-8").count("nearest training tokens ") == 2 * len(WORDS)
    _, out, _ = run(model, *both)
    assert out.count("that looked most like it") == 2 * len(WORDS)
    explanations = json.loads(run(model, *both, "--json")[1])["explanations"]
    assert all(len(each["nearest"]) == 5 for each in explanations)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--k", "3"], "--k is about the corpus of --nearest"),
        (["--column", "upos"], "--column is about the corpus of --nearest"),
        (["--nearest", "no-such-corpus"], "no-such-corpus"),
    ],
)
def test_options_about_a_corpus_need_one(arguments: list[str], told: str, model: str, run: Run) -> None:
    status, out, errors = run(model, SENTENCE, *arguments)
    assert status in (1, 2)
    assert out == ""
    assert told in errors
