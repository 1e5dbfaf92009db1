#!/usr/bin/env python3
"""How far back can a tagger look? A generated language in which a tag depends on a word k words before.

The lecture: there can be dependencies between words that are arbitrarily far apart, as in "I will look the
word that you have described that doesn't make sense to her up"; a recurrent network has no fixed horizon,
but its gradient gets lost on the way back (Elman's network) unless a cell carries it (LSTM).

Each sentence of the language holds a verb and, k words later, the word "up", whose tag the verb decides:
a particle after "look", a preposition after "walk", an adverb after "stay", an adjective after "seem".
Between and around them stand words drawn at random. In the plain language each of these has a tag of its own;
in the busy one their tags depend on their left neighbours, so that a network's state is needed for that too.
Every sentence stands there once with a verb of each kind, all else being equal: who can't see the verb
is right on exactly one "up" in four.

One tagger of each system and seed is trained on all distances together and scored at each. The learning rate
is the best of three on seed 1; accuracy is on dev.

Example:
    python scripts/experiments/long_range.py --seeds 3
"""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from common import origin, parser, run, save, table
from kept import kept_runs

from postagger import Config, Corpus, Tagger
from postagger.comparison.pictures.elements import framed, write_key
from postagger.comparison.style import drawing, pen
from postagger.config import parse_config
from postagger.corpora import TaggedSentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DISTANCES = (1, 2, 3, 5, 6, 8, 10, 15, 20, 30, 40, 50)
"""k: the verb is the k-th word before "up"."""

UP = "up"
KINDS = {
    "RP": ("look", "give", "make", "bring", "call", "take"),
    "IN": ("walk", "climb", "run", "crawl", "march", "stroll"),
    "RB": ("stay", "stand", "sit", "wake", "get", "jump"),
    "JJ": ("seem", "appear", "feel", "remain", "become", "prove"),
}
"""What "up" is, by the verb before it. The verbs themselves all have one tag."""
VERB = "VB"

FILLERS = [[consonant + vowel for vowel in "aeiou"] for consonant in "bdfgklmn"]
"""The other words, in classes. Their first letters are for the reader: models see whole words."""

CHANCE = 1 / len(KINDS)
HOLDS = 0.9
"""A tagger holds at a distance if it is right at least this often."""
FAR_BEYOND = 2
"""So many times as far is far beyond."""
AT_CHANCE = 0.01
"""A tagger is at chance if its accuracy is as near to it as this."""

MOST_AROUND = 5
"""Words before the verb, and after "up", at most."""

RATES = (3e-3, 1e-2, 3e-2)
SIZES = {"groups": 100, "dev_groups": 20}
"""Groups of sentences for each distance, see `language`, to train on and to score."""


def language(
    groups: int, *, seed: int, distances: Sequence[int] = DISTANCES, busy: bool = False
) -> list[TaggedSentence]:
    """Sentences of the language, the same for the same arguments.

    Args:
        groups: for each distance, so many groups of sentences that differ only in the kind of the verb
            and the tag of "up", one sentence for each kind.
        busy: the tag of a word between is number (own class + class of its left neighbour) modulo the
            number of classes, where that neighbour is no verb and not "up"; else its own class's.
    """
    generator = random.Random(seed)
    sentences = []
    for _ in range(groups):
        for distance in distances:
            before, between, after = (
                _fillers(generator, length, busy)
                for length in (
                    generator.randint(0, MOST_AROUND),
                    distance - 1,
                    generator.randint(0, MOST_AROUND),
                )
            )
            number = generator.randrange(len(KINDS["RP"]))
            sentences += [
                [*before, (verbs[number], VERB), *between, (UP, tag), *after] for tag, verbs in KINDS.items()
            ]
    return sentences


def _fillers(generator: random.Random, length: int, busy: bool) -> TaggedSentence:
    classes = generator.choices(range(len(FILLERS)), k=length)
    tags = [
        (own + left) % len(FILLERS) if busy else own
        for own, left in zip(classes, [0, *classes], strict=False)
    ]
    return [(generator.choice(FILLERS[own]), f"F{tag}") for own, tag in zip(classes, tags, strict=True)]


def distance_in(sentence: TaggedSentence) -> int:
    """How many words before "up" the verb stands."""
    tags = [tag for _, tag in sentence]
    return place_of_up(sentence) - tags.index(VERB)


def place_of_up(sentence: TaggedSentence) -> int:
    return [word for word, _ in sentence].index(UP)


@dataclass(frozen=True)
class Task:
    """One tagger to train: all that its scores depend on."""

    system: str
    busy: bool
    rate: float
    seed: int
    groups: int
    dev_groups: int


