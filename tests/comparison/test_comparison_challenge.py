"""The challenge set in a comparison: what is run, saved, and reported."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from fake_results import ready_results
from numpy.typing import NDArray

from postagger import Corpus, load_corpus
from postagger.comparison import BaselineSystem, Plan, compare
from postagger.comparison.breakdown_tables import leaning_table, pairs_right_table
from postagger.comparison.challenge import challenge_result, challenge_scheme, challenge_tsv, read_challenge
from postagger.comparison.report import as_html, as_markdown, as_table
from postagger.comparison.results import Results, Spread
from postagger.comparison.runs import read_run
from postagger.comparison.tables import Cell
from postagger.evaluation import evaluate_challenge
from postagger.evaluation.challenge import (
    SCHEMES,
    ChallengeAnswer,
    challenge_answers,
    challenge_sentences,
    scored_pairs,
)
from postagger.evaluation.challenge_report import LEGEND
from postagger.tagger import SentenceTagger

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


def values(spread: Spread | None) -> tuple[float, ...]:
    assert spread is not None
    return spread.values


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
            assert values(own[group.name].pairs_right[system.name]) == (group.pairs.value,)
            assert values(own[group.name].words_right[system.name]) == (group.targets.value,)
            assert own[group.name].leaning[system.name] is None
        far = {row.name: row for row in challenge.rows if row.kind == "distance"}
        assert {group.name: (group.pairs.value,) for group in score.distances} == {
            name: values(row.pairs_right[system.name]) for name, row in far.items()
        }
        assert values(challenge.rows[-1].pairs_right[system.name]) == (score.overall.pairs.value,)


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
    assert leaning_table(results) is None, "these systems give no probabilities"
    table = pairs_right_table(results)
    assert table is not None
    assert [row[0] for row in table.texts][-1] == "all"
    for row in table.texts:
        assert all(f">{cell}</t" in html for cell in row)
        assert f"| {' | '.join(row)} |" in markdown
    assert results.challenge.sentence.replace("'", "&#39;") in html
    for text in (results.challenge.sentence, LEGEND):
        assert text in markdown
    assert results.challenge.sentence[:30] in as_table(results)
    plain = json.loads(json.dumps(results.as_json()))["challenge"]
    assert plain["rows"][-1]["kind"] == "all"
    assert set(plain["rows"][0]["pairs_right"]["perceptron"]) == {"mean", "deviation", "values"}


def test_leaning_is_shaded_from_worse_than_chance_to_always_right(done: tuple[Results, Path]) -> None:
    """Blue above a half, orange below, and nothing at a half."""
    results = done[0]
    assert results.challenge is not None
    rates: dict[str, Spread | None] = {
        "most_frequent": Spread((0.25, 0.25)),
        "perceptron": Spread((1.0, 1.0)),
    }
    rows = tuple(dataclasses.replace(row, leaning=rates) for row in results.challenge.rows)
    table = leaning_table(
        dataclasses.replace(results, challenge=dataclasses.replace(results.challenge, rows=rows))
    )
    assert table is not None
    shades = dict(zip(table.columns[2:], table.rows[0][2:], strict=True))
    assert shades == {"most_frequent": Cell("25", -0.5), "perceptron": Cell("100", 1.0)}


def test_without_the_set_the_report_does_not_mention_it() -> None:
    results = ready_results("window", "lstm")
    assert results.challenge is None
    for text in (as_html(results, {}), as_markdown(results), as_table(results)):
        assert "hallenge" not in text


def answers(right: Sequence[str], leaning: Sequence[str] | None = None) -> list[ChallengeAnswer]:
    """The gold tags of some phenomena, and elsewhere the first member's tag for both.

    Args:
        leaning: phenomena that lean the right way; None for a tagger without probabilities.
    """
    return [
        ChallengeAnswer(
            PENN.tag_of(sentence if pair.phenomenon in right else pair.first),
            None if leaning is None else float(pair.phenomenon in leaning and sentence == pair.first),
        )
        for pair in scored_pairs(PENN)
        for sentence in pair.sentences
    ]


@pytest.mark.parametrize(
    ("window", "lstm", "sentence"),
    [
        (
            answers(["particle"]),
            answers(["particle", "perfect"]),
            "in perfect: lstm has both words right in 100.00 % of these 14 pairs, window in 0.00 %.",
        ),
        (
            answers(["capital"], ["particle"]),
            answers([], ["particle", "agreement"]),
            "in agreement: lstm leans the right way in 100.00 % of these 15 pairs, window in 50.00 %.",
        ),
        (
            answers(["capital"], ["particle"]),
            answers([]),
            "in capital: window has both words right in 100.00 % of these 15 pairs, lstm in 0.00 %.",
        ),
        (answers([]), answers([]), "the two most accurate, do equally well in every phenomenon."),
    ],
)
def test_the_sentence_names_the_largest_difference(
    window: list[ChallengeAnswer], lstm: list[ChallengeAnswer], sentence: str
) -> None:
    systems = ready_results("most_frequent", "window", "lstm").systems
    found = challenge_result(
        PENN, systems, {"most_frequent": [[answers(["noise"])]], "window": [[window]], "lstm": [[lstm]]}
    )
    assert found is not None
    assert found.sentence.endswith(sentence)


def test_seeds_are_values_and_folds_their_mean() -> None:
    systems = ready_results("window", "lstm").systems
    none, perfect = answers([], []), answers(["perfect"], ["perfect"])
    found = challenge_result(
        PENN, systems, {"window": [[none, perfect], [none, none]], "lstm": [[none, none], [perfect, perfect]]}
    )
    assert found is not None
    row = next(row for row in found.rows if row.name == "perfect")
    assert values(row.pairs_right["window"]) == (0.5, 0.0)
    assert values(row.pairs_right["lstm"]) == (0.0, 1.0)
    assert values(row.words_right["lstm"]) == (0.5, 1.0)
    assert values(row.leaning["window"]) == (0.75, 0.5)


def test_answers_are_read_as_they_were_written(english: Corpus, tmp_path: Path) -> None:
    class Doubtful:
        """Tags as the baseline does, with probabilities."""

        def __init__(self) -> None:
            self.tagger = SYSTEMS[0].train(english, 1, lambda _: None, tmp_path)
            self.tagset, self.lexicon = self.tagger.tagset, self.tagger.lexicon
            self.tag_sents = self.tagger.tag_sents

        def probabilities(self, sentences: list[list[str]]) -> NDArray[np.float32]:
            shape = sum(map(len, sentences)), len(self.tagset)
            return np.random.default_rng(1).dirichlet(np.ones(shape[1]), shape[0]).astype(np.float32)

    tagger = cast(SentenceTagger, Doubtful())
    (tmp_path / "x.tsv").write_bytes(challenge_tsv(tagger, PENN))
    found = read_challenge(tmp_path / "x.tsv", PENN)
    assert found == challenge_answers(tagger, PENN)
    assert all(answer.log_odds for answer in found)
