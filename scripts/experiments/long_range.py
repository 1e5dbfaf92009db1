#!/usr/bin/env python3
"""How far back can a tagger look? A generated language in which a tag depends on a word k words earlier.

The lecture: there can be dependencies between words that are arbitrarily far apart, as in "I will look the
word that you have described that doesn't make sense to her up"; a recurrent network has no fixed horizon,
but its gradient gets lost on the way back (Elman's network) unless a cell carries it (LSTM).

Each sentence of the language holds a verb and, k words later, the word "up", whose tag depends on the verb:
a particle after "look", a preposition after "walk", an adverb after "stay", an adjective after "seem". The
words between and around them are drawn at random. In the plain language each of these words has its own tag;
in the busy one its tag depends on its left neighbour, so that the network's state has to carry that too.
Every sentence occurs once with a verb of each kind and is otherwise the same: a tagger that cannot see the
verb is right on exactly one "up" in four.

For each system and seed, one tagger is trained on all distances together and scored at each. The learning
rate is the best of three on seed 1; accuracy is on dev.

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
from frame import stacked, write_key
from run_cache import cached_runs

from postagger import Config, Corpus, Tagger
from postagger.comparison.style import drawing
from postagger.config import parse_config
from postagger.corpora import TaggedSentence
from postagger.plots import QUIET, pen

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
"""The tags of "up", each with the verbs that it follows. The verbs themselves all have the same tag."""
VERB = "VB"

FILLERS = [[consonant + vowel for vowel in "aeiou"] for consonant in "bdfgklmn"]
"""The other words, by class. A class shares its first letter, for human readers; models see whole words."""

CHANCE = 1 / len(KINDS)
HOLDS = 0.9
"""A tagger holds at a distance if its accuracy there is at least this."""
FAR_BEYOND = 2
"""One system holds far beyond another if its distance is at least this many times as long."""
AT_CHANCE = 0.01
"""A tagger is at chance if its accuracy differs from chance by at most this."""

MOST_AROUND = 5
"""The largest number of words before the verb, and after "up"."""

RATES = (3e-3, 1e-2, 3e-2)
SIZES = {"groups": 100, "dev_groups": 20}
"""Groups of sentences per distance, see `language`, in the training and dev sets."""


def language(
    groups: int, *, seed: int, distances: Sequence[int] = DISTANCES, busy: bool = False
) -> list[TaggedSentence]:
    """Generates sentences of the language, the same ones for the same arguments.

    Args:
        groups: number of groups per distance. A group holds a sentence for each kind of verb; its sentences
            differ only in the verb and the tag of "up".
        busy: whether the tags of the other words depend on their left neighbours: a word's tag has the number
            (own class + class of its left neighbour) modulo the number of classes. A word without a left
            neighbour, or after the verb or "up", has the tag of its own class.
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
    """The distance from the verb to "up", in words."""
    tags = [tag for _, tag in sentence]
    return place_of_up(sentence) - tags.index(VERB)


def place_of_up(sentence: TaggedSentence) -> int:
    return [word for word, _ in sentence].index(UP)


