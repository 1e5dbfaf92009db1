"""An explanation in a notebook: the sentence, its words shaded by their share, and the amounts."""

from __future__ import annotations

from postagger.explain.explanation import Explanation, Reason
from postagger.explain.page import called, signed
from postagger.html import AGAINST, FOR, block, folded, paragraph, shade, table, text


def explanation_html(found: Explanation) -> str:
    """The words on a ground as strong as their share: blue speaks for the tag, orange for the other one."""
    largest = max((abs(reason.attribution) for reason in found.reasons), default=0.0) or 1.0
    chosen = f"<b>{text(found.tag)}</b> {found.probability:.3f}"
    other = f"<b>{text(found.against)}</b> {found.against_probability:.3f}"
    margin = f"{signed(found.margin)} nats, of them {signed(found.start)} with all words masked"
    legend = (
        f'<span style="{shade(1, FOR)}">blue, +</span> speaks for {text(found.tag)},',
        f'<span style="{shade(1, AGAINST)}">orange, &minus;</span> for {text(found.against)}',
    )
    by_place = {reason.position: reason for reason in found.reasons}
    places = sorted({*by_place, *range(len(found.words))})
    words = " ".join(
        _shaded(by_place[place], found, largest) if place in by_place else text(found.words[place])
        for place in places
    )
    amounts = table(["word, part", f"for {found.tag} (nats)", "without it"], _rows(found), left=(0, 2))
    return block(
        paragraph(f"<b>{text(found.words[found.position])}</b>: {chosen} rather than {other}: {margin}"),
        f'<p dir="auto" style="margin: 0.4em 0; line-height: 2">{words}</p>\n',
        paragraph(*legend, small=True),
        folded("the amounts", amounts),
    )


def _shaded(reason: Reason, found: Explanation, largest: float) -> str:
    color = FOR if reason.attribution > 0 else AGAINST
    own = "; outline: 2px solid currentColor" if reason.position == found.position else ""
    style = f"{shade(abs(reason.attribution) / largest, color)}; padding: 0.1em 0.25em; border-radius: 0.25em"
    title = text(f"{called(reason)}: {signed(reason.attribution)}")
    return f'<span style="{style}{own}" title="{title}">{text(called(reason))}</span>'


def _rows(found: Explanation) -> list[list[str]]:
    """A row for each word and, if it is the explained one, for each of its parts."""
    rows = []
    for reason in found.reasons:
        kept = f"{found.tag} {reason.probability_without:.2f}"
        without = kept if reason.tag_without == found.tag else f"{reason.tag_without} ({kept})"
        rows.append([called(reason), signed(reason.attribution), without])
        for part in reason.parts if reason.position == found.position else ():
            known = "" if part.known else " (unknown)"
            rows.append([f"· {part.name} {part.text}{known}", signed(part.attribution), ""])
    return rows
