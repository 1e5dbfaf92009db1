"""Draws diagrams as SVG: boxes, circles, arrows and text, in the colour of the page's text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from lecture.svg import HUES, THEME

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"
 role="img">
<title>{title}</title>
"""
_DEFINITIONS = """\
<defs>
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0.5 L8 4 L0 7.5 z" fill="currentColor"/></marker>
</defs>
<g font-family="sans-serif" fill="currentColor" stroke="none" text-anchor="middle">
"""

Point = tuple[float, float]


@dataclass(frozen=True)
class Node:
    """A box or circle that was drawn: its middle, and half its width and height."""

    x: float
    y: float
    half_width: float
    half_height: float

    @property
    def top(self) -> Point:
        return self.x, self.y - self.half_height

    @property
    def bottom(self) -> Point:
        return self.x, self.y + self.half_height

    @property
    def left(self) -> Point:
        return self.x - self.half_width, self.y

    @property
    def right(self) -> Point:
        return self.x + self.half_width, self.y


@dataclass
class Canvas:
    """A drawing, its size in pixels; (0, 0) is the upper left corner."""

    title: str
    width: int
    height: int
    _parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *, size: int = 15, style: str = "") -> None:
        """Text around a point; ``style`` is ``bold`` or ``italic``."""
        attribute = {"": "", "bold": ' font-weight="bold"', "italic": ' font-style="italic"'}[style]
        self._parts.append(
            f'<text x="{x:g}" y="{y + size * 0.35:g}" font-size="{size}"{attribute}>{escape(words)}</text>'
        )

    def box(
        self,
        x: float,
        y: float,
        words: str,
        *,
        width: float = 90,
        height: float = 36,
        hue: int | None = None,
    ) -> Node:
        """A box around a point, with text; of the colour with that number, or of the text's."""
        self._parts.append(
            f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}" '
            f'rx="6" {_look(hue)}/>'
        )
        self.text(x, y, words)
        return Node(x, y, width / 2, height / 2)

    def circle(
        self, x: float, y: float, words: str = "", *, radius: float = 13, hue: int | None = None
    ) -> Node:
        """A circle around a point, with text."""
        self._parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" {_look(hue)}/>')
        if words:
            self.text(x, y, words)
        return Node(x, y, radius, radius)

    def line(self, *points: Point, arrow: bool = True, faint: bool = False, dashed: bool = False) -> None:
        """A line through points, with a head at its end."""
        way = " L".join(f"{x:g} {y:g}" for x, y in points)
        look = 'stroke-opacity="0.35" stroke-width="1"' if faint else 'stroke-width="1.6"'
        look += ' stroke-dasharray="5 4"' if dashed else ""
        look += ' marker-end="url(#head)"' if arrow else ""
        self._parts.append(f'<path d="M{way}" fill="none" stroke="currentColor" {look}/>')

    def __str__(self) -> str:
        """The drawing as an SVG file."""
        head = _HEAD.format(width=self.width, height=self.height, title=escape(self.title))
        return "".join([head, THEME, _DEFINITIONS, *(f"{part}\n" for part in self._parts), "</g>\n</svg>\n"])


def _look(hue: int | None) -> str:
    if hue is None:
        return 'fill="none" stroke="currentColor" stroke-width="1.6"'
    return f'fill="{HUES[hue]}" fill-opacity="0.22" stroke="{HUES[hue]}" stroke-width="2"'
