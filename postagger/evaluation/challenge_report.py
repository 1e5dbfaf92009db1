"""Scores on the challenge set as a table for people and as plain data for programs."""

from __future__ import annotations

import textwrap
from typing import Any

from postagger.corpora.minimal_pairs import load_challenge
from postagger.evaluation.challenge import ChallengeGroup, ChallengeScore
from postagger.evaluation.report import percent

_WIDTH = 100

LEGEND = (
    "A pair is right if both its words are. A tagger that gives both the same tag has half of the words "
    "right and no pair. Leaning: pairs in which the tagger's probabilities favour the right tags, that is, "
    "the odds of the first word's tag against the second's are higher for the first word than for the "
    "second. A pair in which it sees no difference counts half: a window tagger sees none where the "
    "sentences differ only outside its window."
)


def challenge_table(score: ChallengeScore, *, title: str) -> str:
    """A text table: words and pairs right, by phenomenon and by distance, with 95 % intervals."""
    head = (
        f"{'words':>8}  {'95 % interval':15}{'pairs':>8}  {'95 % interval':15}{'leaning':>8}{'of pairs':>10}"
    )
    lines = [title, "", f"{'':27}{head}"]
    lines += [_line(group) for group in (score.overall, *score.phenomena)]
    lines += ["", f"{'words to difference':27}{head}", *map(_line, score.distances), ""]
    left_out = len(load_challenge()) - score.overall.pairs.total
    if left_out:
        lines.append(f"{left_out} pairs are left out: {score.scheme.title} do not tell their words apart.")
    return "\n".join([*lines, *textwrap.wrap(LEGEND, _WIDTH)])


def challenge_json(score: ChallengeScore, **origin: Any) -> dict[str, Any]:
    """Plain data: rates in 0..1, counts, every item, and `origin` (corpus, model ...)."""
    return {
        **origin,
        "tags": score.scheme.name,
        **_plain(score.overall),
        "known_words": score.known,
        "phenomena": [{"name": group.name, **_plain(group)} for group in score.phenomena],
        "distances": [{"words": group.name, **_plain(group)} for group in score.distances],
        "items": [item._asdict() for item in score.items],
    }


def _plain(group: ChallengeGroup) -> dict[str, Any]:
    return {
        "accuracy": group.targets.value,
        "accuracy_interval_95": group.targets.interval,
        "tokens": group.targets.total,
        "pair_accuracy": group.pairs.value,
        "pair_accuracy_interval_95": group.pairs.interval,
        "pairs": group.pairs.total,
        "leaning": group.leaning,
    }


def _line(group: ChallengeGroup) -> str:
    cells = []
    for rate in (group.targets, group.pairs):
        low, high = rate.interval or (None, None)
        cells.append(f"{percent(rate.value):>8}  {f'{percent(low)} - {percent(high)}':15}")
    return f"{group.name:27}{''.join(cells)}{percent(group.leaning):>8}{group.pairs.total:>10}"
