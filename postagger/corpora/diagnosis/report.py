"""A check of a corpus as text for people and as plain data for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from postagger.corpora.corpus import PARTS
from postagger.corpora.diagnosis.findings import SEVERITIES, CorpusCheck, Finding, PartCounts
from postagger.corpora.diagnosis.wording import and_joined, percent, several, shown

_TAGS = 60
"""Tags in the table: larger tag sets are cut off."""

_WORDS = 40
"""Width of the words of a tag."""

_WIDTH = 100


def as_json(check: CorpusCheck) -> dict[str, Any]:
    """Plain data: all counts and all findings."""
    return {
        "corpus": check.corpus,
        **{f"{severity}s": len(check.of(severity)) for severity in SEVERITIES},
        "traces": check.traces,
        "parts": {part: asdict(counts) for part, counts in check.parts.items()},
        "tags": [asdict(tag) for tag in check.tags],
        "findings": [asdict(finding) for finding in check.findings],
    }


def as_text(check: CorpusCheck) -> str:
    """Tables of the parts and of the tags, then the findings, the most serious first."""
    traces = f", {check.traces:,} traces dropped" if check.traces else ""
    blocks = [[f"{check.corpus}{traces}"], list(_part_lines(check)), list(_tag_lines(check))]
    blocks += [list(_finding_lines(finding)) for finding in check.findings]
    numbers = [several(len(check.of(severity)), severity) for severity in SEVERITIES if check.of(severity)]
    blocks.append([and_joined(numbers or ["nothing to report"])])
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _part_lines(check: CorpusCheck) -> Iterator[str]:
    yield f"{'':22}" + "".join(f"{part:>10}" for part in PARTS)
    counts = [check.parts[part] for part in PARTS]
    for name, attribute in (
        ("documents", "documents"),
        ("sentences", "sentences"),
        ("tokens", "tokens"),
        ("  without a tag", "untagged"),
        ("distinct words", "words"),
        ("distinct tags", "tags"),
        ("longest sentence", "longest"),
    ):
        yield f"{name:22}" + "".join(f"{getattr(part, attribute):>10,}" for part in counts)
    yield f"{'words not in train':22}" + "".join(f"{_unknown(part):>10}" for part in counts)


def _unknown(part: PartCounts) -> str:
    return "-" if part.unknown is None or not part.tokens else percent(part.unknown / part.tokens)


def _tag_lines(check: CorpusCheck) -> Iterator[str]:
    if not check.tags:
        return
    first = check.tags[:_TAGS]
    width = max(8, *(len(shown(tag.tag)) for tag in first))
    yield f"{'tag':{width}}" + "".join(f"{part:>10}" for part in PARTS) + "  most frequent words"
    for tag in first:
        counts = "".join(f"{count:>10,}" for count in (tag.train, tag.dev, tag.test))
        words = textwrap.shorten(" ".join(map(shown, tag.words)), _WORDS, placeholder=" ...")
        yield f"{shown(tag.tag):{width}}{counts}  {words}"
    if len(check.tags) > len(first):
        yield f"... and {several(len(check.tags) - len(first), 'rarer tag')}"


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"{finding.severity}: {finding.text}"
    yield from (f"    {line}" for line in finding.details)
    yield from _indented(finding.effect)
    if finding.remedy:
        yield from _indented(f"To mend it: {finding.remedy}.")


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
