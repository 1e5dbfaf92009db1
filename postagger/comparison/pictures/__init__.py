"""Pictures of a comparison, one idea each, in two widths: for a page and for a phone.

A few systems are drawn as lines in one frame; more get small frames with common axes. The values are means
over seeds; lines also show the spread if there are several seeds. Titles and captions are not in a picture,
but beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from postagger.comparison.pictures.accuracy import accuracy_picture, speed_picture
from postagger.comparison.pictures.breakdowns import frequency_picture, length_picture
from postagger.comparison.pictures.elements import Picture
from postagger.comparison.pictures.learning_curves import dev_picture, loss_picture
from postagger.comparison.pictures.reliability import reliability_picture
from postagger.comparison.results import Results
from postagger.comparison.style import drawing, svg_of

__all__ = ["Picture", "as_svg", "draw"]

_MAKERS: dict[str, Callable[[Results], Picture | None]] = {
    "accuracy": accuracy_picture,
    "frequency": frequency_picture,
    "length": length_picture,
    "reliability": reliability_picture,
    "loss": loss_picture,
    "dev_accuracy": dev_picture,
    "speed": speed_picture,
}


def draw(results: Results) -> dict[str, Picture]:
    """Draws all pictures that the results have numbers for, by name, in the order of the report.

    Raises:
        PostaggerError: matplotlib is not installed.
    """
    with drawing():
        pictures = {name: make(results) for name, make in _MAKERS.items() if results.systems}
    return {name: picture for name, picture in pictures.items() if picture is not None}


def as_svg(picture: Picture, name: str, *, narrow: bool = False) -> str:
    """The picture as an element of an HTML page: text stays text, and every id begins with `name`.

    The page must have elements ``NAME-title`` and ``NAME-caption`` that describe the picture.
    """
    svg = svg_of(picture.narrow if narrow else picture.figure)
    own = f"{name}-narrow" if narrow else name
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{own}-", svg)
    return svg.replace("<svg", f'<svg role="img" aria-labelledby="{name}-title {name}-caption"', 1)
