"""Runs the code of a page, block after block, in one namespace."""

from __future__ import annotations

import io
import tempfile
import time
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass, replace
from typing import Any

from lecture.pages import Block, Page
from lecture.svg import COLOURS, themed_svg

SETTINGS: dict[str, Any] = {
    "font.size": 11,
    "figure.figsize": (5.6, 3.4),
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "svg.fonttype": "none",
    "svg.hashsalt": "postagger",  # the same picture gives the same file
    "savefig.transparent": True,
}
"""Of matplotlib, for pictures that are read on a phone too."""


@dataclass(frozen=True)
class Outcome:
    """What a page's code did.

    Attributes:
        page: the page with the text that its blocks printed.
        pictures: SVG by file, relative to the page's folder.
        namespace: the variables after the last block.
        seconds: CPU time.
    """

    page: Page
    pictures: dict[str, str]
    namespace: dict[str, Any]
    seconds: float


def run_page(page: Page) -> Outcome:
    """Runs all blocks of a page in an empty folder of their own.

    Raises:
        ValueError: a block draws a picture but none follows on the page, or the other way round.
        Exception: whatever the code raises; the traceback has the page's line numbers.
    """
    import matplotlib

    matplotlib.use("agg")
    settings = SETTINGS | COLOURS
    namespace: dict[str, Any] = {"__name__": "__main__"}
    pictures: dict[str, str] = {}
    parts: list[str | Block] = []
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder, chdir(folder), matplotlib.rc_context(settings):
        for part in page.parts:
            if isinstance(part, Block):
                printed, drawn = _run(part, namespace, page)
                if drawn:
                    pictures[part.picture] = drawn
                parts.append(replace(part, output=printed))
            else:
                parts.append(part)
    return Outcome(Page(page.path, tuple(parts)), pictures, namespace, time.process_time() - start)


def _run(block: Block, namespace: dict[str, Any], page: Page) -> tuple[str, str]:
    """Returns what a block prints, and the SVG of what it draws."""
    import matplotlib.pyplot as plt

    code = compile("\n" * (block.line - 1) + block.code, str(page.path), "exec")
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code, namespace)
    drawn = ""
    if plt.get_fignums():
        picture = io.StringIO()
        plt.gcf().savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
        plt.close("all")
        drawn = themed_svg(picture.getvalue())
    if bool(drawn) != bool(block.picture):
        what = (
            "draws a picture, but none follows" if drawn else f"draws no picture, but {block.picture} follows"
        )
        raise ValueError(f"{page.path}:{block.line}: the block {what}")
    lines = [line.rstrip() for line in printed.getvalue().splitlines()]
    return "".join(f"{line}\n" for line in lines), drawn
