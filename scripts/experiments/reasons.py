#!/usr/bin/env python3
"""Why did the model predict this label? Tests whether `tagger.explain` names the words that matter.

The lecture: it can be difficult to interpret the output of a neural network; one has to examine its weights.
`tagger.explain` does so: it divides the margin of a tag among the words of the sentence, and computes how
much probability the tag loses if a word is masked. Two tests:

- In the plain language of long_range.py the tag of "up" depends on a verb k words earlier, and on nothing
  else. Where the tagger is right, how often does that verb have the largest attribution of all words but "up"
  itself, and how often is it the word whose masking costs the tag most probability?
- On a treebank the reason is not known, but masking it should change the prediction. For random words of the
  dev set, another word of the sentence is masked: the one with the largest attribution, the one before the
  word, or a random one of its four neighbours. How many predictions change, and how much probability does the
  predicted tag lose?

Also: the part of the margin that the attributions miss, relative to the sum of their absolute values.

With --models the second test is done with taggers that are trained already, of any kind.

Examples:
    python scripts/experiments/reasons.py --seeds 3
    python scripts/experiments/reasons.py --models runs/encoder.safetensors --corpus sample --examples 100
"""

from __future__ import annotations

import itertools
import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import long_range
from common import CONFIGS, origin, parser, run, save, table
from frame import stacked
from run_cache import cached_runs

from postagger import Corpus, DataError, Tagger, load_config, load_corpus
from postagger.cli.parser import count
from postagger.comparison.style import drawing
from postagger.explain import Explanation, Reason
from postagger.plots import INK, pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DISTANCES = (1, 2, 3, 5, 10, 20)
"""k: the verb is the k-th word before "up"."""

GENERATED = {system.name: system for system in long_range.SYSTEMS if system.name in ("window ±5", "LSTM")}
RATE = 1e-2
CONFIGURED = ("logistic", "window", "lstm")

BY_ATTRIBUTION, BY_LOSS = "attribution", "probability lost"
CRITERIA = (BY_ATTRIBUTION, BY_LOSS)
"""How the most important word is chosen."""

LARGEST, BEFORE, RANDOM = "largest attribution", "the word before", "a random neighbour"
MASKED = (LARGEST, BEFORE, RANDOM)
"""Which other word of the sentence is masked."""

SIZES = {"groups": 100, "examples": 400}
"""Groups of training sentences per distance, see `long_range.language`; number of words to explain on dev."""

_LONGEST = 60
"""Longer sentences are skipped: the time of an explanation grows with the square of the length."""


@dataclass(frozen=True)
class Task:
    """One tagger to train and explain: on the generated language, or with a config on a treebank."""

    system: str
    seed: int
    groups: int
    examples: int
    epochs: int = 0  # 0: as many as the config says


def measure(corpus: Corpus, task: Task) -> Any:
    """The outcome of `find_verbs` on the generated language, or of `mask_words` on the treebank."""
    if task.system in GENERATED:
        return find_verbs(task)
    epochs = [f"training.epochs={task.epochs}"] if task.epochs else []
    config = load_config(CONFIGS / f"{task.system}.toml", [f"training.seed={task.seed}", *epochs])
    return mask_words(Tagger.train(corpus, config), drawn(corpus, task.examples), task.seed)


# -- generated language: the reason is known --------------------------------------------------------


