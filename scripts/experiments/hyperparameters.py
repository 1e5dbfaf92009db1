#!/usr/bin/env python3
"""Which knobs matter? Random search over the settings of a window tagger and an LSTM tagger.

Each trial draws every knob anew, so one search shows which knobs distinguish the good trials, which values
are good, and how much there is to gain. Prints Markdown: tables, and a sentence that says which knobs matter.
Draws two pictures: the importance of each knob (-o), and accuracy against the learning rate of each optimiser
(in the same folder, as *-learning-rate).

Accuracy is on dev, at each trial's best epoch; test is not used. --seeds is the number of fresh seeds with
which the config and the best trial are trained at the end.

Example:
    python scripts/experiments/hyperparameters.py --trials window=100 lstm=30
"""

from __future__ import annotations

import argparse
import bisect
import functools
import itertools
import math
import statistics
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from common import CONFIGS, parser, run, save, table
from tuning_pictures import importance_picture, rate_picture

from postagger import ConfigError, load_config, load_corpus
from postagger.comparison.style import drawing
from postagger.evaluation.report import percent
from postagger.tuning import Choice, Knob, Range, TrialRun, Tuning, TuningProgress, best_first, tune
from postagger.tuning.importance import BETTER
from postagger.tuning.report import importance_sentence, importance_table, trial_table, verdict
from postagger.tuning.space import LEARNING_RATE, OPTIMISER, USUAL, Value

TRIALS = {"window": 100, "lstm": 30}
"""Config to default number of trials."""

BINS = 5
"""Number of ranges that a knob with many values is divided into."""


class Bin(NamedTuple):
    """A range of a knob's values, or one of its options, and the trials that drew it."""

    label: str
    trials: list[TrialRun]


def bins(knob: Knob, trials: Sequence[TrialRun]) -> list[Bin]:
    """Groups the trials by the knob's value: by option or whole number if there are few, else by range."""
    options = _options(knob)
    if options is not None:
        return [
            Bin(str(option), [run for run in trials if run.draw[knob.name] == option]) for option in options
        ]
    assert isinstance(knob.values, Range)
    values = knob.values
    scale, back = (math.log, math.exp) if values.log else (float, float)
    start, end = scale(values.low), scale(values.high)
    edges = [back(start + (end - start) * number / BINS) for number in range(BINS + 1)]
    found = [Bin(f"{_short(a)} to {_short(b)}", []) for a, b in itertools.pairwise(edges)]
    for trial in trials:
        found[bisect.bisect(edges[1:-1], float(trial.draw[knob.name]))].trials.append(trial)
    return found


def best_values(knob: Knob, trials: Sequence[TrialRun]) -> str:
    """The values of the better trials: their middle half, or how many trials had each option."""
    better = best_first(trials)[: max(1, round(BETTER * len(trials)))]
    values = [run.draw[knob.name] for run in better]
    if _options(knob) is not None:
        return ", ".join(f"{option}: {count}" for option, count in sorted(Counter(values).items(), key=str))
    numbers = [float(value) for value in values]
    if len(numbers) < 2:
        return _short(numbers[0])
    low, _, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return f"{_short(low)} to {_short(high)}"


def knob_table(tuning: Tuning) -> str:
    """The importance of every knob, and its values in the better trials."""
    head, rows = importance_table(tuning)
    by_name = {knob.name: knob for knob in tuning.space}
    column = f"best {100 * BETTER:.0f} %: middle half of values"
    return table([*head, column], [[*row, best_values(by_name[row[0]], tuning.trials)] for row in rows])


def value_table(tuning: Tuning) -> str:
    """Accuracy in per cent by each knob's value; failed trials are counted, but have no accuracy."""
    rows = []
    for knob in tuning.space:
        for number, (label, trials) in enumerate(bins(knob, tuning.trials)):
            rates = [run.accuracy for run in trials if run.accuracy is not None]
            figures = [statistics.fmean(rates), statistics.median(rates), max(rates)] if rates else [None] * 3
            counts = [str(len(trials)), str(len(trials) - len(rates))]
            rows.append([knob.name if number == 0 else "", label, *counts, *map(percent, figures)])
    return table(["knob", "values", "trials", "failed", "mean", "median", "best"], rows)


def rate_table(tuning: Tuning) -> str:
    """Mean accuracy by optimiser and learning rate, in per cent."""
    optimiser, rate = (_knob(tuning, name) for name in (OPTIMISER, LEARNING_RATE))
    rows = []
    for name, trials in bins(optimiser, tuning.trials):
        cells = []
        for _, some in bins(rate, trials):
            rates = [run.accuracy for run in some if run.accuracy is not None]
            cells.append(f"{percent(statistics.fmean(rates))} ({len(rates)})" if rates else "-")
        rows.append([name, f"{USUAL[name].learning_rate:g}", *cells])
    return table(["optimiser", "usual rate", *(f"x {label}" for label, _ in bins(rate, []))], rows)


