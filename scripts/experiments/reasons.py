#!/usr/bin/env python3
"""Why did the model predict this label? Whether the words that `tagger.explain` names are those that count.

The lecture: it can be difficult to interpret the output of a neural network; one has to examine its weights.
`tagger.explain` does: it divides what speaks for a tag among the words of the sentence, and says what is lost
without each of them. Two tests of it:

- In the plain language of long_range.py the tag of "up" is decided by a verb k words before it, and by
  nothing else. How often is that verb the word with the largest attribution, and how often the one without which
  most of the tag's probability is lost, of all words but "up" itself, where the tagger is right?
- On a treebank nobody knows the reason. But if it is hidden, the answer should change: for words of the dev
  part drawn at random, another word of the sentence is hidden, the one with the largest attribution, the one before
  the word, or one of its four neighbours by chance. How many answers change, and how much of the probability
  of the answer is lost?

Also: how much the attributions miss of what they divide, by the sum of their sizes.

Example:
    python scripts/experiments/reasons.py --seeds 3
"""

from __future__ import annotations

import itertools
import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import long_range
from common import CONFIGS, origin, parser, run, save, table
from kept import kept_runs

from postagger import Corpus, DataError, Tagger, load_config, load_corpus
from postagger.comparison.pictures.elements import framed
from postagger.comparison.style import drawing, pen
from postagger.explain import Explanation, Reason

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DISTANCES = (1, 2, 3, 5, 10, 20)
"""k: the verb is the k-th word before "up"."""

GENERATED = {system.name: system for system in long_range.SYSTEMS if system.name in ("window ±5", "LSTM")}
RATE = 1e-2
CONFIGURED = ("logistic", "window", "lstm")

BY_SHARE, BY_LOSS = "its attribution", "what is lost without it"
WAYS = (BY_SHARE, BY_LOSS)
"""By what the most important word is chosen."""

LARGEST, BEFORE, CHANCE = "with the largest attribution", "before it", "of its four neighbours, by chance"
HIDDEN = (LARGEST, BEFORE, CHANCE)
"""Which other word of the sentence is hidden."""

SIZES = {"groups": 100, "explained": 400}
"""Groups of sentences for each distance to train on, see `long_range.language`; words to explain on dev."""

_LONGEST = 60
"""Words of a sentence of which a word is explained: the time grows with the square."""


@dataclass(frozen=True)
class Task:
    """One tagger to train and explain: in the generated language, or by a config on a treebank."""

    system: str
    seed: int
    groups: int
    explained: int


def measure(corpus: Corpus, task: Task) -> Any:
    """In the language, by distance: how often the verb is named, in 0..1. On the treebank: see `hide`."""
    if task.system in GENERATED:
        return find_verbs(task)
    config = load_config(CONFIGS / f"{task.system}.toml", [f"training.seed={task.seed}"])
    return hide(Tagger.train(corpus, config), drawn(corpus, task.explained), task.seed)


# -- where the reason is known ----------------------------------------------------------------------


