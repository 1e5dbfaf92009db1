#!/usr/bin/env python3
"""Domain adaptation: what a treebank tagger gains from a few hundred sentences of another register.

A window tagger is trained on the treebank's newspaper articles, and then has to tag brown's imaginative prose
(the categories fiction, mystery, science_fiction, adventure and romance), both in NLTK's universal tags. With
100, 300 and 1,000 sentences of the new register a tagger is

- trained on them alone, from scratch;
- trained further on them, starting from the treebank tagger (transfer.keep_head);
- trained further on them, mixed with as many sentences of the treebank.

These are compared with the treebank tagger, not adapted. "New" is accuracy on prose, "old" on the treebank,
both on dev; "forgotten" is the loss of accuracy on the treebank. The sentences are drawn at random and are
the same for all seeds; each sample contains the smaller ones. Settings are those of
configs/window_adapt.toml.

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
from frame import round_log_scale, stacked, write_key
from on_dev import BARS, draw_points
from run_cache import cached_runs

from postagger import Config, Corpus, Tagger, load_config, load_corpus, load_documents
from postagger.comparison.results import Spread
from postagger.comparison.style import drawing
from postagger.config import TransferConfig
from postagger.corpora.split import split_documents
from postagger.plots import pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PROSE = ("fiction", "mystery", "science_fiction", "adventure", "romance")
SIZES = (100, 300, 1000)
UNADAPTED, SCRATCH = "treebank tagger, not adapted", "from scratch"
FURTHER, MIXED = "trained further", "trained further, mixed"
METHODS = (SCRATCH, FURTHER, MIXED)

HEAD = "treebank"
"""The head of all taggers, which is trained further; configs/window_adapt.toml names it."""


@dataclass(frozen=True)
class Task:
    """One tagger: how it is trained, and on how many sentences of the new register."""

    method: str
    sentences: int
    seed: int
    epochs: int = 0  # 0: as many as the config says


@dataclass(frozen=True)
class Setting:
    """Data that all runs share.

    Attributes:
        old, new: the treebank and the prose.
        folder: holds the treebank taggers.
    """

    old: Corpus
    new: Corpus
    folder: Path


def with_head(corpus: Corpus) -> Corpus:
    """The corpus, for the one head."""
    return replace(corpus, loaded_from=corpus.settings.model_copy(update={"head": HEAD}))


def prose() -> Corpus:
    """Brown's imaginative prose in universal tags, its training sentences in random order."""
    documents, _ = load_documents("brown", tagset="universal")
    train, dev, test = split_documents([text for text in documents if text.category in PROSE])
    return Corpus("brown, imaginative prose", random.Random(1).sample(train, len(train)), dev, test)


def config_of(task: Task) -> Config:
    overrides = [f"training.seed={task.seed}", "corpus.name=treebank", "corpus.tagset=universal"]
    overrides += [f"training.epochs={task.epochs}"] if task.epochs else []
    if task.method == UNADAPTED:
        return load_config(CONFIGS / "window.toml", [*overrides, f"corpus.head={HEAD}"])
    config = load_config(CONFIGS / "window_adapt.toml", overrides)
    old = [each.model_copy(update={"tagset": "universal"}) for each in config.datasets]
    own = {"transfer": TransferConfig()} if task.method == SCRATCH else {}
    return config.model_copy(update={"datasets": old if task.method == MIXED else [], **own})


def train_one(setting: Setting, task: Task) -> dict[str, float]:
    """Trains a tagger and returns its accuracies on both registers; saves it if it is a treebank tagger."""
    file = setting.folder / f"treebank-{task.seed}.safetensors"
    if task.method == UNADAPTED:
        tagger = Tagger.train(setting.old, config_of(task))
        tagger.save(file)
    else:
        few = replace(setting.new, train=setting.new.train[: task.sentences], dev=[])
        backbone = None if task.method == SCRATCH else Tagger.load(file, device="cpu")
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
"""For every method and size, an outcome for each seed."""