def section(name: str, tuning: Tuning) -> str:
    """The section on one model's search, in Markdown."""
    importance = [knob_table(tuning)] if tuning.importances else []
    return "\n\n".join(
        [
            f"## `{name}`",
            f"{tuning.origin}.",
            "### Which knobs matter",
            *importance,
            importance_sentence(tuning),
            "### Dev accuracy by value",
            f"Per cent; the {LEARNING_RATE} is a multiple of the optimiser's usual one.",
            value_table(tuning),
            "### Optimiser and learning rate",
            "Mean dev accuracy in per cent (and number of trials), by multiple of the usual learning rate.",
            rate_table(tuning),
            "### The best trials",
            table(*trial_table(tuning)),
            verdict(tuning),
        ]
    )


def conclusion(tunings: Mapping[str, Tuning]) -> str:
    """States which knobs matter for all models, and which for some."""
    named = {
        name: [each.knob for each in tuning.importances if each.beyond_chance]
        for name, tuning in tunings.items()
        if tuning.importances
    }
    if not named:
        return "No search had enough trials to tell which knobs matter."
    common = [knob for knob in next(iter(named.values())) if all(knob in knobs for knobs in named.values())]
    models = " and ".join(f"`{name}`" for name in named)
    parts = [
        f"The {_matter(common)} beyond chance for {models}"
        if common
        else f"No knob matters beyond chance for {'both ' if len(named) == 2 else ''}{models}"
    ]
    for name, knobs in named.items():
        own = [knob for knob in knobs if knob not in common]
        if own:
            parts.append(f"the {_matter(own)} only for `{name}`")
    return "; ".join(parts) + "."


def _matter(knobs: Sequence[str]) -> str:
    return f"{' and the '.join(knobs)} {'matters' if len(knobs) == 1 else 'matter'}"


def _knob(tuning: Tuning, name: str) -> Knob:
    return next(knob for knob in tuning.space if knob.name == name)


def _short(number: float) -> str:
    """The number with two significant digits."""
    return f"{float(f'{number:.2g}'):g}"


def _options(knob: Knob) -> Sequence[Value] | None:
    """The values of a knob that has only a few; None if it has many."""
    if isinstance(knob.values, Choice):
        return knob.values.options
    if knob.values.whole and knob.values.high - knob.values.low < BINS:
        return range(int(knob.values.low), int(knob.values.high) + 1)
    return None


def _budgets(texts: Sequence[str]) -> dict[str, int]:
    """Parses texts such as ``window=100`` into a mapping from config to number of trials.

    Raises:
        ConfigError: a text has another form, or there is no such config.
    """
    budgets = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not number.isdecimal() or not (CONFIGS / f"{name}.toml").is_file():
            raise ConfigError(
                f"expected the name of a config in {CONFIGS.name}/ and a number of trials, as in window=100; "
                f"got {text!r}"
            )
        budgets[name] = int(number)
    return budgets


def _print_progress(name: str, progress: TuningProgress) -> None:
    trial = progress.run
    of = "" if progress.total is None else f" of {progress.total}"
    outcome = trial.problem or f"{percent(trial.accuracy)} % on dev, {trial.seconds:.0f} s"
    print(
        f"{name}, {'last run' if progress.last else 'trial'} {progress.done}{of}: {outcome}; "
        f"about {progress.remaining / 60:.0f} min left",
        file=sys.stderr,
        flush=True,
    )


def main() -> None:
    options = _parser().parse_args()
    corpus = load_corpus(options.corpus)
    tunings = {}
    for seed, (name, trials) in enumerate(_budgets(options.trials).items(), 1):
        # Each search has its own seed: with the same one, all would draw the same values.
        overrides = [f"corpus.name={options.corpus}", f"training.seed={seed}", *options.set]
        tunings[name] = tune(
            load_config(CONFIGS / f"{name}.toml", overrides),
            corpus,
            options.runs / name,
            trials=trials,
            minutes=options.minutes,
            sampler="random",
            seeds=options.seeds,
            jobs=options.jobs,
            on_progress=functools.partial(_print_progress, name),
        )
        print(f"{section(name, tunings[name])}\n", flush=True)
    print(f"## In short\n\n{conclusion(tunings)}")
    with drawing():
        if any(tuning.importances for tuning in tunings.values()):
            save(importance_picture(tunings), options.output)
        save(rate_picture(tunings), options.output.with_stem(f"{options.output.stem}-learning-rate"))


def _parser() -> argparse.ArgumentParser:
    options = parser(
        "hyperparameters",
        __doc__,
        time="about 2 hours",
        quick="20 s",
        without="four trials of the window tagger instead of 100, and none of the LSTM, one fresh "
        "seed, the sample instead of the treebank, one epoch",
        seeds=3,
        corpus="treebank",
        less={"trials": ["window=4"], "set": ["training.epochs=1"]},
    )
    default = [f"{name}={number}" for name, number in TRIALS.items()]
    options.add_argument(
        "--trials",
        metavar="CONFIG=N",
        nargs="+",
        default=default,
        help=f"configs to search from, and how many trials for each, earlier ones included "
        f"(default: {' '.join(default)})",
    )
    options.add_argument("--minutes", type=float, help="about how long each search may take")
    options.add_argument(
        "--set", metavar="SECTION.KEY=VALUE", nargs="+", default=[], help="override settings of every config"
    )
    return options


if __name__ == "__main__":
    run(main)
