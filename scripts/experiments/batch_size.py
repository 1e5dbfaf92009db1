#!/usr/bin/env python3
"""One sentence, a minibatch, or all sentences per update? Loss against updates and against seconds.

The lecture: the gradient over the whole training set is exact and slow; that of one sentence (stochastic
gradient descent) is quick and noisy; a minibatch is a compromise. Here each batch size gets the same time,
with plain gradient descent: no momentum, no schedule, no clipping. The learning rate is the best of several
for each batch size, by the final loss on seed 1; where it diverges with another seed, the next best.

The model is that of configs/window.toml. Loss is cross-entropy on
dev, in nats per word; seconds are CPU time of one core, without the scoring of dev.

Example:
    python scripts/experiments/batch_size.py --corpus treebank --seeds 3
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from common import CONFIGS, origin, parser, run, save, table
from descent import fresh, gradients
from frame import round_log_scale, stacked, write_key
from run_cache import cached_runs
from torch import no_grad
from torch.optim import SGD

from postagger import Config, Corpus, load_config, load_corpus
from postagger.batches import EncodedCorpus
from postagger.comparison.style import drawing
from postagger.models import TaggingNetwork
from postagger.plots import pen
from postagger.random_numbers import redirected
from postagger.training import choose_device
from postagger.training.device import reproducible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALL = 0
"""The batch size that stands for the whole training set."""
SIZES = (1, 16, 128, ALL)
RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
SECONDS = 40.0
"""Training time of each run."""

_SCORED_EVERY = 1.3
"""Dev is scored whenever the number of updates has grown by this factor."""


@dataclass(frozen=True)
class Descent:
    """One run: everything its outcome depends on, except for the corpus's content and the machine's speed."""

    corpus: str
    size: int
    rate: float
    seed: int
    seconds: float = SECONDS


class Point(NamedTuple):
    """A point on a run's learning curve.

    Attributes:
        loss: on dev, in nats per word; infinite if training has diverged.
    """

    updates: int
    seconds: float
    loss: float


@no_grad()
def loss_on(network: TaggingNetwork, data: EncodedCorpus) -> float:
    """Cross-entropy in nats per word, without dropout."""
    network.eval()
    total = 0.0
    for batch in data.batches(64):
        assert batch.tags is not None
        total += float(network.head.loss(network(batch), batch.tags, batch.lengths)) * len(batch.index)
    return total / len(data.tokens)


def descend(shared: tuple[Corpus, Config], task: Descent) -> list[Point]:
    """Plain gradient descent for the task's number of seconds; for the points, see `_SCORED_EVERY`."""
    corpus, config = shared
    with reproducible(task.seed, choose_device("cpu")):
        with redirected():  # only here, since it slows down every operation
            network, train, dev = fresh(corpus, config)
        optimiser = SGD(network.parameters(), task.rate)
        size = task.size or len(train)
        points = [Point(0, 0.0, loss_on(network, dev))]
        steps = gradients(network, train, size, word_dropout=config.words.word_dropout)
        updates, seconds = 0, 0.0
        while seconds < task.seconds:
            start = time.process_time()
            next(steps)
            optimiser.step()
            updates, seconds = updates + 1, seconds + time.process_time() - start
            last = points[-1]
            if updates >= _SCORED_EVERY * last.updates or seconds >= task.seconds:
                loss = loss_on(network, dev)
                points.append(Point(updates, seconds, loss if math.isfinite(loss) else math.inf))
    return points


Runs = dict[int, list[list[Point]]]
"""Batch size to the points of each seed, at the best learning rate."""


def measure(
    corpus: Corpus,
    config: Config,
    seeds: int,
    seconds: float,
    *,
    rates: Sequence[float] | None = None,
    **how: Any,
) -> tuple[Runs, dict[int, float]]:
    """Returns the runs, and the learning rate of each size.

    It is the one with the lowest final loss on seed 1, among those with which no seed diverges.

    Args:
        rates: the learning rates to try; None for `RATES`.
        how: folder and jobs, for `cached_runs`.
    """

    def go(tasks: list[Descent]) -> dict[Descent, list[Point]]:
        outcomes = cached_runs(descend, tasks, shared=(corpus, config), **how)
        return {task: [Point(*point) for point in points] for task, points in outcomes.items()}

    tried = go([Descent(corpus.name, size, rate, 1, seconds) for size in SIZES for rate in rates or RATES])
    runs: Runs = {}
    chosen: dict[int, float] = {}
    for size in SIZES:
        tasks = [task for task in tried if task.size == size]
        for task in sorted(tasks, key=lambda task: tried[task][-1].loss):
            others = go([replace(task, seed=seed) for seed in range(2, seeds + 1)])
            runs[size], chosen[size] = [tried[task], *others.values()], task.rate
            if all(math.isfinite(points[-1].loss) for points in runs[size]):
                break
    return runs, chosen


def loss_after(
    runs: Sequence[Sequence[Point]], *, updates: float = math.inf, seconds: float = math.inf
) -> float:
    """The mean over seeds of the last loss measured within this many updates and seconds."""
    return statistics.mean(
        [point for point in points if point.updates <= updates and point.seconds <= seconds][-1].loss
        for points in runs
    )


