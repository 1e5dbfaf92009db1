"""Prevents test leakage: finds sentences that repeat dev or test text.

Many treebanks draw on the same newspapers, some even contain the same articles, and raw text may contain
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from postagger.unicode import normal_form

RUN = 10
"""The number of consecutive tokens that two texts do not share by chance."""

SHORTEST = 5
"""Sentences shorter than a run are compared whole, but only from this number of tokens on: shorter ones
repeat by chance."""

Token = TypeVar("Token", str, tuple[str, str])
"""A word, or a word with its tag."""

Run = tuple[str, ...]

_ONE_FORM = {
    "-lrb-": "(",
    "-rrb-": ")",
    "-lsb-": "[",
    "-rsb-": "]",
    "-lcb-": "{",
    "-rcb-": "}",
    "``": '"',
    "''": '"',
    "\u201c": '"',
    "\u201d": '"',
    "`": "'",
    "\u2013": "--",
    "\u2014": "--",
    "\u2026": "...",
}
_PLAIN = str.maketrans({"\u2018": "'", "\u2019": "'", "\\": None})
"""Replacements within words; the Penn treebank writes a backslash before each slash and asterisk."""


class HeldOut:
    """Sentences that must not occur in training data.

    Words are compared in lower case and in their normal form (`postagger.unicode`), with the Penn
    treebank's quotes, brackets and escapes converted to ordinary characters; digits must match exactly.
    """

    def __init__(
        self, sentences: Iterable[Sequence[str]], *, run: int = RUN, shortest: int = SHORTEST
    ) -> None:
        """
        Args:
            sentences: lists of words, without traces.
            run: the number of consecutive tokens that count as an overlap.
            shortest: see `SHORTEST`.
        """
        self.run = run
        self._runs: set[Run] = set()
        self._short: set[Run] = set()
        for words in sentences:
            self._runs.update(runs(words, run))
            if shortest <= len(words) < run:
                self._short.update(runs(words, len(words)))

    def overlaps(self, words: Sequence[str]) -> bool:
        """Whether a sentence shares a run with a held-out one; if it is shorter, whether it equals one."""
        if len(words) < self.run:
            return not self._short.isdisjoint(runs(words, len(words)))
        return not self._runs.isdisjoint(runs(words, self.run))


def without_overlap(sentences: Iterable[list[Token]], held_out: HeldOut) -> tuple[list[list[Token]], int]:
    """The sentences, tagged or plain, that repeat nothing held out, and the number of the others."""
    kept = []
    dropped = 0
    for sentence in sentences:
        if held_out.overlaps([token if isinstance(token, str) else token[0] for token in sentence]):
            dropped += 1
        else:
            kept.append(sentence)
    return kept, dropped


def runs(words: Sequence[str], length: int) -> Iterator[Run]:
    """All runs of `length` consecutive words, normalised for comparison."""
    forms = [_form(word) for word in words]
    return zip(*(forms[start:] for start in range(length)), strict=False)


def _form(word: str) -> str:
    plain = normal_form(word).lower().translate(_PLAIN)
    return _ONE_FORM.get(plain, plain)