def find_verbs(task: Task) -> dict[str, Any]:
    """How often the verb is the word named.

    Returns:
        ``named``: for each distance how often, by each of `WAYS`, in 0..1, or None where "up" is never tagged
        right; and ``missed``, see `missed_by`, at most.
    """
    train, dev = (
        long_range.language(groups, seed=2 * task.seed + part, distances=DISTANCES)
        for part, groups in enumerate((task.groups, max(1, task.explained // 40)))
    )
    config = long_range.config_of(GENERATED[task.system], RATE, task.seed)
    tagger = Tagger.train(Corpus("generated", train, dev, []), config)
    found: defaultdict[int, list[dict[str, bool]]] = defaultdict(list)
    missed = 0.0
    for sentence in dev:
        words, place = [word for word, _ in sentence], long_range.place_of_up(sentence)
        distance = long_range.distance_in(sentence)
        if tagger.tag(words)[place] == sentence[place]:
            explanation = tagger.explain(words, place)
            verb = place - distance
            found[distance].append({way: strongest(explanation, way) == verb for way in WAYS})
            missed = max(missed, missed_by(explanation))
    rates = [
        (k, {way: statistics.fmean(each[way] for each in found[k]) for way in WAYS} if found[k] else None)
        for k in DISTANCES
    ]
    return {"named": rates, "missed": missed}


def missed_by(explanation: Explanation) -> float:
    """How much the attributions miss, by the sum of their sizes."""
    return abs(explanation.rest) / sum(abs(reason.attribution) for reason in explanation.reasons)


def strongest(explanation: Explanation, way: str = BY_SHARE) -> int | None:
    """The position of the most important word, of all but the one that is explained; None without one."""
    if way == BY_LOSS:
        ranks = [(reason.probability_without, reason.position) for reason in others(explanation)]
    else:
        ranks = [(-reason.attribution, reason.position) for reason in others(explanation)]
    return min(ranks)[1] if ranks else None


def others(explanation: Explanation) -> list[Reason]:
    inside = range(len(explanation.words))
    return [
        reason
        for reason in explanation.reasons
        if reason.position in inside and reason.position != explanation.position
    ]


# -- where it is not --------------------------------------------------------------------------------


def drawn(corpus: Corpus, count: int) -> list[tuple[list[str], int]]:
    """Words of the dev part that have one before them, each with its sentence.

    They are the same for the same arguments.

    Raises:
        DataError: there is no sentence of two words and more.
    """
    sentences = [[word for word, _ in sentence] for sentence in corpus.dev if 1 < len(sentence) <= _LONGEST]
    places = [(words, place) for words in sentences for place in range(1, len(words))]
    if not places:
        raise DataError(f"the dev part of {corpus.name!r} holds no sentence to explain a word of")
    return random.Random(1).sample(places, min(count, len(places)))


def hide(tagger: Tagger, places: Sequence[tuple[list[str], int]], seed: int) -> dict[str, Any]:
    """What hiding another word does to answers.

    Returns:
        For each of `HIDDEN` how many answers change, and what is lost of the answer's probability, both means
        in 0..1; and ``missed``, see `missed_by`, at most.
    """
    generator = random.Random(seed)
    changed: defaultdict[str, list[bool]] = defaultdict(list)
    lost: defaultdict[str, list[float]] = defaultdict(list)
    missed = 0.0
    for words, place in places:
        found = tagger.explain(words, place)
        by_position = {reason.position: reason for reason in others(found)}
        near = [position for position in range(place - 2, place + 3) if position in by_position]
        chosen = {LARGEST: strongest(found), BEFORE: place - 1, CHANCE: generator.choice(near)}
        for how, position in chosen.items():
            assert position is not None, "each has a word before it"
            reason = by_position[position]
            changed[how].append(reason.tag_without != found.tag)
            lost[how].append(found.probability - reason.probability_without)
        missed = max(missed, missed_by(found))
    means = {how: [statistics.fmean(changed[how]), statistics.fmean(lost[how])] for how in HIDDEN}
    return {**means, "missed": missed}


# -- what came out ----------------------------------------------------------------------------------

Outcomes = dict[str, list[Any]]
"""Of each system an outcome for each seed."""


def named(outcomes: Outcomes, system: str, way: str, distance: int) -> float | None:
    """How often the verb is named, in 0..1; None where not every seed has an "up" that is tagged right."""
    rates = [dict(outcome["named"])[distance] for outcome in outcomes[system]]
    return None if None in rates else statistics.fmean(rate[way] for rate in rates)


def seen_by(system: str) -> list[int]:
    """The distances at which a system can see the verb."""
    reach = GENERATED[system].reach
    return [distance for distance in DISTANCES if reach is None or distance <= reach]


def language_table(outcomes: Outcomes) -> str:
    rows = []
    for system in GENERATED:
        for way in WAYS:
            rates = [named(outcomes, system, way, distance) for distance in DISTANCES]
            rows.append([system, way, *("-" if rate is None else f"{100 * rate:.1f}" for rate in rates)])
    return table(["the verb is named (%)", "by", *(f"k={distance}" for distance in DISTANCES)], rows)


def spread(values: Sequence[float]) -> str:
    deviation = f" ± {100 * statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{100 * statistics.fmean(values):.1f}{deviation}"


def treebank_table(outcomes: Outcomes) -> str:
    rows = [
        [system, how, *(spread([outcome[how][number] for outcome in outcomes[system]]) for number in (0, 1))]
        for system in CONFIGURED
        for how in HIDDEN
    ]
    return table(["tagger", "hidden is the word", "answers changed (%)", "probability lost (points)"], rows)


def verdict(outcomes: Outcomes) -> str:
    """Whether the words named are the ones that count."""
    lines = []
    for system in GENERATED:
        seen = seen_by(system)
        told = []
        for way in WAYS:
            rates = [named(outcomes, system, way, distance) for distance in seen]
            least = min(rate for rate in (*rates, 1.0) if rate is not None)
            told.append(f"{'always' if least == 1 else f'{100 * least:.1f} times in 100 or more'} by {way}")
        lines.append(
            f"{system}: where the verb decides, up to {seen[-1]} words away, it is the word named {told[0]}, "
            f"{told[1]}"
        )
    for system in CONFIGURED:
        most, before, chance = (
            statistics.fmean(outcome[how][0] for outcome in outcomes[system]) for how in HIDDEN
        )
        held = most > max(before, chance)
        lines.append(
            f"{system}: the claim {'held' if held else 'did not hold'}: hiding the word named changes "
            f"{100 * most:.1f} % of the answers, hiding the one before {100 * before:.1f} %, a neighbour "
            f"by chance {100 * chance:.1f} %"
        )
    missed = max(outcome["missed"] for each in outcomes.values() for outcome in each)
    return (
        "; ".join(lines) + f". The attributions miss at most {100 * missed:.2f} % of the sum of their sizes."
    )


def picture(outcomes: Outcomes, line: str) -> Figure:
    """How often the verb is named, and what hiding a word does; inside `drawing`."""
    figure = framed(4.2, "Whether the words that an explanation names are the ones that count", line)
    left, right = figure.subplots(1, 2)
    for number, (system, way) in enumerate(itertools.product(GENERATED, WAYS)):
        rates = [named(outcomes, system, way, distance) for distance in seen_by(system)]
        points = [(k, 100 * rate) for k, rate in enumerate(rates) if rate is not None]
        look = pen(number)
        style = {"color": look.color, "marker": look.marker, "linestyle": look.linestyle}
        left.plot([k for k, _ in points], [rate for _, rate in points], **style, label=f"{system}, {way}")
    left.set(
        title="Generated language: the verb is named,\nas far as the tagger sees, by …",
        xlabel="words from the verb to “up”", ylabel="per cent",
        xticks=range(len(DISTANCES)), xticklabels=DISTANCES, ylim=(0, 105),
    )  # fmt: skip
    width = 0.26
    for number, how in enumerate(HIDDEN):
        heights = [
            100 * statistics.fmean(outcome[how][0] for outcome in outcomes[system]) for system in CONFIGURED
        ]
        places = [place + (number - 1) * width for place in range(len(CONFIGURED))]
        right.bar(places, heights, width * 0.9, color=pen(number).color, label=how)
    right.set(
        title="Treebank: answers that change\nif another word is hidden, the one …", ylabel="per cent",
        xticks=range(len(CONFIGURED)), xticklabels=CONFIGURED,
    )  # fmt: skip
    right.set_ylim(top=1.5 * right.get_ylim()[1])
    left.legend(loc="lower left", fontsize="small")
    right.legend(loc="upper center", fontsize="small")
    return figure


def main() -> None:
    options = parser("reasons", __doc__, seeds=3).parse_args()
    corpus = load_corpus(options.corpus)
    drawn(corpus, 1)  # is there anything to explain?
    tasks = [
        Task(system, seed, **SIZES)
        for system in (*GENERATED, *CONFIGURED)
        for seed in range(1, options.seeds + 1)
    ]
    outcomes: Outcomes = {}
    runs = kept_runs(measure, tasks, shared=corpus, folder=options.runs, jobs=options.jobs)
    for task, outcome in runs.items():
        outcomes.setdefault(task.system, []).append(outcome)
    line = origin(corpus, options.seeds)
    print(f"{line}\n\n{language_table(outcomes)}\n\n{treebank_table(outcomes)}\n\n{verdict(outcomes)}")
    with drawing():
        save(picture(outcomes, line), options.output)


if __name__ == "__main__":
    run(main)
