"""The style of pictures: colours that a colour-blind reader can distinguish, and never colour alone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from postagger.errors import PostaggerError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE_WIDTH = 8.0
"""Inches."""

_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "legend.frameon": False,
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
        return self.color if self.filled else "white"


PENS = tuple(
    Pen(*pen)
    for pen in (
        ("#0072b2", "o", "-"),
        ("#d55e00", "s", "--"),
        ("#009e73", "^", "-."),
        ("#cc79a7", "D", ":"),
        ("#000000", "v", "-"),
        ("#e69f00", "P", "--"),
        ("#56b4e9", "X", "-."),
    )
)
"""Okabe and Ito's colours (2008) without yellow, which is too pale for lines."""


def pen(number: int) -> Pen:
    """The pen of a series, numbered from 0; after twice the number of `PENS` they repeat."""
    return PENS[number % len(PENS)]._replace(filled=number // len(PENS) % 2 == 0)


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
        yield


def new_figure(height: float, width: float = PAGE_WIDTH) -> Figure:
    """An empty figure, its size in inches, outside pyplot's global state. Call it inside `drawing`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
