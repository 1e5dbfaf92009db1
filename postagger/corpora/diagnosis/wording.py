"""Numbers and lists in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from postagger.corpora.diagnosis.findings import Severity
from postagger.errors import brief

_LISTED = 5
_LONG = 60
JOINERS = "\u200c\u200d"
"""Invisible characters that belong to the spelling of Persian, Hindi and emoji."""


def several(count: int, thing: str, plural: str = "") -> str:
    """A number and what it counts.

    >>> several(1, "token"), several(1200, "token")
    ('1 token', '1,200 tokens')
    """
    return f"{count:,} {thing if count == 1 else plural or thing + 's'}"


def shown(text: str) -> str:
    """A word or tag as it is, or in quotes and with escapes if it would be misread or change the terminal.

    >>> shown("NN"), shown("NN "), shown("a\\x07")
    ('NN', "'NN '", "'a\\\\x07'")
    """
    plain = text.translate(dict.fromkeys(map(ord, JOINERS)))
    fits = plain.isprintable() and plain.strip() == plain != "" and len(plain) <= _LONG
    return text if fits else brief(text)


def most_frequent(counts: Mapping[str, int], limit: int = _LISTED) -> str:
    """The most frequent strings with their counts.

    >>> most_frequent({"in": 60, "about": 61})
    'about (61), in (60)'
    """
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return listed((f"{shown(name)} ({count:,})" for name, count in ranked), limit)


def listed(names: Iterable[str], limit: int = _LISTED) -> str:
    """The first of several names, and how many more there are.

    >>> listed("abc", 2)
    'a, b and 1 more'
    """
    names = list(names)
    more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def and_joined(clauses: Iterable[str]) -> str:
    """
    >>> and_joined("a"), and_joined("ab"), and_joined("abc")
    ('a', 'a and b', 'a, b and c')
    """
    *most, last = clauses
    return f"{', '.join(most)} and {last}" if most else last


def percent(share: float) -> str:
    """A share in 0..1 as per cent, with more decimals if it is small.

    >>> percent(0.5), percent(0.0004)
    ('50.0 %', '0.04 %')
    """
    return f"{100 * share:.{1 if share >= 0.001 or not share else 2}f} %"


def graded(share: float, *, warning: float, error: float = 2.0) -> Severity:
    """How serious it is that something concerns this share of the tokens or sentences.

    Args:
        warning, error: the shares from which it is one; 2 is never reached.
    """
    return "error" if share >= error else "warning" if share >= warning else "note"