@dataclass(frozen=True)
class System:
    """A kind of tagger.

    Attributes:
        reach: words before "up" that it sees; None for a network without a fixed horizon.
        epochs: passes over the training sentences.
        only_busy: it is not run in the plain language.
    """

    name: str
    model: dict[str, Any]
    reach: int | None = None
    epochs: int = 12
    only_busy: bool = False


def _window(reach: int) -> System:
    model = {"kind": "window", "left": reach, "right": reach, "hidden": [64]}
    return System(f"window ±{reach}", model, reach)


_ONE_WAY = {"hidden": 64, "bidirectional": False}  # the verb stands before "up"
ELMAN = System("Elman RNN", {"kind": "rnn", **_ONE_WAY})
LSTM = System("LSTM", {"kind": "lstm", **_ONE_WAY})
PATIENT = replace(ELMAN, name="Elman RNN, 4 times the passes", epochs=4 * ELMAN.epochs, only_busy=True)
SYSTEMS = (_window(2), _window(5), ELMAN, PATIENT, LSTM)


def config_of(system: System, rate: float, seed: int) -> Config:
    """Words are embedded as they are, and nothing is dropped: a hidden verb could not be guessed."""
    words = {
        "word_dim": 16, "prefixes": 0, "suffixes": 0, "shape": False, "word_dropout": 0.0, "dropout": 0.0,
    }  # fmt: skip
    training = {"epochs": system.epochs, "learning_rate": rate, "weight_decay": 0.0, "seed": seed}
    return parse_config(
        {
            "words": words,
            "model": {**system.model, "dropout": 0.0},
            "training": {**training, "device": "cpu"},
        }
    )


def scores(systems: dict[str, System], task: Task) -> list[tuple[int, float]]:
    """Trains a tagger; gives its accuracy on the dev part's "up" at each distance."""
    train, dev = (
        language(groups, seed=2 * task.seed + part, busy=task.busy)
        for part, groups in enumerate((task.groups, task.dev_groups))
    )
    corpus = Corpus("generated", train, dev, [])
    tagger = Tagger.train(corpus, config_of(systems[task.system], task.rate, task.seed))
    return list(accuracies(tagger, dev).items())


def accuracies(tagger: Tagger, sentences: Sequence[TaggedSentence]) -> dict[int, float]:
    """Accuracy in 0..1 on "up", by its distance from the verb."""
    right: defaultdict[int, list[bool]] = defaultdict(list)
    predictions = tagger.tag_sents([word for word, _ in sentence] for sentence in sentences)
    for sentence, prediction in zip(sentences, predictions, strict=True):
        place = place_of_up(sentence)
        right[distance_in(sentence)].append(prediction[place] == sentence[place])
    return {distance: statistics.mean(right[distance]) for distance in sorted(right)}


@dataclass(frozen=True)
class Series:
    """What one system did in one language.

    Attributes:
        accuracy: by distance, in 0..1, the mean over seeds.
    """

    system: System
    busy: bool
    rate: float
    accuracy: dict[int, float]

    @property
    def farthest(self) -> int:
        """The farthest distance at which, and at every shorter one, it holds; 0: at none."""
        far = 0
        for distance, accuracy in self.accuracy.items():
            if accuracy < HOLDS:
                break
            far = distance
        return far


def measure(
    systems: Sequence[System],
    seeds: int,
    rates: Sequence[float] = RATES,
    *,
    sizes: Mapping[str, int],
    **how: Any,
) -> list[Series]:
    """Trains all; the rate is the one with the best accuracy on "up" over all distances on seed 1.

    Args:
        sizes: see `SIZES`.
        how: folder and jobs, for `kept_runs`.
    """
    shared = {system.name: system for system in systems}
    cells = [(system, busy) for busy in (False, True) for system in systems if busy or not system.only_busy]

    def go(tasks: list[Task]) -> dict[Task, dict[int, float]]:
        return {task: dict(pairs) for task, pairs in kept_runs(scores, tasks, shared=shared, **how).items()}

    trials = [Task(system.name, busy, rate, 1, **sizes) for system, busy in cells for rate in rates]
    tried = go(trials)
    best = [
        max(
            (task for task in trials if (task.system, task.busy) == (system.name, busy)),
            key=lambda task: statistics.mean(tried[task].values()),
        )
        for system, busy in cells
    ]
    others = go([replace(task, seed=seed) for task in best for seed in range(2, seeds + 1)])
    series = []
    for (system, busy), task in zip(cells, best, strict=True):
        runs = [tried[task], *(others[replace(task, seed=seed)] for seed in range(2, seeds + 1))]
        mean = {distance: statistics.mean(run[distance] for run in runs) for distance in runs[0]}
        series.append(Series(system, busy, task.rate, mean))
    return series


