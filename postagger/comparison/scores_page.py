"""One tagger's evaluation as a page, in the design of a comparison's report."""

from __future__ import annotations

from collections.abc import Mapping

from postagger.comparison.breakdown_tables import confusion_table, coverage_table, shaded_accuracy
from postagger.comparison.pages import glossary, render
from postagger.comparison.pictures.elements import Picture
from postagger.comparison.pictures.reliability import reliability_diagrams
from postagger.comparison.style import drawing
from postagger.comparison.tables import Cell, Table
from postagger.evaluation import Calibration, Evaluation, Rate
from postagger.evaluation.report import percent
from postagger.extras import require
from postagger.plots import pens_of

_ERRORS = 40
"""Kinds of errors on a page."""

_SECTIONS = {
    "scores": "Scores",
    "words": "By word and sentence",
    "tags": "By tag",
    "confusions": "Confusions",
    "confidence": "Confidence",
    "errors": "Errors in context",
    "terms": "How to read this",
    "origin": "Origin",
}


def check_packages() -> None:
    """Checks before an evaluation that its page can be made.

    Raises:
        PostaggerError: a package is not installed.
    """
    require("compare", "a page needs", "matplotlib", "jinja2")


def evaluation_page(
    evaluation: Evaluation,
    *,
    name: str,
    title: str,
    description: str = "",
    untempered: Calibration | None = None,
    made: str = "",
) -> str:
    """A self-contained page: no script, no other file, no network.

    (Its length is that of the arguments' description, and a line for each value of the template.)

    Args:
        evaluation: of `Tagger.evaluate_on`, for example.
        name: of the tagger; it decides the colour, which is that of a comparison's report.
        title: what was tested, and on what.
        description: what kind of tagger it is.
        untempered: the calibration of the same tagger without its temperature, if that is to be shown.
        made: when and how the page was made, in words.

    Raises:
        PostaggerError: matplotlib or jinja2 is not installed.
    """
    check_packages()
    calibration = evaluation.calibration
    errors = {(gold, tag): float(tokens) for gold, tag, tokens in evaluation.errors()}
    shown = [entry for entry in _SECTIONS.items() if entry[0] != "confusions" or errors]
    return render(
        "evaluation.html.j2",
        names=[name],
        pictures=_pictures(name, calibration),
        title=title,
        description=description,
        contents=shown,
        evaluation=evaluation,
        made=made,
        scores=_scores(evaluation),
        unseen=", ".join(f"{tag} ({count:,})" for tag, count in evaluation.unseen_tags.most_common()),
        frequency=_rates("times in training", evaluation.by_frequency),
        length=_rates("sentence length", evaluation.by_length),
        tags=_tags(evaluation),
        confusion=confusion_table(name, errors) if errors else None,
        calibration=calibration,
        expected_error=None if calibration is None else percent(calibration.expected_error),
        untempered_error=None if untempered is None else percent(untempered.expected_error),
        coverage=None if calibration is None else coverage_table({name: calibration.coverage()}),
        errors=[
            (gold, tag, count, evaluation.examples[gold, tag])
            for gold, tag, count in evaluation.errors()[:_ERRORS]
        ],
        kinds=len(errors),
        glossary=glossary("evaluation_terms.txt.j2"),
    )


def _pictures(name: str, calibration: Calibration | None) -> dict[str, Picture]:
    if calibration is None:
        return {}
    with drawing():
        found = reliability_diagrams({name: (calibration.reliability(), pens_of([name])[name])})
    return {} if found is None else {"reliability": found}


def _scores(evaluation: Evaluation) -> list[tuple[str, str, str, str]]:
    """What is scored, the rate, its interval, and the counts."""
    named = {
        "tokens": evaluation.tokens,
        "known words": evaluation.known,
        "unknown words": evaluation.unknown,
        "ambiguous words": evaluation.ambiguous,
        "sentences": evaluation.sentences,
    }
    return [
        (name, percent(rate.value), _interval(rate), f"{rate.correct:,} of {rate.total:,}")
        for name, rate in named.items()
    ]


def _interval(rate: Rate) -> str:
    return " - ".join(map(percent, rate.interval)) if rate.interval else "-"


def _rates(head: str, rates: Mapping[str, Rate]) -> Table:
    rows: list[list[str | Cell]] = [
        [label, f"{rate.total:,}", shaded_accuracy(rate.value), _interval(rate)]
        for label, rate in rates.items()
        if rate.total
    ]
    return Table(f"Accuracy by {head}", [head, "tokens", "accuracy", "95 % interval"], rows)


def _tags(evaluation: Evaluation) -> Table:
    rows: list[list[str | Cell]] = [
        [score.tag, f"{score.gold:,}", *map(shaded_accuracy, (score.precision, score.recall, score.f1))]
        for score in sorted(evaluation.tag_scores(), key=lambda score: (-score.gold, score.tag))
    ]
    columns = ["tag", "tokens", "precision", "recall", "F1"]
    return Table("Precision, recall and F1 by tag (per cent), the most frequent tag first", columns, rows)