def as_table(outcomes: Outcomes) -> str:
    before = statistics.fmean(outcome["old"] for outcome in outcomes[UNADAPTED, 0])
    rows = []
    for (method, size), each in outcomes.items():
        lost = 100 * (before - statistics.fmean(outcome["old"] for outcome in each))
        forgotten = "-" if method in (UNADAPTED, SCRATCH) else f"{lost:+.2f}"
        rows.append([method, f"{size:,}" if size else "-", cell(each, "new"), cell(each, "old"), forgotten])
    return table(["tagger", "new sentences", "new (prose)", "old (treebank)", "forgotten"], rows)


def verdict(outcomes: Outcomes) -> str:
    """States the gain from adaptation, compared with both alternatives, and its cost."""

    def mean(method: str, size: int, key: str = "new") -> float:
        return 100 * statistics.fmean(outcome[key] for outcome in outcomes[method, size])

    base, old = mean(UNADAPTED, 0), mean(UNADAPTED, 0, "old")
    sizes = sorted({size for _, size in outcomes if size})
    parts = [
        f"With {size:,} sentences the tagger trained further (mixed) reaches {mean(MIXED, size):.2f} % "
        f"on new text, {mean(MIXED, size) - base:+.2f} points against the tagger that is not adapted and "
        f"{mean(MIXED, size) - mean(SCRATCH, size):+.2f} against one from scratch, and loses "
        f"{old - mean(MIXED, size, 'old'):.2f} points on old text (unmixed: "
        f"{mean(FURTHER, size) - base:+.2f} on new text, {old - mean(FURTHER, size, 'old'):.2f} lost on old)."
        for size in sizes
    ]
    return " ".join(parts)


def picture(outcomes: Outcomes, line: str) -> Figure:
    """Accuracy on new and old text against the number of new sentences. Call it inside `drawing`."""
    figure, panels = stacked("A treebank tagger, adapted to prose", f"{line}; {BARS}", key=2)
    sizes = sorted({size for _, size in outcomes if size})
    for axes, (key, title) in zip(panels, (("new", "prose (new)"), ("old", "treebank (old)")), strict=True):
        base = 100 * statistics.fmean(outcome[key] for outcome in outcomes[UNADAPTED, 0])
        axes.axhline(base, color=pen(3).color, linestyle=":", label=UNADAPTED)
        for number, method in enumerate(METHODS):
            if key == "old" and method == SCRATCH:
                continue  # its accuracy is so low that it would flatten the other curves
            spreads = [Spread(tuple(each[key] for each in outcomes[method, size])) for size in sizes]
            draw_points(axes, sizes, spreads, pen(number), label=method)
        round_log_scale(axes.xaxis, sizes)
        axes.set(title=title, xlabel="new sentences (log scale)", ylabel="accuracy (per cent)")
    write_key(figure, panels[0], lines=2)
    return figure


def main() -> None:
    options = parser(
        "adaptation",
        __doc__,
        time="20 min",
        quick="15 s",
        without="one seed, one size of sample instead of three, one epoch, the package's sample "
        "instead of the treebank",
        seeds=5,
        corpus="treebank",
    ).parse_args()
    old, new = load_corpus(options.corpus, tagset="universal"), prose()
    setting = Setting(with_head(old), with_head(new), options.runs)
    seeds = range(1, options.seeds + 1)
    epochs, sizes = (1, SIZES[:1]) if options.quick else (0, SIZES)
    first = cached_runs(
        train_one,
        [Task(UNADAPTED, 0, seed, epochs) for seed in seeds],
        shared=setting,
        folder=options.runs,
        jobs=options.jobs,
    )
    tasks = [Task(method, size, seed, epochs) for size in sizes for method in METHODS for seed in seeds]
    rest = cached_runs(train_one, tasks, shared=setting, folder=options.runs, jobs=options.jobs)
    outcomes: Outcomes = {}
    for task, outcome in (first | rest).items():
        outcomes.setdefault((task.method, task.sentences), []).append(outcome)
    line = origin(setting.old, options.seeds)
    print(f"{line}\n\n{as_table(outcomes)}\n\n{verdict(outcomes)}")
    with drawing():
        save(picture(outcomes, line), options.output)


if __name__ == "__main__":
    run(main)
