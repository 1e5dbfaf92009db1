"""The style of pictures: colours that a colour-blind reader can tell apart, on light and on dark pages."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from postagger.errors import PostaggerError
from postagger.io import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE_WIDTH = 8.0
PHONE_WIDTH = 3.75
"""Inches: the two widths that the pictures of a report are drawn in."""

SMALL = 9
"""Points: the smallest font size in any picture."""

INK = "#222222"
QUIET = "#595f69"
FAINT = "#b4b9c0"
_GRID = "#dfe2e6"

_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.titlesize": "medium",
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _GRID,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "figure.facecolor": "none",  # the page is the background, white or dark
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "text.parse_math": False,  # tags and words may contain dollar signs
    "figure.constrained_layout.w_pad": 0.08,  # inches
    "figure.constrained_layout.h_pad": 0.08,
    "svg.fonttype": "none",
    "svg.hashsalt": "postagger",  # the same picture gives the same file
}


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
tests/comparison/test_style.py has the measure."""

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
    _GRID: "#33383f",
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


@contextmanager
def drawing() -> Iterator[None]:
    """A context in which matplotlib uses the style of this package; its global settings are restored.

    Raises:
        PostaggerError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise PostaggerError("pictures need matplotlib: pip install 'postagkit[compare]'") from None
    with warnings.catch_warnings(), matplotlib.rc_context(_SETTINGS):
        warnings.filterwarnings("ignore", "Glyph ")  # the browser has it: text stays text
        warnings.filterwarnings("ignore", "The 'warn' method", DeprecationWarning)  # adjustText logs with it
        yield


def new_figure(height: float, width: float = PAGE_WIDTH) -> Figure:
    """An empty figure, its size in inches, outside pyplot's global state. Call it inside `drawing`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def svg_of(figure: Figure) -> str:
    """A figure as an ``<svg>`` element in the colours of a light page; text stays text."""
    file = io.StringIO()
    with drawing():
        figure.savefig(file, format="svg", metadata={"Date": None})
    svg = visible(file.getvalue())
    svg = svg[svg.index("<svg") :].strip()
    return re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)


def dark_rules() -> str:
    """CSS that turns the colours of pictures into those of a dark page, where the reader prefers one."""
    rules = [
        f'[style*="{part}: {light}"]{{{part}:{dark}!important}}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
    ]
    black = f"text{{fill:{DARK[INK]}}}"  # text without a colour of its own, such as powers of ten
    return "\n".join(["@media screen and (prefers-color-scheme: dark){", black, *rules, "}"])


def save(figure: Figure, path: Path) -> None:
    """Writes a picture as PNG, SVG or PDF, depending on the suffix; an SVG is readable on dark pages too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".svg":
        path.write_text(standalone(svg_of(figure)), encoding="utf-8")
    else:
        figure.savefig(path, dpi=160, facecolor="white")


def standalone(svg: str) -> str:
    """An ``<svg>`` element as the text of a file, with the colours for dark pages."""
    start = svg.index(">") + 1
    return f"{svg[:start]}\n<style>{dark_rules()}</style>{svg[start:]}\n"
