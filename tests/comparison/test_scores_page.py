"""The page of one tagger's evaluation."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest
from parsed_page import Page, check_structure

from postagger import Config, Corpus, Evaluation, PostaggerError, Tagger
from postagger.comparison import evaluation_page
from postagger.evaluation import Calibration, evaluate
from postagger.evaluation.report import percent
from postagger.features import Lexicon, TagSet
from postagger.plots import pens_of

GOLD = [
    [("the", "DT"), ("<b>dog</b>", "NN"), ("saw", "VBD"), ("her", "PRP")],
    [("trees", "NNS"), ("bark", "_"), (".", ".")],
]
PREDICTED = [
    [("the", "DT"), ("<b>dog</b>", "NN"), ("saw", "NN"), ("her", "PRP")],
    [("trees", "NNS"), ("bark", "VBP"), (".", ".")],
]


@pytest.fixture
def evaluation() -> Evaluation:
    lexicon = Lexicon.from_sentences(GOLD[:1])
    tags = TagSet(["DT", "NN", "VBD", "PRP", ".", "VBP", "NNS"])
    return evaluate(GOLD, PREDICTED, lexicon, tags, [0.9, 0.8, 0.4, 0.99, 0.7, 0.5, 1.0])


def parsed(evaluation: Evaluation, **options: object) -> tuple[str, Page]:
    text = evaluation_page(evaluation, name="window", title="window on tiny", **options)  # type: ignore[arg-type]
    return text, Page(text)


def test_the_page_is_self_contained_and_well_built(evaluation: Evaluation) -> None:
    check_structure(*parsed(evaluation))


def test_the_page_has_all_scores(evaluation: Evaluation) -> None:
    _, page = parsed(evaluation, untempered=Calibration([0.5], [True]), made="Made on a Monday")
    words = {word.strip() for word in page.words}
    for rate in (evaluation.tokens, evaluation.known, evaluation.unknown, evaluation.sentences):
        low, high = rate.interval or (None, None)
        assert {percent(rate.value), f"{percent(low)} - {percent(high)}"} <= words
        assert f"{rate.correct} of {rate.total}" in words
    for score in evaluation.tag_scores():
        assert {score.tag, percent(score.precision), percent(score.recall), percent(score.f1)} <= words
    for label, rate in {**evaluation.by_frequency, **evaluation.by_length}.items():
        assert label in words or not rate.total
    text = " ".join(page.words)
    assert "Made on a Monday" in text
    assert "1 of 7 tokens has no gold tag" in text
    assert evaluation.calibration is not None
    assert f"{percent(evaluation.calibration.expected_error)} points; 50.00 without the temperature" in text
    for coverage in evaluation.calibration.coverage():
        assert percent(coverage.accuracy) in words


def test_errors_are_in_their_context_and_words_stay_text(evaluation: Evaluation) -> None:
    _, page = parsed(evaluation)
    assert "b" not in page.tags or "<b>dog</b>" in " ".join(page.words)
    (row,) = [row for row in range(len(page.words)) if page.words[row] == "saw"]
    assert "the <b>dog</b>" in page.words[row - 1]
    assert "her" in page.words[row + 1]


def test_the_colour_is_that_of_a_comparison(evaluation: Evaluation) -> None:
    text, _ = parsed(evaluation)
    assert f"fill: {pens_of(['lstm', 'window'])['window'].color}" in text


def test_without_errors_or_probabilities_there_is_a_page_too() -> None:
    perfect = evaluate(GOLD, GOLD, Lexicon.from_sentences(GOLD), TagSet(["DT"]))
    text, page = parsed(perfect)
    check_structure(text, page)
    assert "figure" not in page.tags
    assert "confusions" not in page.ids
    shown = " ".join(page.words)
    assert "There are no errors." in shown
    assert "gives no probabilities" in shown
    assert "Tags that training never has, counted as errors" in shown


def test_a_trained_tagger_s_page(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config())
    text, page = parsed(tagger.evaluate_on(tiny_corpus), description=tagger.description)
    check_structure(text, page)
    assert tagger.description in page.words


@pytest.mark.parametrize("package", ["matplotlib", "jinja2"])
def test_a_missing_package_is_named_with_the_command_to_install_it(
    package: str, evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(PostaggerError, match=rf"a page needs {package}: pip install 'postagkit\[compare\]'"):
        parsed(evaluation)