@dataclass(frozen=True)
class Task:
    """One tagger to train: everything its scores depend on."""

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
        model: the config's section of that name.
        reach: words before "up" that it sees; None for a network without a fixed horizon.
        epochs: number of training epochs.
        only_busy: whether the plain language is skipped.
    """

    name: str
    model: dict[str, Any]
    reach: int | None = None
    epochs: int = 12
    only_busy: bool = False


def _window(reach: int) -> System:
    model = {"kind": "window", "left": reach, "right": reach, "hidden": [64]}
    return System(f"window ±{reach}", model, reach)


_FORWARD = {"hidden": 64, "bidirectional": False}  # the verb is before "up"
ELMAN = System("Elman RNN", {"kind": "rnn", **_FORWARD})
LSTM = System("LSTM", {"kind": "lstm", **_FORWARD})
ELMAN_4X = replace(ELMAN, name="Elman RNN, 4 times the epochs", epochs=4 * ELMAN.epochs, only_busy=True)
SYSTEMS = (_window(2), _window(5), ELMAN, ELMAN_4X, LSTM)


def config_of(system: System, rate: float, seed: int) -> Config:
    """The config of a run: word embeddings alone, and no dropout, because a dropped verb can't be guessed."""
    words = {
        "word_dim": 16, "prefixes": 0, "suffixes": 0, "shape": False, "word_dropout": 0.0, "dropout": 0.0,
        "case_noise": 0.0,
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
    """Trains a tagger and returns its accuracy on "up" in the dev set at each distance."""
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
    """The results of one system in one language.

    Attributes:
        rate: the best learning rate on seed 1.
        accuracy: on "up", by distance, in 0..1, averaged over seeds.
    """

    system: System
    busy: bool
    rate: float
    accuracy: dict[int, float]

    @property
    def farthest(self) -> int:
        """The farthest distance at which, and at every shorter one, the system holds; 0 if at none."""
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
    """Trains all systems in both languages.

    The learning rate is the one with the best accuracy on "up" over all distances on seed 1.

    Args:
        sizes: see `SIZES`.
        how: folder and jobs, for `cached_runs`.
    """
    shared = {system.name: system for system in systems}
    cells = [(system, busy) for busy in (False, True) for system in systems if busy or not system.only_busy]

    def go(tasks: list[Task]) -> dict[Task, dict[int, float]]:
        return {task: dict(pairs) for task, pairs in cached_runs(scores, tasks, shared=shared, **how).items()}

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
    """Whether a window tagger holds within its reach, and is at chance everywhere beyond."""
    reach = series.system.reach
    assert reach is not None
    return all(
        accuracy >= HOLDS if distance <= reach else abs(accuracy - CHANCE) <= AT_CHANCE
        for distance, accuracy in series.accuracy.items()
    )


def verdict(series: Sequence[Series]) -> str:
    """States whether windows fail just beyond their reach, and whether the LSTM holds far beyond the RNN."""
    wrong = [
        f"{each.system.name} in the {_language(each.busy)} language"
        for each in series
        if each.system.reach is not None and not window_ends(each)
    ]
    lines = [
        f"The claim about windows did not hold for {', '.join(wrong)}."
        if wrong
        else "The claim about windows held: each is right within its reach, and at chance "
        f"({100 * CHANCE:.0f} %) from the next word on."
    ]
    far = {(each.system.name, each.busy): each.farthest for each in series}
    for busy in (False, True):
        lstm, elman = far[LSTM.name, busy], far[ELMAN.name, busy]
        held = lstm >= FAR_BEYOND * max(1, elman)
        lines.append(
            f"The claim that the LSTM holds far beyond the Elman RNN {'held' if held else 'did not hold'} in "
            f"the {_language(busy)} language: the LSTM has an accuracy of {100 * HOLDS:.0f} % or more "
            f"{_words(lstm)}, the Elman RNN {_words(elman)}"
        )
        if (ELMAN_4X.name, busy) in far:
            lines[-1] += f", and {_words(far[ELMAN_4X.name, busy])} after 4 times the epochs"
        lines[-1] += "."
    return " ".join(lines)


def _words(distance: int) -> str:
    return f"up to {distance} words away" if distance else "at no distance"


def picture(series: Sequence[Series], seeds: int) -> Figure:
    """Accuracy against distance, a panel for each language. Call it inside `drawing`."""
    figure, panels = stacked("How far back a tagger can look", origin(None, seeds), key=2)
    systems = list(dict.fromkeys(each.system.name for each in series))
    panels[1].sharey(panels[0])
    titles = (
        "Plain: the words between have tags of their own",
        "Busy: the words between depend on their neighbours",
    )
    for busy, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        for each in series:
            if each.busy == bool(busy):
                _draw(axes, each, systems.index(each.system.name))
        distances = list(series[0].accuracy)
        axes.axhline(100 * CHANCE, color=QUIET, lw=1)
        axes.annotate(
            "chance", (1, 100 * CHANCE), xytext=(0, -4), textcoords="offset points", va="top", color=QUIET
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
        markersize=10 - number,  # so that every line can be seen where several coincide
        markerfacecolor="none",
    )


def main() -> None:
    options = parser(
        "long_range",
        __doc__,
        time="about 20 min",
        quick="35 s",
        without="one seed, one learning rate instead of three, a tenth of the sentences",
        seeds=3,
    ).parse_args()
    sizes = {"groups": 10, "dev_groups": 5} if options.quick else SIZES
    rates = RATES[1:2] if options.quick else RATES
    series = measure(SYSTEMS, options.seeds, rates, sizes=sizes, folder=options.runs, jobs=options.jobs)
    print(f'{origin(None, options.seeds)}; accuracy on "up" in the dev set in per cent, means over seeds\n')
    print(f"{as_table(series)}\n\n{verdict(series)}")
    with drawing():
        save(picture(series, options.seeds), options.output)


if __name__ == "__main__":
    run(main)
