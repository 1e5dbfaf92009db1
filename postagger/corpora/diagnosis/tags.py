"""Checks of the tags: missing, rare, unseen, misspelt."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from postagger.corpora.diagnosis.findings import Finding
from postagger.corpora.diagnosis.survey import Survey
from postagger.corpora.diagnosis.wording import (
    and_joined,
    graded,
    listed,
    most_frequent,
    percent,
    several,
    shown,
)
from postagger.corpora.sentences import UNTAGGED

RARE = 5
"""A tag that occurs less often than this in train is rare."""

TRACE = "-NONE-"
"""The Penn treebank's tag for an empty element; loaders drop these tokens."""

_MISSING = {"", "None", "nan", "NaN", "null", "NULL", "<NA>", "N/A"}
"""How programs write a missing value."""

_SEPARATORS = re.compile(r"[-_.:\s]+")
"""Characters that may be exchanged by mistake; ``PRP`` and ``PRP$`` are two tags."""


def untagged(survey: Survey) -> Iterator[Finding]:
    """Tokens without a tag, in parts where others have one."""
    parts = [part for part in survey.parts if survey.tagged(part)]
    words: Counter[str] = Counter()
    for part in parts:
        words.update({word: n for (word, tag), n in survey.pairs[part].items() if tag == UNTAGGED})
    missing, total = words.total(), sum(survey.tokens(part) for part in parts)
    if not missing:
        return
    column = f" in the column {survey.column}" if survey.column else ""
    yield Finding(
        "untagged",
        "warning",
        f"{missing:,} of {several(total, 'token')} {'has' if missing == 1 else 'have'} no tag{column}: "
        f"{most_frequent(words)}",
        "They are neither learned nor scored, and the tagger gives such words some other tag.",
        _other_column(survey) or "add their tags, or go on if they should not count",
        missing,
    )


def _other_column(survey: Survey) -> str:
    """What CoNLL-U's other column has for tokens without a tag, if there is one that has more."""
    if not survey.other_column:
        return ""
    filled, still_missing = 0, 0
    for (_, _, ours), theirs in zip(survey.sentences(), survey.other_column, strict=True):
        for (_, tag), (_, other) in zip(ours, theirs, strict=True):
            still_missing += other == UNTAGGED
            filled += tag == UNTAGGED != other
    name = "upos" if survey.column == "xpos" else "xpos"
    if not filled:
        return ""
    which = "every token" if not still_missing else f"{filled:,} of them"
    return f"the column {name} has a tag for {which}, corpus.column={name} chooses it"


def unseen_tags(survey: Survey) -> Iterator[Finding]:
    """Tags of dev and test that train lacks."""
    seen = survey.tags_of["train"]
    if not seen:
        return
    unseen = {
        part: Counter({tag: count for tag, count in survey.tags_of[part].items() if tag not in seen})
        for part in ("dev", "test")
    }
    found = {part: tags for part, tags in unseen.items() if tags}
    if not found:
        return
    share = max(tags.total() / survey.tagged(part) for part, tags in found.items())
    count = sum(tags.total() for tags in found.values())
    severity = graded(share, warning=0.005, error=0.5) if count >= RARE else "note"
    yield Finding(
        "unseen tags",
        severity,
        "; ".join(
            f"{several(tags.total(), 'token')} of {part} ({percent(tags.total() / survey.tagged(part))}) "
            f"with tags that train lacks: {most_frequent(tags)}"
            for part, tags in found.items()
        ),
        "The tagger can't predict a tag that it has not learned: these tokens count as errors.",
        "" if severity == "note" else "check that all parts have the same tag set",
        count,
    )


def rare_tags(survey: Survey) -> Iterator[Finding]:
    """Tags with few tokens in train."""
    tags = survey.tags_of["train"]
    rare = sorted((tag for tag, count in tags.items() if count < RARE), key=lambda tag: (tags[tag], tag))
    if rare:
        yield Finding(
            "rare tags",
            "note",
            f"{len(rare):,} of {several(len(tags), 'tag')} with fewer than {RARE} tokens in train: "
            + listed((f"{shown(tag)} ({tags[tag]})" for tag in rare), 8),
            "The tagger learns them, but has too few examples to predict them well.",
            "check them for typing errors",
            len(rare),
        )


def tag_variants(survey: Survey) -> Iterator[Finding]:
    """Tags that differ only in letter case or punctuation."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for tag in survey.tags:
        if tag[:1].isalnum():
            groups[_SEPARATORS.sub("-", tag.casefold()).rstrip("-")].add(tag)
    alike = [group for group in groups.values() if len(set(map(str.strip, group))) > 1]
    alike.sort(key=lambda group: -sum(survey.tags[tag] for tag in group))
    if alike:
        groups_shown = (
            and_joined(
                f"{shown(tag)} ({survey.tags[tag]:,})"
                for tag in sorted(group, key=lambda tag: -survey.tags[tag])
            )
            for group in alike
        )
        yield Finding(
            "tag variants",
            "warning",
            f"tags that differ only in letter case or punctuation: {listed(groups_shown)}",
            "The tagger learns each as a tag of its own.",
            "write them in one way, unless they mean different things",
            sum(map(len, alike)),
        )


def missing_values(survey: Survey) -> Iterator[Finding]:
    """Tags that look like a program's missing value."""
    pairs = {pair: count for pair, count in survey.all_pairs.items() if pair[1] in _MISSING}
    if pairs:
        count = sum(pairs.values())
        yield Finding(
            "missing values",
            "warning",
            f"the tags of {several(count, 'token')} look like missing values: {survey.examples(pairs)}",
            "The tagger learns them as tags.",
            f"give a token without a tag the tag {UNTAGGED}, which is neither learned nor scored",
            count,
        )


def traces(survey: Survey) -> Iterator[Finding]:
    """Empty elements of the Penn treebank."""
    count = survey.tags[TRACE]
    if count:
        yield Finding(
            "traces",
            "warning",
            f"{several(count, 'token')} with the tag {TRACE} are traces, not words",
            "The tagger learns them; they are easy, so they flatter every score.",
            "leave them out, as load_corpus does",
            count,
        )
