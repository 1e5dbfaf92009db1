"""An evaluation as a table for people and as plain data for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postagger.evaluation.calibration import Calibration
from postagger.evaluation.counts import Evaluation, Rate

_TOP_ERRORS = 10


def as_json(evaluation: Evaluation, **origin: Any) -> dict[str, Any]:
    """Plain data: rates in 0..1 (None if nothing was counted), counts, and `origin` (corpus, model ...)."""
    return {
        **origin,
        "accuracy": evaluation.tokens.value,
        "accuracy_interval_95": evaluation.tokens.interval,
        "known_accuracy": evaluation.known.value,
        "unknown_accuracy": evaluation.unknown.value,
        "ambiguous_accuracy": evaluation.ambiguous.value,
        "sentence_accuracy": evaluation.sentences.value,
        "tokens": evaluation.tokens.total,
        "known_tokens": evaluation.known.total,
        "unknown_tokens": evaluation.unknown.total,
        "ambiguous_tokens": evaluation.ambiguous.total,
        "untagged_tokens": evaluation.untagged,
        "sentences": evaluation.sentences.total,
        **({} if evaluation.calibration is None else evaluation.calibration.as_json()),
        "by_frequency": _rates_json(evaluation.by_frequency),
        "by_length": _rates_json(evaluation.by_length),
        "unseen_tags": dict(sorted(evaluation.unseen_tags.items())),
        "tags": [score._asdict() for score in evaluation.tag_scores()],
        "confusion": [
            {"gold": gold, "prediction": prediction, "tokens": count}
            for (gold, prediction), count in sorted(evaluation.pairs.items())
        ],
        "errors": [
            {
                "gold": gold,
                "prediction": prediction,
                "tokens": count,
                "examples": [example._asdict() for example in evaluation.examples[gold, prediction]],
            }
            for gold, prediction, count in evaluation.errors()
        ],
    }


def _rates_json(rates: Mapping[str, Rate]) -> list[dict[str, Any]]:
    return [{"range": name, "tokens": each.total, "accuracy": each.value} for name, each in rates.items()]


def as_table(evaluation: Evaluation, *, title: str, per_tag: bool = True) -> str:
    """A text table: rates with 95 % intervals, scores of each tag, and the most frequent errors."""
    lines = [title, "", f"{'':18}{'accuracy':>9}   {'95 % interval':16}{'correct':>9} of"]
    for name, rate in (
        ("tokens", evaluation.tokens),
        ("  known words", evaluation.known),
        ("  unknown words", evaluation.unknown),
        ("  ambiguous words", evaluation.ambiguous),
        ("sentences", evaluation.sentences),
    ):
        lines.append(_rate_line(name, rate))
    if evaluation.unseen_tags:
        unseen = ", ".join(f"{tag} ({count})" for tag, count in evaluation.unseen_tags.most_common())
        lines += ["", f"gold tags that never occur in training, counted as errors: {unseen}"]
    if evaluation.untagged:
        total = evaluation.untagged + evaluation.tokens.total
        lines += ["", f"{evaluation.untagged:,} of {total:,} tokens have no gold tag and are not scored"]
    if evaluation.calibration is not None:
        lines += ["", *_confidence_lines(evaluation.calibration)]
    if per_tag:
        lines += ["", *_tag_lines(evaluation)]
        lines += ["", *_error_lines(evaluation)]
    return "\n".join(lines)


def percent(rate: float | None) -> str:
    """A rate in 0..1 as per cent with two decimals; a dash for None."""
    return "-" if rate is None else f"{100 * rate:.2f}"


def _rate_line(name: str, rate: Rate) -> str:
    if not rate.total:
        return f"{name:18}{'none':>9}"
    low, high = rate.interval or (None, None)
    between = f"{percent(low)} - {percent(high)}"
    return f"{name:18}{percent(rate.value):>9}   {between:16}{rate.correct:>9,} of {rate.total:,}"


def _confidence_lines(calibration: Calibration) -> list[str]:
    lines = [f"{'probability':18}{'accuracy':>9}{'% of tokens':>13}"]
    for threshold, coverage, accuracy in calibration.coverage():
        name = f"at least {threshold:g}" if threshold else "any"
        lines.append(f"{name:18}{percent(accuracy):>9}{percent(coverage):>13}")
    gap = percent(calibration.expected_error)
    return [
        *lines,
        f"expected calibration error {gap}: the percentage points by which probability and accuracy differ",
    ]


def _tag_lines(evaluation: Evaluation) -> list[str]:
    lines = [f"{'tag':10}{'tokens':>8}{'precision':>11}{'recall':>9}{'F1':>9}"]
    for score in sorted(evaluation.tag_scores(), key=lambda score: -score.gold):
        rates = f"{percent(score.precision):>11}{percent(score.recall):>9}{percent(score.f1):>9}"
        lines.append(f"{score.tag:10}{score.gold:>8,}{rates}")
    return lines


def _error_lines(evaluation: Evaluation) -> list[str]:
    errors = evaluation.errors()
    if not errors:
        return ["no errors"]
    wrong = evaluation.tokens.total - evaluation.tokens.correct
    lines = [
        f"most frequent errors (of {wrong:,}):",
        f"{'gold':8}{'prediction':11}{'tokens':>7}   example",
    ]
    for gold, prediction, count in errors[:_TOP_ERRORS]:
        example = evaluation.examples[gold, prediction][0]
        shown = f"{example.before} [{example.word}] {example.after}".strip()
        lines.append(f"{gold:8}{prediction:11}{count:>7,}   {shown}")
    return lines
