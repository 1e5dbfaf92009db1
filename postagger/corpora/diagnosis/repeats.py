"""Checks for text that is in a corpus more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from postagger.corpora.corpus import PARTS
from postagger.corpora.diagnosis.findings import Finding
from postagger.corpora.diagnosis.survey import Survey
from postagger.corpora.diagnosis.wording import and_joined, graded, percent, several
from postagger.corpora.leakage import RUN, Run, runs
from postagger.corpora.sentences import TaggedSentence
from postagger.errors import brief

_SHOWN = 3


def duplicates(survey: Survey) -> Iterator[Finding]:
    """Sentences that repeat an earlier sentence of the same part; the shortest repeat by chance."""
    repeated: dict[str, int] = {}
    details: Counter[str] = Counter()
    for part in PARTS:
        first: dict[tuple[str, ...], int] = {}
        copies: Counter[tuple[str, ...]] = Counter()
        for position, sentence in enumerate(survey.parts[part]):
            words = tuple(word for word, _ in sentence)
            if len(words) >= survey.shortest and first.setdefault(words, position) != position:
                copies[words] += 1
        if copies:
            repeated[part] = copies.total()
        for words, count in copies.most_common(_SHOWN):
            details[
                f"{several(count + 1, 'time')}: {_quoted(words)} ({survey.place(part, first[words])})"
            ] = count
    if not repeated:
        return
    yield Finding(
        "duplicates",
        graded(_largest_share(survey, repeated), warning=0.1),
        f"copies of an earlier sentence of the same part: {_shares(survey, repeated)}",
        "The tagger learns a sentence as often as it is there, and is scored on it as often.",
        "remove copies that are there by mistake",
        sum(repeated.values()),
        tuple(line for line, _ in details.most_common(_SHOWN)),
    )


def leakage(survey: Survey) -> Iterator[Finding]:
    """Sentences of dev and test that repeat text of train: see `HeldOut`."""
    held_out = {
        part: [_runs(survey, sentence) for sentence in survey.parts[part]] for part in ("dev", "test")
    }
    wanted = set().union(*(found for part in held_out.values() for found in part))
    places: dict[Run, int] = {}
    for position, sentence in enumerate(survey.parts["train"]):
        for run in wanted.intersection(_runs(survey, sentence)):
            places.setdefault(run, position)
    leaks = {
        part: [position for position, found in enumerate(sentences) if not places.keys().isdisjoint(found)]
        for part, sentences in held_out.items()
    }
    found = {part: positions for part, positions in leaks.items() if positions}
    if not found:
        return
    counts = {part: len(positions) for part, positions in found.items()}
    details = [
        _repeat(survey, part, position, min(places[run] for run in held_out[part][position] if run in places))
        for part, positions in found.items()
        for position in positions
    ]
    yield Finding(
        "leakage",
        graded(_largest_share(survey, counts), warning=0.1, error=0.5),
        f"text of train in {_shares(survey, counts)}: {RUN} words in a row, or a whole shorter sentence",
        "They are scored, although the tagger has seen their text: the score is higher than on new text.",
        "leave them out of train",
        sum(counts.values()),
        tuple(details[:_SHOWN]),
    )


def _shares(survey: Survey, counts: dict[str, int]) -> str:
    """How many of the sentences of each part, as in ``7 of 273 sentences of dev (2.6 %)``."""
    sizes = {part: len(survey.parts[part]) for part in counts}
    return and_joined(
        f"{count:,} of {several(sizes[part], 'sentence')} of {part} ({percent(count / sizes[part])})"
        for part, count in counts.items()
    )


def _largest_share(survey: Survey, counts: dict[str, int]) -> float:
    return max(count / len(survey.parts[part]) for part, count in counts.items())


def _runs(survey: Survey, sentence: TaggedSentence) -> set[Run]:
    """What must not be in two parts: all runs of a sentence, or all of a shorter one."""
    length = min(len(sentence), RUN)
    return set(runs([word for word, _ in sentence], length)) if length >= survey.shortest else set()


def _repeat(survey: Survey, part: str, position: int, in_train: int) -> str:
    words = [word for word, _ in survey.parts[part][position]]
    return f"{_quoted(words)} ({survey.place(part, position)}; in train: {survey.place('train', in_train)})"


def _quoted(words: list[str] | tuple[str, ...]) -> str:
    return brief(" ".join(words))
