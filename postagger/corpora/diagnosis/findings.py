"""What a check of a corpus gives: counts and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from postagger.errors import short

Severity = Literal["error", "warning", "note"]
"""An error makes training useless or a score wrong, a warning costs accuracy, a note is good to know."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True)
class Finding:
    """Something in a corpus that its owner may not know.

    Attributes:
        kind: a short name of what was found, such as ``untagged``; a check has at most one finding of a kind.
        severity: ``error``, ``warning`` or ``note``.
        text: what was found, in one line: how much of it, with examples and their places.
        effect: what the tagger does about it.
        remedy: how to mend it; empty if there is nothing to do.
        count: the number of tokens, sentences or tags concerned.
        details: further examples, one a line.
    """

    kind: str
    severity: Severity
    text: str
    effect: str
    remedy: str = ""
    count: int = 0
    details: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Finding {self.kind}, {self.severity}: {short(self.text)}>"

    def __str__(self) -> str:
        """One line: severity, text and remedy."""
        return f"{self.severity}: {self.text}" + (f"; {self.remedy}" if self.remedy else "")


@dataclass(frozen=True)
class PartCounts:
    """The size of a part.

    Attributes:
        documents: 0 if they are unknown.
        words: distinct words.
        tags: distinct tags.
        untagged: tokens without a tag.
        unknown: tokens whose word does not occur in train; None for train itself.
        longest: tokens of the longest sentence.
    """

    documents: int
    sentences: int
    tokens: int
    words: int
    tags: int
    untagged: int
    unknown: int | None
    longest: int


@dataclass(frozen=True)
class TagCounts:
    """A tag: its tokens in each part, and its most frequent words."""

    tag: str
    train: int
    dev: int
    test: int
    words: tuple[str, ...]

    @property
    def tokens(self) -> int:
        return self.train + self.dev + self.test


@dataclass(frozen=True)
class CorpusCheck:
    """What is in a corpus, and what is wrong with it.

    Attributes:
        corpus: its name.
        parts: the counts of ``train``, ``dev`` and ``test``.
        tags: the counts of each tag, the most frequent first.
        traces: tokens that the loader dropped because they are not words.
        findings: errors first, then warnings, then notes.
    """

    corpus: str
    parts: Mapping[str, PartCounts]
    tags: tuple[TagCounts, ...]
    traces: int
    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        found = ", ".join(
            f"{count} {severity}{'' if count == 1 else 's'}"
            for severity in SEVERITIES
            if (count := len(self.of(severity)))
        )
        sizes = ", ".join(f"{name} {part.tokens:,} tokens" for name, part in self.parts.items())
        return f"<CorpusCheck of {short(self.corpus)} ({sizes}): {found or 'nothing found'}>"

    def of(self, *severities: Severity) -> list[Finding]:
        """The findings of these severities."""
        return [finding for finding in self.findings if finding.severity in severities]
