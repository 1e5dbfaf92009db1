"""SVG files for light and for dark pages: lines and text have the colour of the page's text."""

from __future__ import annotations

from typing import Any

from cycler import cycler

INK = "#2b2b2c"
"""A colour that stands for that of the text; no picture uses it for anything else."""

THEME = """\
<style>
svg { color: #222222; }
@media (prefers-color-scheme: dark) { svg { color: #e2e2e2; } }
</style>
"""

HUES = ("#1f83c4", "#d9671c", "#159a6c", "#b86a9b", "#8a8a2e", "#7a6fd0")
"""Colours with a contrast of about 3 or more on white and on black alike; a colour-blind reader can tell the
first four apart, and pictures mark lines with more than colour."""

COLOURS: dict[str, Any] = {
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "legend.facecolor": "none",
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.2,
    "patch.edgecolor": INK,
    "axes.prop_cycle": cycler(color=HUES),
}
"""Settings of matplotlib; `themed_svg` does the rest."""


def themed_svg(svg: str) -> str:
    """An SVG file of matplotlib's whose `INK` is the colour of the text, on light and dark pages alike."""
    start = svg.index("<defs>")
    body = svg[start:].replace(INK, "currentColor")
    lines = (line.rstrip() for line in (svg[:start] + THEME + body).splitlines())
    return "".join(f"{line}\n" for line in lines)
