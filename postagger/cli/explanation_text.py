"""Explanations as text for the terminal."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postagger.explain import Explanation, Reason

_STRONGEST = 3
"""Words shown in a line of the summary."""

_BAR = 24
"""Length of the longest bar in characters."""

_MISSED = 0.05
"""An error of the attributions up to this, in nats, is not reported."""


def beside(taggers: Mapping[str, Sequence[Explanation]]) -> Iterator[str]:
    """A table of words with the tag that each tagger gives; then, where they differ, why.

    Args:
        taggers: for each, by a name, explanations of the same words.
    """
    rows = []
    for each in zip(*taggers.values(), strict=True):
        first = each[0]
        tags = [f"{found.tag} {found.probability:.2f}" for found in each]
        strongest = [_strongest(found, 2) for found in each]
        differ = len({found.tag for found in each}) > 1
        cells = itertools.chain.from_iterable(zip(tags, strongest, strict=True))
        rows.append((str(first.position + 1), first.words[first.position], "≠" if differ else "", *cells))
    head = itertools.chain.from_iterable((name, "because of") for name in taggers)
    yield from _table(("", "word", "", *head), rows)
    for each in zip(*taggers.values(), strict=True):
        if len(each) == 1 or len({found.tag for found in each}) > 1:
            for name, found in zip(taggers, each, strict=True):
                yield ""
                yield f"{name}:"
                yield from details(found)


def _strongest(found: Explanation, number: int) -> str:
    """The strongest attributions, in a line."""
    strongest = sorted(found.reasons, key=lambda reason: -abs(reason.attribution))[:number]
    return ", ".join(f"{_called(reason, found)} {_signed(reason.attribution, 1)}" for reason in strongest)


def summary(words: Sequence[str], tags: Iterable[str], found: Iterable[Explanation]) -> Iterator[str]:
    """A line for each word: its tag, the tag it is compared with, and the strongest attributions.

    Args:
        words: the sentence.
        tags: the tag set, for the column widths: each line is yielded as soon as its word is explained.
        found: an explanation for each word.
    """
    head = ("", "word", "tag", "rather than", "by", "for it (+) and against it (-)")
    rated = max(map(len, tags)) + len(" 1.00")
    needed = (len(str(len(words))), max(map(len, words)), rated, rated, len("+10.0"), 0)
    widths = [max(len(title), width) for title, width in zip(head, needed, strict=True)]
    yield _line(head, widths)
    for each in found:
        cells = (
            str(each.position + 1),
            words[each.position],
            f"{each.tag} {each.probability:.2f}",
            f"{each.against} {each.against_probability:.2f}",
            _signed(each.margin, 1),
            _strongest(each, _STRONGEST),
        )
        yield _line(cells, widths)


def details(found: Explanation) -> Iterator[str]:
    """The full explanation of one word."""
    tag, against = found.tag, found.against
    yield (
        f"{found.words[found.position]!r}, word {found.position + 1}, is {tag} ({found.probability:.3f}) "
        f"rather than {against} ({found.against_probability:.3f})."
    )
    if found.margin < 0:
        yield f"{against} is the more probable tag of this word, but {tag} is in the best sequence of tags."
    yield (
        f"The log of their ratio is {_signed(found.margin)}: {_signed(found.start)} with all words masked, "
        f"plus the attribution of each word, for {tag} (+) or {against} (-):"
    )
    yield ""
    largest = max(abs(reason.attribution) for reason in found.reasons)
    rows = []
    for reason in found.reasons:
        bar = ("+" if reason.attribution > 0 else "-") * round(
            _BAR * abs(reason.attribution) / (largest or 1)
        )
        still = f"{tag} {reason.probability_without:.3f}"
        prediction = still if reason.tag_without == tag else f"{reason.tag_without} ({still})"
        rows.append((_called(reason, found), _signed(reason.attribution), prediction, bar))
        if reason.position == found.position:
            for part in reason.parts:
                known = "" if part.known else " (unknown)"
                rows.append((f"  {part.name} {part.text}{known}", _signed(part.attribution), "", ""))
    yield from _table(("word", "attribution", "without it", ""), rows)
    if abs(found.rest) > _MISSED:
        yield f"The attributions miss {_signed(found.rest)} of the log ratio."


def _called(reason: Reason, found: Explanation) -> str:
    """The word, with its number if it is in the sentence more than once."""
    if not reason.parts:
        return "[before]" if reason.position < 0 else "[after]"
    if reason.position == found.position:
        return "itself"
    again = found.words.count(reason.word) > 1
    return f"{reason.word}({reason.position + 1})" if again else reason.word


def _signed(number: float, digits: int = 2) -> str:
    return f"{round(number, digits) + 0.0:+.{digits}f}"  # no -0.00


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield _line(row, widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
