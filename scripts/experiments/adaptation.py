#!/usr/bin/env python3
"""Domain adaptation: what a treebank tagger gains from a few hundred sentences of another register.

A window tagger is trained on the treebank's newspaper articles, and then needed for brown's imaginative
prose (its categories fiction, mystery, science_fiction, adventure and romance), both in NLTK's universal
tags. With 100, 300 and 1,000 sentences of the new register it is

- trained on them alone, from scratch;
- carried on to them (transfer.keep_head), with and without as many sentences of the treebank mixed in.

Beside these stands the treebank tagger as it is. "New" is accuracy on prose, "old" on the treebank, both
on dev parts; what was forgotten is what is lost of the old. The sentences are drawn at random, the fewer
from among the more, the same ones for all seeds. Settings are those of configs/window_adapt.toml.

Example:
    python scripts/experiments/adaptation.py --seeds 5
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from common import CONFIGS, origin, parser, run, save, table
from kept import kept_runs

from postagger import Config, Corpus, Tagger, load_config, load_corpus, load_documents
from postagger.comparison.pictures.elements import framed, round_log_scale, write_key
from postagger.comparison.style import drawing, pen
from postagger.config import TransferConfig
from postagger.corpora.split import split_documents

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PROSE = ("fiction", "mystery", "science_fiction", "adventure", "romance")
SIZES = (100, 300, 1000)
AS_IS, SCRATCH, CARRIED, MIXED = "treebank tagger as it is", "from scratch", "carried on", "carried on, mixed"
WAYS = (SCRATCH, CARRIED, MIXED)


@dataclass(frozen=True)
class Task:
    """One tagger: how it comes about, from how many sentences of the new register."""

    way: str
    sentences: int
    seed: int


@dataclass(frozen=True)
class Setting:
    """What all runs share.

    Attributes:
        old, new: the treebank, and prose.
        folder: where the treebank taggers are.
    """

    old: Corpus
    new: Corpus
    folder: Path


def prose() -> Corpus:
    """Brown's imaginative prose in universal tags, its training sentences in random order."""
    documents, _ = load_documents("brown", tagset="universal")
    train, dev, test = split_documents([text for text in documents if text.category in PROSE])
    return Corpus("brown, imaginative prose", random.Random(1).sample(train, len(train)), dev, test)


def config_of(task: Task) -> Config:
    overrides = [f"training.seed={task.seed}", "corpus.name=treebank", "corpus.tagset=universal"]
    if task.way == AS_IS:
        return load_config(CONFIGS / "window.toml", [*overrides, "corpus.head=treebank"])
    config = load_config(CONFIGS / "window_adapt.toml", overrides)
    old = [each.model_copy(update={"tagset": "universal"}) for each in config.datasets]
    own = {"transfer": TransferConfig()} if task.way == SCRATCH else {}
    return config.model_copy(update={"datasets": old if task.way == MIXED else [], **own})


def train_one(setting: Setting, task: Task) -> dict[str, float]:
    """Accuracies on the old and the new register; a treebank tagger is kept as a file."""
    file = setting.folder / f"treebank-{task.seed}.safetensors"
    if task.way == AS_IS:
        tagger = Tagger.train(setting.old, config_of(task))
        tagger.save(file)
    else:
        few = replace(setting.new, train=setting.new.train[: task.sentences], dev=[])
        backbone = None if task.way == SCRATCH else Tagger.load(file, device="cpu")
        tagger = Tagger.train(few, config_of(task), backbone=backbone)
    return {
        "new": tagger.evaluate_on(setting.new, "dev").tokens.value or 0.0,
        "old": tagger.evaluate_on(setting.old, "dev").tokens.value or 0.0,
    }


def cell(outcomes: Sequence[dict[str, float]], key: str) -> str:
    """Mean ± standard deviation over seeds, in per cent."""
    values = [100 * outcome[key] for outcome in outcomes]
    spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.2f}{spread}"