def as_table(series: Sequence[Series]) -> str:
    """Accuracies on "up" in per cent."""
    distances = list(series[0].accuracy)
    rows = [
        [each.system.name, _language(each.busy), f"{each.rate:g}"]
        + [f"{100 * each.accuracy[distance]:.1f}" for distance in distances]
        for each in series
    ]
    return table(["system", "language", "rate", *(f"k={distance}" for distance in distances)], rows)


def _language(busy: bool) -> str:
    return "busy" if busy else "plain"


def window_ends(series: Series) -> bool:
    """Whether a window holds as far as it sees, and is at chance everywhere beyond."""
    reach = series.system.reach
    assert reach is not None
    return all(
        accuracy >= HOLDS if distance <= reach else abs(accuracy - CHANCE) <= AT_CHANCE
        for distance, accuracy in series.accuracy.items()
    )


def verdict(series: Sequence[Series]) -> str:
    """Whether windows end where their reach does, and whether the LSTM holds far beyond Elman's network."""
    wrong = [
        f"{each.system.name} in the {_language(each.busy)} language"
        for each in series
        if each.system.reach is not None and not window_ends(each)
    ]
    lines = [
        f"The claim about windows did not hold for {', '.join(wrong)}."
        if wrong
        else "The claim about windows held: each is right as far as it reaches, and at chance "
        f"({100 * CHANCE:.0f} %) from the next word on."
    ]
    far = {(each.system.name, each.busy): each.farthest for each in series}
    for busy in (False, True):
        lstm, elman = far[LSTM.name, busy], far[ELMAN.name, busy]
        held = lstm >= FAR_BEYOND * max(1, elman)
        lines.append(
            f"The claim that the LSTM holds far beyond the Elman RNN {'held' if held else 'did not hold'} in "
            f"the {_language(busy)} language: the LSTM is right at least {100 * HOLDS:.0f} times in 100 "
            f"{_words(lstm)}, the Elman RNN {_words(elman)}"
        )
        if (PATIENT.name, busy) in far:
            lines[-1] += f", and {_words(far[PATIENT.name, busy])} after 4 times the passes"
        lines[-1] += "."
    return " ".join(lines)


def _words(distance: int) -> str:
    return f"up to {distance} words away" if distance else "at no distance"


def picture(series: Sequence[Series], seeds: int) -> Figure:
    """Accuracy against distance, a panel for each language; inside `drawing`."""
    figure = framed(4.6, "How far back a tagger can look", origin(None, seeds), key=2)
    systems = list(dict.fromkeys(each.system.name for each in series))
    panels = figure.subplots(1, 2, sharey=True)
    titles = (
        "Plain: the words between\nhave tags of their own",
        "Busy: the words between\ndepend on their neighbours",
    )
    for busy, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        for each in series:
            if each.busy == bool(busy):
                _draw(axes, each, systems.index(each.system.name))
        distances = list(series[0].accuracy)
        axes.axhline(100 * CHANCE, color="#555555", lw=1)
        axes.annotate(
            "chance", (1, 100 * CHANCE), xytext=(0, -4), textcoords="offset points", va="top", color="#555555"
        )
        axes.set(title=title, xscale="log", xlabel='words from the verb to "up"', ylim=(0, 104))
        axes.minorticks_off()
        axes.set_xticks([d for d in distances if d not in (6, 8, 15, 40)])
        axes.xaxis.set_major_formatter("{x:.0f}")
    panels[0].set_ylabel('accuracy on "up" (per cent)')
    write_key(figure, panels[1], lines=2)
    return figure


def _draw(axes: Axes, series: Series, number: int) -> None:
    look = pen(number)
    axes.plot(
        list(series.accuracy),
        [100 * accuracy for accuracy in series.accuracy.values()],
        label=series.system.name,
        color=look.color,
        marker=look.marker,
        linestyle=look.linestyle,
        markersize=10 - number,  # where lines lie on each other, each can be seen
        markerfacecolor="none",
    )


def main() -> None:
    options = parser("long_range", __doc__, seeds=3).parse_args()
    series = measure(SYSTEMS, options.seeds, sizes=SIZES, folder=options.runs, jobs=options.jobs)
    print(f'{origin(None, options.seeds)}; per cent right on the dev part\'s "up", means over seeds\n')
    print(f"{as_table(series)}\n\n{verdict(series)}")
    with drawing():
        save(picture(series, options.seeds), options.output)


if __name__ == "__main__":
    run(main)
