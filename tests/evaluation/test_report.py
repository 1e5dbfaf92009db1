from __future__ import annotations

import json

import pytest

from postagger.evaluation import Evaluation, as_json, as_table, evaluate
from postagger.evaluation.report import percent
from postagger.features import Lexicon, TagSet


@pytest.fixture
def evaluation() -> Evaluation:
    """Eight tokens, six right; two sentences, one right; the one gold UH was never seen."""
    lexicon = Lexicon({"the": (9, 1), "can": (5, 2)})
    gold = [
        [("the", "DT"), ("can", "NN"), ("fell", "VB"), ("oh", "UH")],
        [("the", "DT"), ("can", "NN"), ("the", "DT"), ("can", "MD")],
    ]
    predictions = [
        [("the", "DT"), ("can", "MD"), ("fell", "VB"), ("oh", "NN")],
        [("the", "DT"), ("can", "NN"), ("the", "DT"), ("can", "MD")],
    ]
    return evaluate(gold, predictions, lexicon, TagSet(["DT", "MD", "NN", "VB"]))


def test_json_has_the_keys_that_others_rely_on(evaluation: Evaluation) -> None:
    report = as_json(evaluation, corpus="tiny", split="test", model="m.safetensors")
    expected = {
        "corpus": "tiny",
        "split": "test",
        "model": "m.safetensors",
        "accuracy": 6 / 8,
        "known_accuracy": 5 / 6,
        "unknown_accuracy": 1 / 2,
        "ambiguous_accuracy": 2 / 3,
        "sentence_accuracy": 1 / 2,
        "tokens": 8,
        "known_tokens": 6,
        "unknown_tokens": 2,
        "ambiguous_tokens": 3,
        "sentences": 2,
        "unseen_tags": {"UH": 1},
        "untagged_tokens": 0,
    }
    assert {key: report[key] for key in expected} == expected


def test_json_tells_tags_confusion_and_errors(evaluation: Evaluation) -> None:
    report = as_json(evaluation)
    assert report["tags"][0] == {"tag": "DT", "gold": 3, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert [entry["tag"] for entry in report["tags"]] == ["DT", "MD", "NN", "UH", "VB"]
    assert {"gold": "NN", "prediction": "NN", "tokens": 1} in report["confusion"]
    assert sum(entry["tokens"] for entry in report["confusion"]) == 8
    assert report["errors"] == [
        {
            "gold": "NN",
            "prediction": "MD",
            "tokens": 1,
            "examples": [{"before": "the", "word": "can", "after": "fell oh"}],
        },
        {
            "gold": "UH",
            "prediction": "NN",
            "tokens": 1,
            "examples": [{"before": "the can fell", "word": "oh", "after": ""}],
        },
    ]


def test_json_is_strict_json(evaluation: Evaluation) -> None:
    report = as_json(evaluation, corpus="tiny")
    read = json.loads(json.dumps(report, allow_nan=False))
    assert read == report | {"accuracy_interval_95": list(report["accuracy_interval_95"])}
    low, high = read["accuracy_interval_95"]
    assert 0 < low < read["accuracy"] < high < 1


def test_json_of_nothing_has_no_rates() -> None:
    report = json.loads(json.dumps(as_json(Evaluation()), allow_nan=False))
    rates = [value for key, value in report.items() if "accuracy" in key]
    assert rates == [None] * 6
    assert report["tokens"] == report["sentences"] == 0
    assert report["tags"] == report["errors"] == []


def _row(table: str, start: str) -> list[str]:
    """The words after `start` of the one line that starts with it."""
    (line,) = [line.strip() for line in table.splitlines() if line.strip().startswith(start)]
    return line.removeprefix(start).split()


def test_table_shows_rates_with_intervals_and_counts(evaluation: Evaluation) -> None:
    table = as_table(evaluation, title="the title")
    assert table.startswith("the title\n")
    assert _row(table, "tokens") == ["75.00", "40.93", "-", "92.85", "6", "of", "8"]
    assert _row(table, "known words")[0] == "83.33"
    assert _row(table, "unknown words")[0] == "50.00"
    assert _row(table, "ambiguous words")[0] == "66.67"
    assert _row(table, "sentences")[0] == "50.00"
    assert "never occur in training, counted as errors: UH (1)" in table


def test_table_has_a_heading_over_each_part(evaluation: Evaluation) -> None:
    blocks = as_table(evaluation, title="the title").split("\n\n")
    assert [" ".join(block.splitlines()[0].split()) for block in blocks] == [
        "the title",
        "accuracy 95 % interval correct of",
        "gold tags that never occur in training, counted as errors: UH (1)",
        "tag tokens precision recall F1",
        "most frequent errors (of 2):",
    ]


def test_table_shows_tags_and_errors_with_examples(evaluation: Evaluation) -> None:
    table = as_table(evaluation, title="")
    assert _row(table, "DT") == ["3", "100.00", "100.00", "100.00"]
    assert _row(table, f"{'UH':10}")[:3] == ["1", "-", "0.00"]
    assert "most frequent errors (of 2):" in table
    assert _row(table, "gold    prediction ") == ["tokens", "example"]
    assert _row(table, "NN      MD") == ["1", "the", "[can]", "fell", "oh"]
    assert _row(table, "UH      NN") == ["1", "the", "can", "fell", "[oh]"]


def test_tokens_without_a_gold_tag_are_counted() -> None:
    gold = [[("the", "DT"), ("can", "_"), ("fell", "_")], [("can", "_")]]
    predictions = [[("the", "DT"), ("can", "NN"), ("fell", "DT")], [("can", "NN")]]
    result = evaluate(gold, predictions, Lexicon({}), TagSet(["DT", "NN"]))
    assert (result.tokens.total, result.untagged) == (1, 3)
    assert as_json(result)["untagged_tokens"] == 3
    assert "\n3 of 4 tokens have no gold tag and are not scored\n" in as_table(result, title="")
    assert "gold tag and" not in as_table(evaluate(gold[:0], [], Lexicon({}), TagSet(["DT"])), title="")


def test_table_without_tags(evaluation: Evaluation) -> None:
    table = as_table(evaluation, title="", per_tag=False)
    assert "75.00" in table
    assert "precision" not in table
    assert "[can]" not in table


def test_table_of_no_errors_and_no_unknown_words() -> None:
    sentence = [("the", "DT")]
    evaluation = evaluate([sentence], [sentence], Lexicon({"the": (1, 1)}), TagSet(["DT"]))
    table = as_table(evaluation, title="")
    assert table.endswith("no errors")
    assert _row(table, "unknown words") == ["none"]
    assert "never occur" not in table


def test_ten_kinds_of_error_are_shown() -> None:
    tags = [f"T{number:02}" for number in range(12)]
    gold = [[("word", tag) for tag in tags]]
    predictions = [[("word", "X") for _ in tags]]
    table = as_table(evaluate(gold, predictions, Lexicon({}), TagSet([*tags, "X"])), title="")
    assert "most frequent errors (of 12):" in table
    assert table.count("[word]") == 10


@pytest.mark.parametrize(("rate", "shown"), [(None, "-"), (0.0, "0.00"), (0.96789, "96.79"), (1.0, "100.00")])
def test_per_cent(rate: float | None, shown: str) -> None:
    assert percent(rate) == shown
