"""The style of pictures that matplotlib draws, for light and for dark pages."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.errors import PostaggerError
from postagger.io import visible
from postagger.plots import DARK, GRID, INK, QUIET

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE_WIDTH = 8.0
PHONE_WIDTH = 3.75
"""Inches: the two widths that the pictures of a report are drawn in."""

SMALL = 9
"""Points: the smallest font size in any picture."""

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
    "grid.color": GRID,
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
