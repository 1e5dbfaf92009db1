"""Pages that need nothing else: no script, no other file, no network. Their prose is in ``templates``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from postagger.comparison.pictures import Picture, as_svg
from postagger.comparison.style import dark_rules
from postagger.extras import require
from postagger.plots import pens_of

if TYPE_CHECKING:
    from jinja2 import Environment


def check_packages(what: str = "a comparison needs") -> None:
    """Checks before long work that pages can be made.

    Args:
        what: what needs the packages, as in `require`.

    Raises:
        PostaggerError: a package is not installed.
    """
    require("compare", what, "scipy", "matplotlib", "jinja2", "adjustText")


def render(template: str, *, names: Iterable[str], pictures: Mapping[str, Picture], **values: Any) -> str:
    """A page from a template.

    Args:
        names: of the systems that have colours on it.
        pictures: by name.
        values: what else the template shows.
    """
    environment = _environment()
    return environment.get_template(template).render(
        pens=pens_of(names),
        css=environment.get_template("page.css").render(),
        dark_rules=dark_rules(),
        pictures={
            name: (picture, as_svg(picture, name), as_svg(picture, name, narrow=True))
            for name, picture in pictures.items()
        },
        **values,
    )


def glossary(template: str, **values: Any) -> list[tuple[str, str]]:
    """Terms with their explanations, from a template with a paragraph for each: ``term :: explanation``."""
    text = _environment().get_template(template).render(**values)
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    pairs = (paragraph.split(" :: ", 1) for paragraph in paragraphs if paragraph)
    return [(term, meaning) for term, meaning in pairs]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("postagger.comparison"),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = "{:,}".format
    return environment
