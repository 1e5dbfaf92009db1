"""The challenge set in a comparison: what is run, saved, and reported."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_results import ready_results

from postagger import Corpus, load_corpus
from postagger.comparison import BaselineSystem, Plan, compare
from postagger.comparison.challenge import challenge_result, challenge_scheme
from postagger.comparison.report import as_html, as_markdown, as_table, challenge_note
from postagger.comparison.results import Results
from postagger.comparison.runs import read_run
from postagger.comparison.tables import challenge_rows
from postagger.evaluation import evaluate_challenge
from postagger.evaluation.challenge import SCHEMES, challenge_sentences, scored_pairs

PENN = SCHEMES[0]
SYSTEMS = [BaselineSystem("most_frequent"), BaselineSystem("perceptron")]


@pytest.fixture(scope="module")
def english() -> Corpus:
    """A part of the sample with all tags of the challenge set."""
    corpus = load_corpus("sample")
    return dataclasses.replace(corpus, train=corpus.train[::5], dev=corpus.dev[:5], test=corpus.test[:5])


@pytest.fixture(scope="module")
def done(english: Corpus, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    folder = tmp_path_factory.mktemp("challenge") / "compare"
    return compare(SYSTEMS, english, seeds=1, folder=folder, jobs=1), folder


def test_the_figures_are_those_of_the_tagger_itself(done: tuple[Results, Path], english: Corpus) -> None:
    challenge = done[0].challenge
    assert challenge is not None
    assert challenge.tags == "Penn treebank tags"
    for system in SYSTEMS:
        score = evaluate_challenge(system.train(english, 1, lambda _: None, done[1]))
        own = {row.name: row for row in challenge.rows if row.kind == "phenomenon"}
        assert [group.name for group in score.phenomena] == list(own)
        for group in score.phenomena:
            assert own[group.name].pairs == group.pairs.total
            assert own[group.name].pairs_right[system.name].values == (group.pairs.value,)
            assert own[group.name].words_right[system.name].values == (group.targets.value,)
        far = {row.name: row for row in challenge.rows if row.kind == "distance"}
        assert {group.name: group.pairs.value for group in score.distances} == {
            name: row.pairs_right[system.name].mean for name, row in far.items()
        }
        assert challenge.rows[-1].pairs_right[system.name].mean == score.overall.pairs.value


def test_a_run_without_the_predictions_or_with_others_is_not_complete(
    done: tuple[Results, Path], english: Corpus
) -> None:
    plan = Plan.make(SYSTEMS, english, seeds=1)
    job = plan.jobs[0]
    file = done[1] / "runs" / job.system / "seed-1" / "challenge.tsv"
    content = file.read_text(encoding="utf-8")
    run = read_run(plan, done[1], job)
    assert run is not None
    assert len(run.challenge) == len(challenge_sentences(PENN)) == content.count("\n") - 1
    try:
        for damaged in (content.replace("On Friday", "On Sunday"), content[: len(content) // 2], ""):
            file.write_text(damaged, encoding="utf-8")
            assert read_run(plan, done[1], job) is None
        file.unlink()
        assert read_run(plan, done[1], job) is None
    finally:
        file.write_text(content, encoding="utf-8")
    assert read_run(plan, done[1], job) == run


def test_a_plan_can_be_sent_to_workers(english: Corpus) -> None:
    plan = Plan.make(SYSTEMS, english, seeds=1)
    assert plan.challenge == PENN
    assert pickle.loads(pickle.dumps(plan)).challenge == PENN


def test_corpora_with_other_tags_or_of_another_language_have_none(english: Corpus) -> None:
    other = [[(word, f"{tag}!") for word, tag in sentence] for sentence in english.train]
    foreign = [[(f"{word}ski", tag) for word, tag in sentence] for sentence in english.train]
    assert challenge_scheme(english) == PENN
    assert challenge_scheme(dataclasses.replace(english, train=other)) is None
    assert challenge_scheme(dataclasses.replace(english, train=foreign)) is None


def test_the_report_has_table_sentence_and_note_in_every_format(done: tuple[Results, Path]) -> None:
    results = done[0]
    assert results.challenge is not None
    html = as_html(results, {})
    markdown = as_markdown(results)
    for row in challenge_rows(results):
        assert all(f">{cell}</t" in html for cell in row)
        assert f"| {' | '.join(row)} |" in markdown
    for text in (results.challenge.sentence, challenge_note(results)):
        assert text.replace("'", "&#39;") in html
        assert text in markdown
    assert results.challenge.sentence[:30] in as_table(results)
    plain = json.loads(json.dumps(results.as_json()))["challenge"]
    assert plain["rows"][-1]["kind"] == "all"
    assert set(plain["rows"][0]["pairs_right"]["perceptron"]) == {"mean", "deviation", "values"}


def test_without_the_set_the_report_does_not_mention_it() -> None:
    results = ready_results("window", "lstm")
    assert results.challenge is None
    for text in (as_html(results, {}), as_markdown(results), as_table(results)):
        assert "hallenge" not in text


def tags_of(right: Sequence[str]) -> list[str]:
    """The gold tags of some phenomena, and elsewhere the first member's tag for both."""
    return [
        PENN.tag_of(sentence if pair.phenomenon in right else pair.first)
        for pair in scored_pairs(PENN)
        for sentence in pair.sentences
    ]


@pytest.mark.parametrize(
    ("window", "lstm", "sentence"),
    [
        (
            ["particle"],
            ["particle", "perfect"],
            "differ most in perfect: lstm has 100.00 % of these 14 pairs right, window 0.00 %.",
        ),
        (
            [],
            [],
            "Of every phenomenon, lstm and window, the two most accurate, have equally many pairs right.",
        ),
    ],
)
def test_the_sentence_names_the_largest_difference(window: list[str], lstm: list[str], sentence: str) -> None:
    systems = ready_results("most_frequent", "window", "lstm").systems
    found = challenge_result(
        PENN,
        systems,
        {"most_frequent": [[tags_of(["capital"])]], "window": [[tags_of(window)]], "lstm": [[tags_of(lstm)]]},
    )
    assert found is not None
    assert found.sentence.endswith(sentence)


def test_seeds_are_values_and_folds_their_mean() -> None:
    systems = ready_results("window", "lstm").systems
    none, perfect = tags_of([]), tags_of(["perfect"])
    found = challenge_result(
        PENN, systems, {"window": [[none, perfect], [none, none]], "lstm": [[none, none], [perfect, perfect]]}
    )
    assert found is not None
    row = next(row for row in found.rows if row.name == "perfect")
    assert row.pairs_right["window"].values == (0.5, 0.0)
    assert row.pairs_right["lstm"].values == (0.0, 1.0)
    assert row.words_right["lstm"].values == (0.5, 1.0)