Outcomes = dict[tuple[str, int], list[dict[str, float]]]
"""Of every way and size, an outcome for each seed."""


def as_table(outcomes: Outcomes) -> str:
    before = statistics.fmean(outcome["old"] for outcome in outcomes[AS_IS, 0])
    rows = []
    for (way, size), each in outcomes.items():
        lost = 100 * (before - statistics.fmean(outcome["old"] for outcome in each))
        told = "-" if way in (AS_IS, SCRATCH) else f"{lost:+.2f}"
        rows.append([way, f"{size:,}" if size else "-", cell(each, "new"), cell(each, "old"), told])
    return table(["tagger", "new sentences", "new (prose)", "old (treebank)", "forgotten"], rows)


def verdict(outcomes: Outcomes) -> str:
    """What adaptation gains, against both alternatives, and what it costs."""

    def mean(way: str, size: int, key: str = "new") -> float:
        return 100 * statistics.fmean(outcome[key] for outcome in outcomes[way, size])

    base, old = mean(AS_IS, 0), mean(AS_IS, 0, "old")
    parts = [
        f"with {size:,} sentences the tagger carried on (mixed) is at {mean(MIXED, size):.2f} %, "
        f"{mean(MIXED, size) - base:+.2f} points against the tagger as it is and "
        f"{mean(MIXED, size) - mean(SCRATCH, size):+.2f} against one from scratch, and loses "
        f"{old - mean(MIXED, size, 'old'):.2f} points of the old (unmixed: "
        f"{mean(CARRIED, size) - base:+.2f} of the new, {old - mean(CARRIED, size, 'old'):.2f} lost)"
        for size in SIZES
    ]
    return "; ".join(parts)[0].upper() + "; ".join(parts)[1:] + "."


def picture(outcomes: Outcomes, line: str) -> Figure:
    """New and old accuracy against the number of new sentences; inside `drawing`."""
    figure = framed(4.2, "A treebank tagger, adapted to prose", f"{line}; means over seeds", key=1)
    panels = figure.subplots(1, 2)
    for axes, (key, title) in zip(panels, (("new", "prose (new)"), ("old", "treebank (old)")), strict=True):
        base = 100 * statistics.fmean(outcome[key] for outcome in outcomes[AS_IS, 0])
        axes.axhline(base, color=pen(3).color, linestyle=":", label=AS_IS)
        for number, way in enumerate(WAYS):
            if key == "old" and way == SCRATCH:
                continue  # far below: it would flatten the others
            look = pen(number)
            means = [100 * statistics.fmean(o[key] for o in outcomes[way, size]) for size in SIZES]
            axes.plot(SIZES, means, color=look.color, marker=look.marker, linestyle=look.linestyle, label=way)
        round_log_scale(axes.xaxis, list(SIZES))
        axes.set(title=title, xlabel="new sentences (log scale)", ylabel="accuracy (per cent)")
    write_key(figure, panels[0])
    return figure


def main() -> None:
    options = parser("adaptation", __doc__, seeds=5).parse_args()
    setting = Setting(load_corpus(options.corpus, tagset="universal"), prose(), options.runs)
    seeds = range(1, options.seeds + 1)
    first = kept_runs(
        train_one,
        [Task(AS_IS, 0, seed) for seed in seeds],
        shared=setting,
        folder=options.runs,
        jobs=options.jobs,
    )
    tasks = [Task(way, size, seed) for size in SIZES for way in WAYS for seed in seeds]
    rest = kept_runs(train_one, tasks, shared=setting, folder=options.runs, jobs=options.jobs)
    outcomes: Outcomes = {}
    for task, outcome in (first | rest).items():
        outcomes.setdefault((task.way, task.sentences), []).append(outcome)
    line = origin(setting.old, options.seeds)
    print(f"{line}\n\n{as_table(outcomes)}\n\n{verdict(outcomes)}")
    with drawing():
        save(picture(outcomes, line), options.output)


if __name__ == "__main__":
    run(main)
