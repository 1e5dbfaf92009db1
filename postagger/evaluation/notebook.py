"""Evaluations in a notebook: the tables of the command line as HTML."""

from __future__ import annotations

from postagger.evaluation.calibration import Calibration
from postagger.evaluation.challenge import ChallengeGroup, ChallengeScore
from postagger.evaluation.counts import Evaluation, Rate
from postagger.evaluation.report import percent
from postagger.html import block, folded, paragraph, table, text

_ERRORS = 10
"""Kinds of error that are shown."""


def evaluation_html(evaluation: Evaluation) -> str:
    """The rates, and behind a click the tags, the most frequent errors and the probabilities."""
    head = ["", "accuracy (%)", "95 % interval", "correct", "of"]
    rates = {
        "tokens": evaluation.tokens,
        "known words": evaluation.known,
        "unknown words": evaluation.unknown,
        "ambiguous words": evaluation.ambiguous,
        "sentences": evaluation.sentences,
    }
    parts = [table(head, [_rate_row(name, rate) for name, rate in rates.items()])]
    if evaluation.unseen_tags:
        listed = ", ".join(f"{tag} ({count:,})" for tag, count in evaluation.unseen_tags.most_common())
        parts.append(
            paragraph("gold tags that never occur in training, counted as errors:", text(listed), small=True)
        )
    if evaluation.untagged:
        total = evaluation.untagged + evaluation.tokens.total
        shown = f"{evaluation.untagged:,} of {total:,} tokens have no gold tag and are not scored"
        parts.append(paragraph(text(shown), small=True))
    parts.append(folded("by tag", _tags(evaluation)))
    parts.append(folded("most frequent errors", _errors(evaluation)))
    if evaluation.calibration is not None:
        parts.append(folded("by probability", _calibration(evaluation.calibration)))
    return block(*parts)


def calibration_html(calibration: Calibration) -> str:
    """How many tokens have at least some probability, and how many of these are right."""
    return block(_calibration(calibration))


def challenge_html(score: ChallengeScore) -> str:
    """Words and pairs right by phenomenon, and behind a click by distance."""
    title = f"challenge set, {score.scheme.title}"
    distances = _groups("words to difference", score.distances)
    phenomena = _groups("phenomenon", (score.overall, *score.phenomena))
    return block(paragraph(text(title)), phenomena, folded("by distance", distances))


def _rate_row(name: str, rate: Rate) -> list[str]:
    return [name, percent(rate.value), _interval(rate), f"{rate.correct:,}", f"{rate.total:,}"]


def _interval(rate: Rate) -> str:
    return " - ".join(map(percent, rate.interval or (None, None)))


def _tags(evaluation: Evaluation) -> str:
    rows = [
        [score.tag, f"{score.gold:,}", *map(percent, (score.precision, score.recall, score.f1))]
        for score in sorted(evaluation.tag_scores(), key=lambda score: -score.gold)
    ]
    return table(["tag", "tokens", "precision", "recall", "F1"], rows)


def _errors(evaluation: Evaluation) -> str:
    errors = evaluation.errors()
    if not errors:
        return paragraph("no errors")
    rows = []
    for gold, prediction, count in errors[:_ERRORS]:
        example = next(iter(evaluation.examples.get((gold, prediction), ())), None)
        shown = "" if example is None else f"{example.before} [{example.word}] {example.after}".strip()
        rows.append([gold, prediction, f"{count:,}", shown])
    return table(["gold", "prediction", "tokens", "example"], rows, left=(0, 1, 3))


def _calibration(calibration: Calibration) -> str:
    rows = [
        [f"at least {each.threshold:g}" if each.threshold else "any", *map(percent, each[:0:-1])]
        for each in calibration.coverage()
    ]
    gap = percent(calibration.expected_error) if len(calibration) else "-"
    note = f"expected calibration error: {gap} percentage points"
    return table(["probability", "accuracy (%)", "of tokens (%)"], rows) + paragraph(text(note), small=True)


def _groups(name: str, groups: tuple[ChallengeGroup, ...]) -> str:
    rows = [
        [
            group.name,
            percent(group.targets.value),
            percent(group.pairs.value),
            _interval(group.pairs),
            percent(group.leaning),
            str(group.pairs.total),
        ]
        for group in groups
    ]
    return table([name, "words (%)", "pairs (%)", "95 % interval", "leaning (%)", "of pairs"], rows)
