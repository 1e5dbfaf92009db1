"""Pictures of a comparison, one idea each.

A few systems are drawn as lines in one frame, with a name at the end of each; more systems get small
frames with common axes, or a table with shaded cells. The values are means over seeds; lines also show
the spread if there are several seeds.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from postagger.comparison.pictures.accuracy import accuracy_picture, speed_picture
from postagger.comparison.pictures.breakdowns import frequency_picture, length_picture, tag_picture
from postagger.comparison.pictures.confusion import confusion_picture, difference_picture
from postagger.comparison.pictures.elements import Picture
from postagger.comparison.pictures.learning_curves import dev_picture, loss_picture
from postagger.comparison.results import Results
from postagger.comparison.style import drawing
from postagger.io import visible

__all__ = ["Picture", "as_svg", "draw"]

_MAKERS: dict[str, Callable[[Results], Picture | None]] = {
    "accuracy": accuracy_picture,
    "loss": loss_picture,
    "dev_accuracy": dev_picture,
    "frequency": frequency_picture,
    "length": length_picture,
    "tag": tag_picture,
    "confusion": confusion_picture,
    "confusion_difference": difference_picture,
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


def as_svg(picture: Picture, name: str) -> str:
    """The picture as an element of an HTML page: text stays text, and every id begins with `name`.

    The page must have elements ``NAME-title`` and ``NAME-caption`` that describe the picture.
    """
    file = io.StringIO()
    with drawing():
        picture.figure.savefig(file, format="svg", metadata={"Date": None})
    svg = visible(file.getvalue())
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", svg)
    return svg.replace("<svg", f'<svg role="img" aria-labelledby="{name}-title {name}-caption"', 1)