def updates_of(runs: Sequence[Sequence[Point]]) -> int:
    """The number of updates in a run, the median over seeds."""
    return round(statistics.median(points[-1].updates for points in runs))


def name(size: int) -> str:
    return {1: "1 sentence", ALL: "all sentences"}.get(size, f"{size} sentences")


def as_table(runs: Runs, rates: dict[int, float], seconds: float) -> str:
    """Losses in nats per word, means over seeds; for the final loss also the lowest and the highest."""
    few = updates_of(runs[ALL])
    moments = [seconds / 16, seconds / 4]
    rows = [
        [
            name(size),
            f"{rates[size]:g}",
            f"{updates_of(each):,}",
            f"{1000 * statistics.median(points[-1].seconds / points[-1].updates for points in each):.1f}",
            f"{loss_after(each, updates=few):.3f}",
            *(f"{loss_after(each, seconds=moment):.3f}" for moment in moments),
            f"{loss_after(each):.3f} ({min(_ends(each)):.3f} to {max(_ends(each)):.3f})",
        ]
        for size, each in runs.items()
    ]
    head = ["per update", "rate", "updates", "ms per update", f"loss after {few} updates"]
    return table([*head, *(f"after {moment:g} s" for moment in (*moments, seconds))], rows)


def verdict(runs: Runs) -> str:
    """States which batch size is best per update and which per second, and whether that is a minibatch.

    The claim holds if the minibatch has the lower loss with every seed.
    """
    few = updates_of(runs[ALL])
    by_updates = {size: loss_after(each, updates=few) for size, each in runs.items()}
    by_seconds = {size: loss_after(each) for size, each in runs.items()}
    best, fastest = min(by_updates, key=by_updates.__getitem__), min(by_seconds, key=by_seconds.__getitem__)
    held = all(max(_ends(runs[fastest])) < min(_ends(runs[size])) for size in (1, ALL))
    return (
        f"After {few} updates the loss is lowest with {name(best)} per update "
        f"({by_updates[best]:.3f} nats per word; 1 sentence: {by_updates[1]:.3f}). In the same time "
        f"it is lowest with {name(fastest)} ({by_seconds[fastest]:.3f}; 1 sentence: {by_seconds[1]:.3f}, "
        f"all: {by_seconds[ALL]:.3f}). The claim that a minibatch is better than one sentence and than all "
        f"{'held: its loss was lower with every seed' if held else 'did not hold with every seed'}."
    )


def _ends(runs: Sequence[Sequence[Point]]) -> list[float]:
    """The final loss of each seed."""
    return [points[-1].loss for points in runs]


def picture(runs: Runs, line: str) -> Figure:
    """Loss against updates, and against seconds. Call it inside `drawing`."""
    figure, panels = stacked("One sentence, a minibatch, or all per update", line, key=2)
    panels[1].sharey(panels[0])
    scales = (("updates", 1), ("seconds", 0.1))
    for axes, (what, least) in zip(panels, scales, strict=True):
        longest = 0.0
        for number, (size, each) in enumerate(runs.items()):
            look = pen(number)
            for seed, points in enumerate(each):
                shown = [point for point in points if getattr(point, what) >= least]
                places = [getattr(point, what) for point in shown]
                longest = max([longest, *places])
                axes.plot(
                    places,
                    [point.loss for point in shown],
                    color=look.color,
                    linestyle=look.linestyle,
                    marker=look.marker,
                    markevery=(2 * number, 8),
                    markersize=5,
                    linewidth=1.2,
                    label=None if seed else name(size),
                )
        round_log_scale(axes.xaxis, [least, longest])
        axes.set_xlabel(f"{'seconds of one core' if what == 'seconds' else what} (log scale)")
    panels[0].set(ylabel="loss on dev (nats per word)", ylim=(0, 4))
    write_key(figure, panels[0], lines=2)
    return figure


def main() -> None:
    arguments = parser(
        "batch_size",
        __doc__,
        time="about 25 min",
        quick="20 s",
        without="one second a run instead of 40, two learning rates instead of six, one seed, the "
        "sample instead of the treebank",
        seeds=3,
        corpus="treebank",
        less={"seconds": 1.0},
    )
    arguments.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"training time of each run (default: {SECONDS:g})"
    )
    options = arguments.parse_args()
    corpus = load_corpus(options.corpus)
    config = load_config(CONFIGS / "window.toml")
    runs, rates = measure(
        corpus,
        config,
        options.seeds,
        options.seconds,
        rates=(0.3, 1.0) if options.quick else None,
        folder=options.runs,
        jobs=options.jobs,
    )
    line = origin(corpus, options.seeds)
    print(f"{line}\n\n{as_table(runs, rates, options.seconds)}\n\n{verdict(runs)}")
    with drawing():
        save(picture(runs, f"{line}; a line for each seed"), options.output)


if __name__ == "__main__":
    run(main)
