"""The measurements as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarking.contenders import Contender
from benchmarking.taggers import CRF, FLOOR
from benchmarking.texts import LENGTH, UNSEEN

SPEEDS = {
    "cold": "cold",
    "warm": "warm",
    "unseen": f"{100 * UNSEEN:.0f} % unseen",
    "fresh": "fresh text",
}
"""The measurements of speed, and their names in tables."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _cell(number: float | None, form: str = ",.0f") -> str:
    return "-" if number is None else format(number, form)


def _measured(contenders: Sequence[Contender]) -> list[str]:
    return [what for what in SPEEDS if any(each.measured[what] for each in contenders)]


def speed_table(contenders: Sequence[Contender], clock: str) -> str:
    """Tokens per second; `clock` is ``cpu`` or ``wall``, and the last column is always the latter."""
    what = _measured(contenders)
    head = [
        f"tokens per second{' of CPU time' if clock == 'cpu' else ''}",
        *(SPEEDS[each] for each in what),
        "warm, by the clock",
    ]
    rows = [
        [each.name, *(_cell(each.speed(name, clock)) for name in what), _cell(each.speed("warm", "wall"))]
        for each in contenders
    ]
    return table(head, rows)


def ratio_table(contenders: Sequence[Contender], clock: str) -> str:
    """How many times as fast as the floor and as NLTK's CRF tagger; nothing if neither took part."""
    others = [each for name in (FLOOR, CRF) for each in contenders if each.name == name]
    pairs = [(other, what) for other in others for what in _measured(contenders)]
    rows = [
        [each.name, *(_cell(each.ratio(other, what, clock), ".3g") for other, what in pairs)]
        for each in contenders
    ]
    head = ["times the speed of", *(f"{other.name}, {SPEEDS[what]}" for other, what in pairs)]
    return table(head, rows) if pairs else ""


def single_table(contenders: Sequence[Contender]) -> str:
    """Microseconds of CPU time for a sentence by itself: medians over rounds of the median and of p99."""
    rows = []
    for each in contenders:
        rounds = [sorted(seconds) for seconds in each.measured["single"]]
        middle = statistics.median(statistics.median(seconds) for seconds in rounds)
        high = statistics.median(seconds[int(0.99 * len(seconds))] for seconds in rounds)
        rows.append([each.name, f"{1e6 * middle:,.1f}", f"{1e6 * high:,.1f}"])
    return table([f"one sentence of {LENGTH} words, microseconds", "median", "99th percentile"], rows)


def growth_table(contenders: Sequence[Contender], sizes: Sequence[int]) -> str:
    rows = []
    for each in contenders:
        streams = each.measured["stream"][: len(sizes)]
        if streams:
            times = [1e9 * seconds.cpu / seconds.tokens for seconds, _ in streams]
            rows.append([f"{each.name}, ns per token", *map(_cell, times)])
            rows.append([f"{each.name}, MiB", *(_cell(memory) for _, memory in streams)])
    return table(["tokens streamed", *(f"{size:,}" for size in sizes)], rows)


def cores_table(contenders: Sequence[Contender], count: int) -> str:
    """Tokens per second by the clock, with one thread and with several; median ratios over rounds."""
    rows = []
    for each in contenders:
        rounds = each.measured["cores"]
        if rounds:
            alone = [found["one thread"] for found in rounds]
            row = [each.name, _cell(statistics.median(one.tokens / one.wall for one in alone))]
            for how in ("workers", "torch threads"):
                several = [found[how] for found in rounds if how in found]
                gains = [one.wall / more.wall for one, more in zip(alone, several, strict=False)]
                speeds = [more.tokens / more.wall for more in several]
                gain = (
                    f"{statistics.median(speeds):,.0f} (x {statistics.median(gains):.2f})" if gains else "-"
                )
                row.append(gain)
            rows.append(row)
    head = [
        "tokens per second by the clock, warm",
        "one thread",
        f"workers: {count}",
        f"torch threads: {count}",
    ]
    return table(head, rows)


def raw_table(measured: Mapping[str, Sequence[tuple[float, ...]]], tokens: int) -> str:
    rows = []
    for name, runs in measured.items():
        user, system, wall = (statistics.median(each) for each in zip(*runs, strict=True))
        total = statistics.median(user + system for user, system, _ in runs)
        rows.append(
            [name, *(f"{each:.2f}" for each in (user, system, total, wall)), f"{tokens / total:,.0f}"]
        )
    return table(["`postagger tag`, seconds", "user", "system", "CPU", "wall", "tokens per CPU second"], rows)


def start_table(measured: Mapping[str, Sequence[tuple[float, ...]]]) -> str:
    rows = []
    for name, starts in measured.items():
        cpu, memory = (statistics.median(each) for each in zip(*starts, strict=True))
        rows.append([name, f"{cpu:.2f}", f"{memory:,.0f}"])
    return table(["start to first answer", "CPU seconds", "peak memory, MB"], rows)


def size_table(sizes: Mapping[str, tuple[int, float]], models: Mapping[str, float]) -> str:
    """The number of distributions and MB of installations, and MB of model files."""
    rows = [[name, str(count), f"{size:,.0f}"] for name, (count, size) in sizes.items()]
    rows += [[f"model file of {kind}", "-", f"{size:,.1f}"] for kind, size in models.items()]
    return table(["installed", "distributions", "MB"], rows)


def differing_table(counts: Mapping[str, Mapping[str, int]], text: str) -> str:
    ways = list(next(iter(counts.values()), {}))
    rows = [[name, *(f"{found[way]:,}" for way in ways)] for name, found in counts.items()]
    return table([f"tags that differ from the forward pass's, {text}", *ways], rows)


def training_table(rows: Sequence[dict[str, Any]]) -> str:
    return table(
        ["training", "dev accuracy (%)", "seconds to the perceptron's accuracy", "seconds in all"],
        [
            [
                row["tagger"],
                f"{100 * row['accuracy']:.2f}",
                _cell(row["to_goal"], ".1f"),
                f"{row['seconds']:.1f}",
            ]
            for row in rows
        ],
    )
