"""The measurements as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarking.contenders import Contender
from benchmarking.machine import Rates, needs
from benchmarking.taggers import HALF, UNSEEN, model_file
from postagger import Corpus, Tagger


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def speed_table(contenders: Sequence[Contender]) -> str:
    speeds = {each.name: each.speed(each.warm) for each in contenders}
    others = [each.name for each in contenders if not each.is_ours]
    rows = []
    for each in contenders:
        ratios = (
            f"{statistics.median(_ratios(each, other)):.3g}" for other in contenders if other.name in others
        )
        columns = (each.speed([each.cold]), speeds[each.name], each.speed(each.unseen))
        rows.append([each.name, *(f"{number:,.0f}" for number in columns), *ratios])
    unseen = f"{100 * UNSEEN:.0f} % unseen"
    return table(["tokens per second", "cold", "warm", unseen, *(f"x {name}" for name in others)], rows)


def _ratios(each: Contender, other: Contender) -> list[float]:
    """The ratios of the warm speeds, round by round."""
    pairs = zip(each.warm, other.warm, strict=True)
    return [(each.tokens / mine) / (other.tokens / theirs) for mine, theirs in pairs]


def growth_table(contenders: Sequence[Contender]) -> str:
    sizes = list(contenders[0].growth)
    rows = []
    for each in contenders:
        for label, place in (("ns per token", 0), ("MiB", 1)):
            cells = [each.growth[size][place] * (1e9 / size if place == 0 else 1) for size in sizes]
            rows.append([f"{each.name}, {label}", *(f"{cell:,.0f}" for cell in cells)])
    return table(["tokens streamed", *(f"{size:,}" for size in sizes)], rows)


def needs_table(contenders: Sequence[Contender], corpus: Corpus, rates: Rates) -> str:
    """The time that a token's arithmetic takes at the machine's rates, and the measured warm time."""
    rows = []
    for each in contenders:
        if each.is_ours:
            flops, size = needs(Tagger.load(model_file(corpus, each.name), device="cpu"))
            half = each.name.endswith(HALF)
            rate, size = (rates.half_flops, size / 2) if half else (rates.flops, size)
            least = 1e9 * max(flops / rate, size / rates.bandwidth)
            taken = 1e9 / each.speed(each.warm)
            numbers = (flops / 1000, size / 1000, least, taken)
            rows.append([each.name, *(f"{number:,.3g}" for number in numbers), f"{100 * least / taken:.0f}"])
    head = ["per token", "kFLOP", "kB of the table", "ns at least", "ns measured", "at least / measured (%)"]
    return table(head, rows)


def cores_table(contenders: Sequence[Contender], count: int) -> str:
    """Tokens per second with one thread, with torch's threads and with workers; median ratios over rounds."""
    rows = []
    for each in contenders:
        alone, *several = zip(*each.cores, strict=True)
        row = [each.name, f"{each.speed(alone):,.0f}"]
        for seconds in several:
            gain = statistics.median(one / more for one, more in zip(alone, seconds, strict=True))
            row.append(f"{each.speed(seconds):,.0f} (x {gain:.2f})")
        rows.append(row)
    head = ["tokens per second, warm", "one thread", f"torch threads: {count}", f"workers: {count}"]
    return table(head, rows)


def training_table(rows: Sequence[dict[str, Any]]) -> str:
    return table(
        ["training", "dev accuracy (%)", "seconds to the perceptron's accuracy", "seconds in all"],
        [
            [
                row["tagger"],
                f"{100 * row['accuracy']:.2f}",
                "-" if row["to_goal"] is None else f"{row['to_goal']:.1f}",
                f"{row['seconds']:.1f}",
            ]
            for row in rows
        ],
    )