def find_verbs(task: Task) -> dict[str, Any]:
    """Measures how often the verb is the most important word.

    Returns:
        ``named``: for each distance the rate by each of the `CRITERIA`, in 0..1, or None if no "up" is tagged
        correctly; and ``missed``: the maximum of `missed_by`.
    """
    train, dev = (
        long_range.language(groups, seed=2 * task.seed + part, distances=DISTANCES)
        for part, groups in enumerate((task.groups, max(1, task.examples // 40)))
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
            found[distance].append({by: strongest(explanation, by) == verb for by in CRITERIA})
            missed = max(missed, missed_by(explanation))
    rates = [
        (k, {by: statistics.fmean(each[by] for each in found[k]) for by in CRITERIA} if found[k] else None)
        for k in DISTANCES
    ]
    return {"named": rates, "missed": missed}


def missed_by(explanation: Explanation) -> float:
    """The part of the margin that the attributions miss, relative to the sum of their absolute values."""
    return abs(explanation.rest) / sum(abs(reason.attribution) for reason in explanation.reasons)


def strongest(explanation: Explanation, by: str = BY_ATTRIBUTION) -> int | None:
    """The position of the most important word besides the explained one; None if there is no other word.

    Args:
        by: one of the `CRITERIA`.
    """
    if by == BY_LOSS:
        ranks = [(reason.probability_without, reason.position) for reason in others(explanation)]
    else:
        ranks = [(-reason.attribution, reason.position) for reason in others(explanation)]
    return min(ranks)[1] if ranks else None


def others(explanation: Explanation) -> list[Reason]:
    """The reasons of all words but the explained one; the padding is left out."""
    inside = range(len(explanation.words))
    return [
        reason
        for reason in explanation.reasons
        if reason.position in inside and reason.position != explanation.position
    ]


# -- treebank: the reason is not known --------------------------------------------------------------


def drawn(corpus: Corpus, number: int) -> list[tuple[list[str], int]]:
    """Draws words of the dev set that are not the first of their sentence, as sentences and positions.

    The same arguments give the same words.

    Raises:
        DataError: no sentence has two words or more.
    """
    sentences = [[word for word, _ in sentence] for sentence in corpus.dev if 1 < len(sentence) <= _LONGEST]
    places = [(words, place) for words in sentences for place in range(1, len(words))]
    if not places:
        raise DataError(
            f"this experiment masks a neighbour of each word, but the dev set of {corpus.name!r} has no "
            f"sentence of 2 to {_LONGEST} words"
        )
    return random.Random(1).sample(places, min(number, len(places)))


def mask_words(tagger: Tagger, places: Sequence[tuple[list[str], int]], seed: int) -> dict[str, Any]:
    """Measures the effect of masking another word of the sentence.

    Returns:
        For each of `MASKED` the fraction of predictions that change, and the mean loss of probability of the
        predicted tag, in -1..1; and ``missed``: the maximum of `missed_by`.
    """
    generator = random.Random(seed)
    changed: defaultdict[str, list[bool]] = defaultdict(list)
    lost: defaultdict[str, list[float]] = defaultdict(list)
    missed = 0.0
    for words, place in places:
        found = tagger.explain(words, place)
        by_position = {reason.position: reason for reason in others(found)}
        near = [position for position in range(place - 2, place + 3) if position in by_position]
        chosen = {LARGEST: strongest(found), BEFORE: place - 1, RANDOM: generator.choice(near)}
        for which, position in chosen.items():
            assert position is not None, "drawn words have a word before them"
            reason = by_position[position]
            changed[which].append(reason.tag_without != found.tag)
            lost[which].append(found.probability - reason.probability_without)
        missed = max(missed, missed_by(found))
    means = {which: [statistics.fmean(changed[which]), statistics.fmean(lost[which])] for which in MASKED}
    return {**means, "missed": missed}


# -- results ----------------------------------------------------------------------------------------

Outcomes = dict[str, list[Any]]
"""For each system, an outcome for each seed."""


def named(outcomes: Outcomes, system: str, by: str, distance: int) -> float | None:
    """How often the verb is named, in 0..1; None if with some seed no "up" is tagged correctly."""
    rates = [dict(outcome["named"])[distance] for outcome in outcomes[system]]
    return None if None in rates else statistics.fmean(rate[by] for rate in rates)


def seen_by(system: str) -> list[int]:
    """The distances at which a system can see the verb."""
    reach = GENERATED[system].reach
    return [distance for distance in DISTANCES if reach is None or distance <= reach]


def language_table(outcomes: Outcomes) -> str:
    rows = []
    for system in GENERATED:
        for by in CRITERIA:
            rates = [named(outcomes, system, by, distance) for distance in DISTANCES]
            rows.append([system, by, *("-" if rate is None else f"{100 * rate:.1f}" for rate in rates)])
    return table(["the verb is named (%)", "by", *(f"k={distance}" for distance in DISTANCES)], rows)


def spread(values: Sequence[float]) -> str:
    """Mean ± standard deviation, in per cent."""
    deviation = f" ± {100 * statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{100 * statistics.fmean(values):.1f}{deviation}"


def treebank_table(outcomes: Outcomes, systems: Sequence[str] = CONFIGURED) -> str:
    rows = [
        [
            system,
            which,
            *(spread([outcome[which][number] for outcome in outcomes[system]]) for number in (0, 1)),
        ]
        for system in systems
        for which in MASKED
    ]
    return table(["tagger", "masked word", "predictions changed (%)", "probability lost (points)"], rows)


def verdict(outcomes: Outcomes) -> str:
    """States how often the verb is named, and whether masking the word named changes most predictions."""
    sentences = []
    for system in GENERATED:
        seen = seen_by(system)
        found = []
        for by in CRITERIA:
            rates = [named(outcomes, system, by, distance) for distance in seen]
            least = min(rate for rate in (*rates, 1.0) if rate is not None)
            found.append(f"in {'all' if least == 1 else f'at least {100 * least:.1f} % of the'} cases")
        sentences.append(
            f"{system}, verb up to {seen[-1]} words away: {found[0]} the verb has the largest attribution; "
            f"{found[1]} masking it costs the most probability."
        )
    return " ".join([*sentences, *treebank_verdict(outcomes)])


def treebank_verdict(outcomes: Outcomes, systems: Sequence[str] = CONFIGURED) -> list[str]:
    """States whether masking the word named changes most predictions, and what the attributions miss."""
    sentences = []
    for system in systems:
        most, before, chance = (
            statistics.fmean(outcome[which][0] for outcome in outcomes[system]) for which in MASKED
        )
        held = most > max(before, chance)
        sentences.append(
            f"{system}: the claim {'held' if held else 'did not hold'}. Masking the word with the largest "
            f"attribution changes {100 * most:.1f} % of the predictions, masking the word before "
            f"{100 * before:.1f} %, masking a random neighbour {100 * chance:.1f} %."
        )
    missed = max(outcome["missed"] for each in outcomes.values() for outcome in each)
    sentences.append(
        f"The attributions miss at most {100 * missed:.2f} % of the sum of their absolute values."
    )
    return sentences


def of_models(models: Sequence[str], corpus: Corpus, examples: int) -> str:
    """The second test with trained taggers, as a table and what it says."""
    places = drawn(corpus, examples)
    outcomes = {Path(model).stem: [mask_words(Tagger.load(model), places, seed=1)] for model in models}
    systems = list(outcomes)
    return f"{treebank_table(outcomes, systems)}\n\n{' '.join(treebank_verdict(outcomes, systems))}"


def picture(outcomes: Outcomes, line: str) -> Figure:
    """How often the verb is named, and the effect of masking a word. Call it inside `drawing`."""
    figure, (left, right) = stacked(
        "Whether an explanation names what matters", f"{line}; thin lines: standard deviation over seeds"
    )
    for number, (system, by) in enumerate(itertools.product(GENERATED, CRITERIA)):
        rates = [named(outcomes, system, by, distance) for distance in seen_by(system)]
        points = [(k, 100 * rate) for k, rate in enumerate(rates) if rate is not None]
        look = pen(number)
        style: dict[str, Any] = {"color": look.color, "marker": look.marker, "linestyle": look.linestyle}
        left.plot([k for k, _ in points], [rate for _, rate in points], **style, label=f"{system}, {by}")
    left.set(
        title="Generated language: the verb is named,\nwithin the tagger's reach, by …",
        xlabel="words from the verb to “up”", ylabel="per cent",
        xticks=range(len(DISTANCES)), xticklabels=DISTANCES, ylim=(0, 105),
    )  # fmt: skip
    width = 0.26
    for number, which in enumerate(MASKED):
        seeds = [[100 * outcome[which][0] for outcome in outcomes[system]] for system in CONFIGURED]
        heights = [statistics.fmean(each) for each in seeds]
        deviations = [statistics.stdev(each) if len(each) > 1 else 0.0 for each in seeds]
        places = [place + (number - 1) * width for place in range(len(CONFIGURED))]
        bars = {"ecolor": INK, "capsize": 2, "elinewidth": 1}
        right.bar(
            places, heights, width * 0.9, color=pen(number).color, label=which, yerr=deviations, error_kw=bars
        )
    right.set(
        title="Treebank: predictions that change\nif another word is masked", ylabel="per cent",
        xticks=range(len(CONFIGURED)), xticklabels=CONFIGURED,
    )  # fmt: skip
    right.set_ylim(top=1.5 * right.get_ylim()[1])
    left.legend(loc="lower left", fontsize="small")
    right.legend(loc="upper center", fontsize="small")
    return figure


def main() -> None:
    described = parser(
        "reasons",
        __doc__,
        time="about 10 min",
        quick="20 s",
        without="one seed, the sample instead of the treebank, two epochs there, a fifth of the generated "
        "sentences, 40 words explained instead of 400",
        seeds=3,
        corpus="treebank",
    )
    described.add_argument(
        "--models", nargs="+", metavar="MODEL", help="mask words with these trained taggers, and train none"
    )
    described.add_argument(
        "--examples", type=count, default=400, help="words to explain with --models (default: 400)"
    )
    options = described.parse_args()
    corpus = load_corpus(options.corpus)
    drawn(corpus, 1)  # fails early if there is nothing to explain
    if options.models is not None:
        print(f"{origin(corpus, 1)}\n\n{of_models(options.models, corpus, options.examples)}")
        return
    sizes = {"groups": 20, "examples": 40} if options.quick else SIZES
    epochs = 2 if options.quick else 0
    tasks = [
        Task(system, seed, **sizes, epochs=0 if system in GENERATED else epochs)
        for system in (*GENERATED, *CONFIGURED)
        for seed in range(1, options.seeds + 1)
    ]
    outcomes: Outcomes = {}
    runs = cached_runs(measure, tasks, shared=corpus, folder=options.runs, jobs=options.jobs)
    for task, outcome in runs.items():
        outcomes.setdefault(task.system, []).append(outcome)
    line = origin(corpus, options.seeds)
    print(f"{line}\n\n{language_table(outcomes)}\n\n{treebank_table(outcomes)}\n\n{verdict(outcomes)}")
    with drawing():
        save(picture(outcomes, line), options.output)


if __name__ == "__main__":
    run(main)
