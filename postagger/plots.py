"""What pictures share, drawn by matplotlib or not: colours, pens, the numbers of a logarithmic axis.

A colour-blind reader can tell the colours apart, on light and on dark pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

INK = "#222222"
QUIET = "#595f69"
FAINT = "#b4b9c0"
GRID = "#dfe2e6"


class Pen(NamedTuple):
    """How one series is drawn; hollow marks distinguish the series once the pens are used up."""

    color: str
    marker: str
    linestyle: str
    filled: bool = True

    @property
    def face(self) -> str:
        """The fill colour of the mark."""
        return self.color if self.filled else "none"

    @property
    def dark(self) -> str:
        """The colour on a dark page."""
        return DARK[self.color]


PENS = tuple(
    Pen(*pen)
    for pen in (
        ("#2e96f7", "o", "-"),
        ("#e0540d", "s", "--"),
        ("#6b8b6b", "^", "-."),
        ("#6e076e", "D", ":"),
        ("#423e00", "v", "-"),
        ("#366a83", "P", "--"),
        ("#884e3f", "X", "-."),
        (INK, "p", ":"),
    )
)
"""Any two of these colours differ for readers with each kind of colour blindness, and so do those of `DARK`;
tests/test_plots.py has the measure."""

DARK = {
    "#2e96f7": "#23a4b9",
    "#e0540d": "#d43702",
    "#6b8b6b": "#4d7d68",
    "#6e076e": "#924db9",
    "#423e00": "#bf9910",
    "#366a83": "#acbdf5",
    "#884e3f": "#eeba9a",
    INK: "#e6e8eb",
    QUIET: "#a5acb6",
    FAINT: "#5b626c",
    GRID: "#33383f",
}
"""For each colour of the pictures, the one that takes its place on a dark page."""

_KNOWN = ("window", "lstm", "logistic", "rnn", "gru", "crf", "lstm_crf", "lstm_forward")
_KNOWN_HOLLOW = ("most_frequent", "perceptron", "hmm", "tnt", "crfsuite")
"""Systems that have the same pen in every report: the first ones filled, those of NLTK hollow, from the last
colour down, so that those that are often compared with each other do not share a colour."""


def pen(number: int) -> Pen:
    """The pen of a series, numbered from 0; after twice the number of `PENS` they repeat."""
    return PENS[number % len(PENS)]._replace(filled=number // len(PENS) % 2 == 0)


def pens_of(names: Iterable[str]) -> dict[str, Pen]:
    """The pen of each system by its name; shipped systems have the same one in every picture and report.

    Others have one that depends on their name, unless a system of the same report has it.
    """
    every = 2 * len(PENS)
    fixed = {name: number for number, name in enumerate(_KNOWN)}
    fixed |= {name: every - 1 - number for number, name in enumerate(_KNOWN_HOLLOW)}
    wanted = list(dict.fromkeys(names))
    chosen = {name: fixed[name] for name in wanted if name in fixed}
    for name in sorted(set(wanted) - set(chosen)):
        first = crc32(name.encode(errors="replace")) % every
        used = set(chosen.values())
        colours = {number % len(PENS) for number in used}
        chosen[name] = min(
            ((first + step) % every for step in range(every)),
            key=lambda number: (number in used, number % len(PENS) in colours),
        )
    return {name: pen(chosen[name]) for name in wanted}


_STEPS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8))
_FINER_STEPS = (range(10, 100), range(100, 1000))
_FEW = 3


def log_ticks(low: float, high: float, apart: float, fewest: int = _FEW) -> list[float]:
    """Round numbers about low..high that are far enough apart on a log scale; as few digits as possible.

    Args:
        apart: the least distance between two, as a part of the axis.
        fewest: how many there are at least, if there are so many with one or two digits and room for them.
    """
    gap = apart * math.log10(high / low) if high > low else 0.0
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    slack = min(1.02, (high / low) ** 0.05)
    best: list[float] = []
    for steps in (*_STEPS, *_FINER_STEPS):
        if len(best) >= (fewest if steps in _STEPS else _FEW):
            break
        scale = 10 ** (len(str(steps[0])) - 1)
        ticks: list[float] = []
        for tick in (step * 10.0**power / scale for power in powers for step in steps):
            inside = low / slack <= tick <= high * slack
            if inside and (not ticks or math.log10(tick / ticks[-1]) >= gap):
                ticks.append(tick)
        if len(ticks) > len(best):
            best = ticks
    return best
