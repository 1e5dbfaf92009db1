"""Comparison of systems on the dev set, with tests of significance; shared by the experiments on accuracy.

The test set is not used: it is for final results. Each run's best epoch is selected on dev as well, so all
accuracies are optimistic, for every system alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from common import say

from postagger import Corpus, DataError, PostaggerError, load_corpus
from postagger.comparison import Results, compare
from postagger.comparison.results import Spread
from postagger.comparison.systems import System
from postagger.corpora import load_files
from postagger.plots import Pen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BARS = "points: mean over seeds, bars: standard deviation"
"""The part of a picture's caption that explains the error bars."""


class Gap(NamedTuple):
    """The difference in accuracy between two systems.

    Attributes:
        difference: between the means over seeds, in -1..1; positive if the first system is better.
        beyond_chance: see `postagger.comparison.results.PairResult`.
    """

    difference: float
    beyond_chance: bool

    @property
    def ahead(self) -> bool:
        return self.beyond_chance and self.difference > 0

    def __str__(self) -> str:
        points = round(100 * self.difference, 2) + 0.0  # no -0.00
        return f"{points:+.2f} points, {'beyond' if self.beyond_chance else 'within'} chance"


def add_files(options: argparse.ArgumentParser) -> None:
    """Adds the options for files instead of a corpus by name."""
    options.add_argument("--train", metavar="FILE", help="file to learn from, instead of a corpus by name")
    options.add_argument("--dev", metavar="FILE", help="file to score on (with --train)")
    options.add_argument("--column", default="xpos", help="column of CoNLL-U (default: %(default)s)")


def load_chosen(options: argparse.Namespace) -> Corpus:
    """The corpus that the options of `add_files` or ``--corpus`` name."""
    if options.train:
        return load_files(train=options.train, dev=options.dev, column=options.column)
    return load_corpus(options.corpus, column=options.column)


def folder_of(corpus: Corpus, options: argparse.Namespace) -> Path:
    """The folder that caches the runs on a corpus that was loaded by `load_chosen`."""
    name: str = corpus.name.replace("/", "_")[-60:]
    return Path(options.runs) / f"{name}-{options.column}"


def compare_on_dev(
    systems: Sequence[System], corpus: Corpus, options: argparse.Namespace, folder: Path
) -> Results:
    """Trains every system with every seed and scores it on dev, and prints progress to stderr.

    Args:
        options: parsed by `common.parser`.
        folder: caches the runs.

    Raises:
        PostaggerError: a run failed, or the dev set is empty.
    """
    if not any(corpus.dev):
        raise DataError(f"the experiments score taggers on dev, but the dev set of {corpus.name!r} is empty")
    return compare_on(systems, replace(corpus, test=corpus.dev), options, folder)


def compare_on(
    systems: Sequence[System], corpus: Corpus, options: argparse.Namespace, folder: Path
) -> Results:
    """The same for a corpus whose test part contains dev sentences."""
    seeds = f"{options.seeds} seed{'' if options.seeds == 1 else 's'}"
    say(f"{folder.name}: {len(systems)} systems, {seeds} each")
    results = compare(
        systems,
        corpus,
        seeds=options.seeds,
        folder=folder,
        jobs=options.jobs,
        force=True,
        on_progress=lambda progress: say(str(progress)),
    )
    if results.failures:
        raise PostaggerError("; ".join(results.failures))
    return replace(results, origin=replace(results.origin, tested="dev part"))


def gap(results: Results, first: str, second: str) -> Gap:
    """The gap between two systems, positive if the first is better."""
    pair = next(pair for pair in results.pairs if {pair.first, pair.second} == {first, second})
    return Gap(pair.difference if pair.first == first else -pair.difference, pair.beyond_chance)


def per_cent(spread: Spread | None) -> str:
    """Mean ± standard deviation over seeds, in per cent; a dash for None."""
    if spread is None:
        return "-"
    deviation = "" if spread.deviation is None else f" ± {100 * spread.deviation:.2f}"
    return f"{100 * spread.mean:.2f}{deviation}"


def draw_points(
    axes: Axes,
    places: Sequence[float],
    spreads: Sequence[Spread | None],
    pen: Pen,
    *,
    line: bool = True,
    label: str | None = None,
) -> None:
    """Draws means with their standard deviations, in per cent; skips places without a value.

    Args:
        line: whether to connect the points.
        label: for the legend.
    """
    points = [(x, spread) for x, spread in zip(places, spreads, strict=True) if spread is not None]
    axes.errorbar(
        [x for x, _ in points],
        [100 * spread.mean for _, spread in points],
        yerr=[100 * (spread.deviation or 0.0) for _, spread in points],
        color=pen.color,
        marker=pen.marker,
        linestyle=pen.linestyle if line else "none",
        capsize=3,
        label=label,
    )
