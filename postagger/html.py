"""Tables and paragraphs as HTML for notebooks.

Notebooks have light and dark themes of their own, which a page can't ask for. So everything here takes the
colour of the text around it, and shades are transparent. Styles are attributes, because some viewers remove
style sheets. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from postagger.io import visible

FOR, AGAINST = "31, 119, 220", "222, 120, 20"
"""Blue and orange, red, green and blue of 255: what speaks for something, and what against it."""

_LONGEST = 200
"""Characters of one text."""

_JOINED = "&nbsp;"
"""A blank in a cell of figures, which is not broken there."""


def text(value: str) -> str:
    """Text, escaped: control characters are visible, and a very long one is cut short."""
    shown = visible(value).encode("utf-8", "backslashreplace").decode("utf-8")  # halves of surrogate pairs
    return escape(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…")


def shade(share: float, color: str) -> str:
    """The style of a ground that is as strong as a share, in 0..1, of one of the two colours."""
    return f"background: rgba({color}, {0.45 * max(0.0, min(1.0, share)):.2f}); color: inherit"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: Iterable[int] = (0,)) -> str:
    """A table that scrolls if it is too wide.

    Args:
        rows: of texts, as many as the head has.
        left: the columns that are aligned left; the others are aligned right.
    """
    chosen = set(left)

    def row(kind: str, cells: Sequence[str]) -> str:
        return "".join(
            f'<{kind} style="text-align:left">{text(cell)}</{kind}>'
            if number in chosen
            else f"<{kind}>{text(cell).replace(' ', _JOINED)}</{kind}>"
            for number, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{row('td', cells)}</tr>\n" for cells in rows)
    return (
        '<div style="overflow-x:auto"><table cellpadding="4" style="border-collapse:collapse; color:inherit; '
        'text-align:right; font-variant-numeric:tabular-nums">\n'
        f"<thead><tr>{row('th', head)}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def paragraph(*parts: str, small: bool = False) -> str:
    """A paragraph of HTML."""
    style = "margin: 0.4em 0" + ("; opacity: 0.75; font-size: 0.9em" if small else "")
    return f'<p style="{style}">{" ".join(parts)}</p>\n'


def folded(title: str, content: str, *, opened: bool = False) -> str:
    """Content behind its title, on which one clicks.

    Args:
        title: text.
        content: HTML.
    """
    state = " open" if opened else ""
    summary = f'<summary style="cursor: pointer">{text(title)}</summary>'
    return f'<details style="margin: 0.4em 0"{state}>{summary}\n{content}</details>\n'


def block(*parts: str) -> str:
    """The whole output of an object; between two tags ``$`` there is no formula."""
    return f'<div class="tex2jax_ignore mathjax_ignore" style="line-height: 1.5">\n{"".join(parts)}</div>'
