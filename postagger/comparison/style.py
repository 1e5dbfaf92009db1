"""How pictures look: colours that a colour-blind reader can tell apart, and never colour alone."""

from __future__ import annotations

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
    "text.parse_math": False,  # the tags PRP$ and WP$ in one label are no formula
    "svg.fonttype": "none",
    "svg.hashsalt": "postagger",  # the same picture, the same file
}


class Pen(NamedTuple):
    """How one series is drawn: told apart by any of the three."""

    color: str
    marker: str
    linestyle: str


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
"""Okabe and Ito's colours (2008), yellow left out: it is too pale for lines."""


def pen(number: int) -> Pen:
    return PENS[number % len(PENS)]


@contextmanager
def drawing() -> Iterator[None]:
    """Inside, matplotlib draws in the house's style, without a screen; outside nothing changes.

    Raises:
        PostaggerError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise PostaggerError("pictures need matplotlib: pip install 'postagger[compare]'") from None
    with matplotlib.rc_context(_SETTINGS):
        yield


def new_figure(height: float, width: float = PAGE_WIDTH) -> Figure:
    """An empty figure of so many inches, outside of pyplot's global state; to be called inside `drawing`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
