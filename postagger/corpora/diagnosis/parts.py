"""Checks of the parts: whether they are there, how large they are, and how they are cut into sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator

from postagger.corpora.corpus import PARTS
from postagger.corpora.diagnosis.findings import Finding
from postagger.corpora.diagnosis.survey import Survey
from postagger.corpora.diagnosis.wording import and_joined, graded, percent, several

TINY = 1000
"""Parts with fewer tokens than this are tiny: one token more or less right is a tenth of a point."""

LONG = 500
"""A sentence of more tokens than this is probably several."""

_ONE_TOKEN = 0.9
"""Corpora with more sentences of one token than this share have probably a break after each token."""

_BREAKS = "put an empty line after each sentence, or in a file of word/TAG a line break"


def missing_parts(survey: Survey) -> Iterator[Finding]:
    """Parts without sentences."""
    if not survey.parts["train"]:
        yield Finding(
            "no train part",
            "error",
            "there is no train part",
            "There is nothing to learn from, so training fails.",
            "name a training file, or a corpus with more sentences",
        )
    if not survey.parts["dev"]:
        yield Finding(
            "no dev part",
            "note",
            "there is no dev part",
            "Training can't tell which epoch is best, and keeps the last one.",
            "set corpus.dev",
        )
    if not survey.parts["test"]:
        yield Finding(
            "no test part",
            "note",
            "there is no test part",
            "Training reports no test score.",
            "set corpus.test",
        )


def reader_notes(survey: Survey) -> Iterator[Finding]:
    """What the readers of the corpus's files left out or had to choose, where they say so."""
    notes = survey.corpus.notes
    if notes:
        yield Finding(
            "reader notes",
            "note",
            f"{several(len(notes), 'note')} from the reader",
            "The tagger learns what was read.",
            count=len(notes),
            details=tuple(notes),
        )


def parts_without_tags(survey: Survey) -> Iterator[Finding]:
    """Parts in which no token has a tag."""
    blind = [part for part in PARTS if survey.parts[part] and not survey.tagged(part)]
    if not blind:
        return
    yield Finding(
        "no tags",
        "error" if "train" in blind else "warning",
        f"no token of {and_joined(blind)} has a tag",
        "Training fails without tags in train; without tags in dev or test it reports no score of that part.",
        "add the tags, or leave the file out",
        sum(survey.tokens(part) for part in blind),
    )


def tiny_parts(survey: Survey) -> Iterator[Finding]:
    """Parts that are too small for a score that means something."""
    tiny = [part for part in ("dev", "test") if 0 < survey.tagged(part) < TINY]
    if not tiny:
        return
    fewest = min(survey.tagged(part) for part in tiny)
    margin = 196 * math.sqrt(0.97 * 0.03 / fewest)  # points: 95 % of a normal distribution
    yield Finding(
        "tiny part",
        "note",
        and_joined(f"{part} has only {several(survey.tagged(part), 'token')}" for part in tiny),
        f"A score of 97 % on {several(fewest, 'token')} is only known to within {margin:.1f} points or so."
        if fewest >= 100
        else f"A score on {several(fewest, 'token')} says next to nothing.",
        "use more sentences, or test on all of them: postagger compare --folds 10",
        fewest,
    )


def unknown_words(survey: Survey) -> Iterator[Finding]:
    """Parts most of whose words are not in train."""
    if not survey.parts["train"]:
        return
    shares = {
        part: survey.unknown(part) / survey.tokens(part) for part in ("dev", "test") if survey.tokens(part)
    }
    strange = [part for part, share in shares.items() if share > 0.5]
    if strange:
        shown = (f"{percent(shares[part])} of the tokens of {part}" for part in strange)
        yield Finding(
            "unknown words",
            "warning" if survey.tokens("train") >= TINY else "note",
            f"{and_joined(shown)} are words that train lacks",
            "The tagger knows such words only by their affixes, shape and neighbours.",
            "check that the parts have the same language, tokenisation and letter case",
            sum(survey.unknown(part) for part in strange),
        )


def sentence_breaks(survey: Survey) -> Iterator[Finding]:
    """Sentences that are far too long or too short: breaks that are missing, or that are too many."""
    lengths = [len(sentence) for _, _, sentence in survey.sentences()]
    if not lengths:
        return
    tokens, longest = sum(lengths), max(lengths)
    long = sum(length > LONG for length in lengths)
    if long or (len(lengths) == 1 and tokens > 1):
        where = next(
            survey.place(part, at) for part, at, sentence in survey.sentences() if len(sentence) == longest
        )
        few = "the whole corpus is one sentence" if len(lengths) == 1 else ""
        many = f"{several(long, 'sentence')} of more than {LONG} tokens"
        yield Finding(
            "missing sentence breaks",
            "warning",
            f"{few or many}; {'it has' if few else 'the longest has'} {several(longest, 'token')} ({where})",
            "The tagger takes the end of one sentence and the start of the next for neighbours, and is slow.",
            _BREAKS,
            long,
        )
    single, share = lengths.count(1), lengths.count(1) / len(lengths)
    if len(lengths) > 1 and share > _ONE_TOKEN:
        yield Finding(
            "sentences of one token",
            "warning",
            f"{single:,} of {several(len(lengths), 'sentence')} ({percent(share)}) are one token",
            "The tagger sees no word in its context, and learns only each word's most frequent tag.",
            f"check for breaks within sentences: {_BREAKS}",
            single,
        )


def empty_sentences(survey: Survey) -> Iterator[Finding]:
    """Sentences without tokens, which only Python can give."""
    count = sum(not sentence for _, _, sentence in survey.sentences())
    if count:
        total = sum(len(sentences) for sentences in survey.parts.values())
        yield Finding(
            "empty sentences",
            graded(count / total, warning=0.5),
            f"{several(count, 'sentence')} of {total:,} without any token",
            "The tagger skips them.",
            "leave them out",
            count,
        )
