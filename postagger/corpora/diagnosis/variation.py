"""Checks for words that are tagged in two ways in the same context."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from postagger.corpora.diagnosis.findings import Finding
from postagger.corpora.diagnosis.survey import Survey
from postagger.corpora.diagnosis.wording import graded, percent, several, shown
from postagger.corpora.sentences import UNTAGGED, TaggedSentence

_SHOWN = 10
_EDGE = ""
"""Stands beyond the first and the last word of a sentence."""

Context = tuple[str, str, str, str, str]
"""A word between the two words before it and the two after it."""


def variations(survey: Survey) -> Iterator[Finding]:
    """Words that have more than one tag in the same context of two words on each side.

    These are the variation n-grams of Dickinson and Meurers (2003), with n = 5. Words between numbers and
    punctuation alone are left out: such contexts say little about the tag.
    """
    tags = _tags_of(survey, _varied(survey))
    if not tags:
        return
    minority = {context: counts.total() - max(counts.values()) for context, counts in tags.items()}
    ranked = sorted(tags, key=lambda context: -minority[context])
    places = _places(survey, {context: tags[context].most_common()[-1][0] for context in ranked[:_SHOWN]})
    total, count = survey.tags.total(), sum(minority.values())
    yield Finding(
        "varying tags",
        graded(count / total, warning=0.01),
        f"{several(len(tags), 'word')} with more than one tag between the same neighbours: "
        f"{several(count, 'token')} ({percent(count / total)}) with a tag that is rarer there",
        "One of two such tags is often wrong. The tagger learns the more frequent one; both are scored.",
        "compare these places",
        count,
        tuple(_line(context, tags[context], places[context]) for context in ranked[:_SHOWN]),
    )


def _contexts(sentence: TaggedSentence) -> Iterator[Context]:
    words = [_EDGE, _EDGE, *(word for word, _ in sentence), _EDGE, _EDGE]
    return zip(words, words[1:], words[2:], words[3:], words[4:], strict=False)


def _varied(survey: Survey) -> set[Context]:
    """The contexts with more than one tag."""
    tags_of: defaultdict[str, set[str]] = defaultdict(set)
    for word, tag in survey.all_pairs:
        tags_of[word].add(tag)
    ambiguous = {word for word, tags in tags_of.items() if len(tags - {UNTAGGED}) > 1}
    first: dict[Context, str] = {}
    varied = set()
    for _, _, sentence in survey.sentences():
        for context, (word, tag) in zip(_contexts(sentence), sentence, strict=True):
            if word in ambiguous and tag != UNTAGGED and first.setdefault(context, tag) != tag:
                varied.add(context)
    return {context for context in varied if _is_telling(context)}


def _is_telling(context: Context) -> bool:
    """Whether at least two of the neighbours are words rather than numbers or punctuation."""
    neighbours = (*context[:2], *context[3:])
    return sum(any(map(str.isalpha, word)) for word in neighbours) > 1


def _tags_of(survey: Survey, contexts: set[Context]) -> dict[Context, Counter[str]]:
    """The tags of the word in each of these contexts."""
    words = {context[2] for context in contexts}
    tags: defaultdict[Context, Counter[str]] = defaultdict(Counter)
    for _, _, sentence in survey.sentences():
        if words.isdisjoint(word for word, _ in sentence):
            continue
        for context, (_, tag) in zip(_contexts(sentence), sentence, strict=True):
            if context in contexts and tag != UNTAGGED:
                tags[context][tag] += 1
    return tags


def _places(survey: Survey, wanted: dict[Context, str]) -> dict[Context, str]:
    """Where the word in each context first has the wanted tag."""
    places: dict[Context, str] = {}
    for part, position, sentence in survey.sentences():
        for token, context in enumerate(_contexts(sentence)):
            if wanted.get(context) == sentence[token][1] and context not in places:
                places[context] = survey.place(part, position, token)
    return places


def _line(context: Context, tags: Counter[str], place: str) -> str:
    counts = ", ".join(f"{shown(tag)} {count:,}" for tag, count in tags.most_common())
    words = [shown(word) if word != _EDGE else "" for word in context]
    words[2] = f"[{words[2]}]"
    rarest = shown(tags.most_common()[-1][0])
    return f"{' '.join(filter(None, words))}: {counts} ({rarest}: {place})"
