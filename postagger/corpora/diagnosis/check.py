"""Checks a corpus: what is in it, what is wrong with it, and how the tagger handles that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from postagger.corpora.corpus import PARTS, Corpus, as_corpus
from postagger.corpora.diagnosis import characters, columns, parts, repeats, tags, variation
from postagger.corpora.diagnosis.findings import SEVERITIES, CorpusCheck, Finding, PartCounts, TagCounts
from postagger.corpora.diagnosis.survey import Survey
from postagger.corpora.sentences import UNTAGGED, TaggedSentence

_Checks = tuple[Callable[[Survey], Iterator[Finding]], ...]

_FIRST: _Checks = (
    parts.reader_notes,
    parts.missing_parts,
    parts.parts_without_tags,
    columns.swapped_columns,
    columns.tags_like_words,
    columns.one_tag,
)
_OF_TAGS: _Checks = (
    columns.other_column,
    columns.header_rows,
    tags.untagged,
    tags.unseen_tags,
    tags.missing_values,
    tags.traces,
    tags.tag_variants,
    variation.variations,
    tags.rare_tags,
)
"""Left out if the column of tags holds something else: nearly every line would be a finding."""

_OF_WORDS: _Checks = (
    characters.odd_words,
    parts.sentence_breaks,
    parts.empty_sentences,
    parts.unknown_words,
    repeats.leakage,
    repeats.duplicates,
    parts.tiny_parts,
)

_WORDS = 5
"""Words shown of each tag."""


def check_columns(corpus: Corpus) -> dict[str, CorpusCheck]:
    """Checks each column of a corpus, by the name of its head, as `check_corpus` does."""
    settings = corpus.settings.by_head
    return {
        name: check_corpus(replace(column, loaded_from=settings.get(name, column.loaded_from), others=()))
        for name, column in corpus.by_head.items()
    }


def check_corpus(corpus: Corpus | Iterable[TaggedSentence]) -> CorpusCheck:
    """Counts a corpus, and finds what is probably wrong with it; nothing in it is changed.

    If the corpus is from CoNLL-U files and some tokens have no tag, the files are read again for the other
    column of tags.

    Args:
        corpus: a corpus, or tagged sentences, which are checked as a training part.

    Raises:
        DataError: it is not a corpus, and not tagged sentences; the first wrong sentence or token is named.
    """
    survey = Survey(corpus if isinstance(corpus, Corpus) else as_corpus(corpus))
    found = [finding for check in _FIRST for finding in check(survey)]
    wrong_columns = {"swapped columns", "tags like words"}.intersection(finding.kind for finding in found)
    further = _OF_WORDS if wrong_columns else _OF_TAGS + _OF_WORDS
    found += [finding for check in further for finding in check(survey)]
    return CorpusCheck(
        survey.corpus.name,
        {part: _part_counts(survey, part) for part in PARTS},
        tuple(_tag_counts(survey)),
        survey.corpus.traces,
        tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))),
    )


def _part_counts(survey: Survey, part: str) -> PartCounts:
    documents = set(survey.corpus.document_names(part))
    return PartCounts(
        documents=len(documents - {""}),
        sentences=len(survey.parts[part]),
        tokens=survey.tokens(part),
        words=len({word for word, _ in survey.pairs[part]}),
        tags=len(survey.tags_of[part]),
        untagged=survey.tokens(part) - survey.tagged(part),
        unknown=None if part == "train" else survey.unknown(part),
        longest=max(map(len, survey.parts[part]), default=0),
    )


def _tag_counts(survey: Survey) -> Iterator[TagCounts]:
    words: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (word, tag), count in survey.all_pairs.items():
        if tag != UNTAGGED:
            words[tag][word] += count
    for tag, _ in sorted(survey.tags.items(), key=lambda entry: (-entry[1], entry[0])):
        train, dev, test = (survey.tags_of[part][tag] for part in PARTS)
        yield TagCounts(tag, train, dev, test, tuple(word for word, _ in words[tag].most_common(_WORDS)))
