"""From answers to findings: accuracy over groups of tokens, and every two systems side by side."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.plan import Plan, Task
from postagger.comparison.results import (
    Confusion,
    Disagreement,
    Group,
    Origin,
    PairResult,
    Results,
    Spread,
    SystemResult,
)
from postagger.comparison.runs import Run, in_one_cell, read_run
from postagger.encoding import Lexicon
from postagger.errors import PostaggerError
from postagger.evaluation.significance import (
    accuracy_interval,
    difference_interval,
    holm,
    mcnemar,
    randomisation_test,
)

_FEW_DOCUMENTS = 12
"""Fewer than these say too little about other documents: sentences are drawn instead."""

_FREQUENCIES = (0, 1, 2, 5, 10, 30, 100)
_LENGTHS = (5, 10, 15, 20, 25, 30, 40)
"""The highest of each group; one more group has all beyond."""

_CONTEXT = 6
"""Words shown on each side of an error."""

_EXAMPLES = 12
"""Errors shown for each pair, half of them each one's."""

_SIGNIFICANT = 0.05


@dataclass(frozen=True)
class _Tested:
    """All tested tokens in one row, fold by fold.

    Attributes:
        words, gold: ``(tokens,)``.
        frequency: ``(tokens,)``, how often training saw the word.
        ambiguous: ``(tokens,)``, whether training saw it with several tags.
        sentence: ``(tokens,)``, the number of its sentence.
        unit: ``(tokens,)``, the number of its document (or sentence).
        lengths: ``(sentences,)``, none of them 0.
        documents: ``(sentences,)`` names.
        by_document: whether units are documents.
    """

    words: NDArray[np.object_]
    gold: NDArray[np.object_]
    frequency: NDArray[np.int64]
    ambiguous: NDArray[np.bool_]
    sentence: NDArray[np.int64]
    unit: NDArray[np.int64]
    lengths: NDArray[np.int64]
    documents: list[str]
    by_document: bool


@dataclass(frozen=True)
class _Answers:
    """One system's answers: ``(seeds, tokens)`` tags, and which of them are right."""

    runs: list[list[Run]]  # for each seed, one or one a fold
    tags: NDArray[np.object_]
    correct: NDArray[np.bool_]

    @property
    def representative(self) -> int:
        """The seed (counted from 0) that is the median of its system on dev, the lower one of two."""
        scores = [_mean_dev(runs) or 0.0 for runs in self.runs]
        return scores.index(statistics.median_low(scores))


def analyse(plan: Plan, folder: Path, failures: Mapping[Task, str] | None = None) -> Results:
    """Reads the runs of a folder, and finds what they say.

    A seed of which a fold is missing is left out, and a system without a whole seed too.

    Raises:
        PostaggerError: fewer than two systems have a whole seed.
    """
    failures = failures or {}
    tested = _gather(plan)
    answers = {
        system.name: found for system in plan.systems if (found := _answers(plan, folder, system.name))
    }
    if len(answers) < 2:
        raise PostaggerError(
            "there are not two systems to compare: "
            + ("; ".join(f"{task} failed: {reason}" for task, reason in failures.items()) or "no run is done")
        )
    systems = tuple(_system(plan, tested, name, found) for name, found in answers.items())
    return Results(
        _origin(plan, tested),
        systems,
        _pairs(tested, systems, answers),
        tuple(f"{task}: {reason}" for task, reason in failures.items()),
    )


def _gather(plan: Plan) -> _Tested:
    words, gold, frequency, ambiguous, lengths, documents = [], [], [], [], [], []
    for corpus in plan.corpora:
        lexicon = Lexicon.from_sentences(corpus.train)
        names = corpus.document_names("test") if corpus.documents else [""] * len(corpus.test)
        for sentence, name in zip(corpus.test, names, strict=True):
            if not sentence:
                continue
            lengths.append(len(sentence))
            documents.append(name)
            for word, tag in sentence:
                words.append(word)
                gold.append(in_one_cell(tag))
                frequency.append(lexicon.count(word))
                ambiguous.append(lexicon.is_ambiguous(word))
    sizes = np.array(lengths)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(documents))}
    by_document = len(numbers) >= _FEW_DOCUMENTS
    unit = [numbers[name] for name in documents] if by_document else range(len(sizes))
    return _Tested(
        np.array(words, dtype=object),
        np.array(gold, dtype=object),
        np.array(frequency),
        np.array(ambiguous),
        np.repeat(np.arange(len(sizes)), sizes),
        np.repeat(np.array(unit), sizes),
        sizes,
        documents,
        by_document,
    )


def _answers(plan: Plan, folder: Path, name: str) -> _Answers | None:
    by_seed: dict[int, list[Run | None]] = {}
    for task in plan.tasks:
        if task.system == name:
            by_seed.setdefault(task.seed, []).append(read_run(plan, folder, task))
    whole = [[run for run in runs if run] for runs in by_seed.values() if all(runs)]
    if not whole:
        return None
    tags = np.array(
        [[tag for run in runs for answer in run.answers for tag in answer] for runs in whole], dtype=object
    )
    gold = [in_one_cell(tag) for corpus in plan.corpora for sentence in corpus.test for _, tag in sentence]
    return _Answers(whole, tags, tags == np.array(gold, dtype=object))


def _system(plan: Plan, tested: _Tested, name: str, answers: _Answers) -> SystemResult:
    correct = answers.correct
    devs = [_mean_dev(runs) for runs in answers.runs]
    sentences = np.minimum.reduceat(correct, np.cumsum(tested.lengths) - tested.lengths, axis=1)
    tokens = len(tested.gold)
    length = tested.lengths[tested.sentence]
    by_tag = [
        _group(tag, tested.gold == tag, correct)
        for tag, _ in sorted(Counter(tested.gold).items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    return SystemResult(
        name=name,
        description=plan.system(name).description,
        seeds=tuple(runs[0].basis["seed"] for runs in answers.runs),
        parameters=answers.runs[0][0].parameters,
        accuracy=_spread(correct.mean(axis=1)),
        interval=accuracy_interval(_by_unit(tested, correct), _unit_sizes(tested)),
        dev=None if None in devs else Spread(tuple(dev for dev in devs if dev is not None)),
        known=_group("", tested.frequency > 0, correct).accuracy,
        unknown=_group("", tested.frequency == 0, correct).accuracy,
        ambiguous=_group("", tested.ambiguous, correct).accuracy,
        sentences=_spread(sentences.mean(axis=1)),
        train_seconds=Spread(tuple(sum(run.train_seconds for run in runs) for runs in answers.runs)),
        tokens_per_second=Spread(
            tuple(tokens / max(sum(run.tag_seconds for run in runs), 1e-9) for runs in answers.runs)
        ),
        by_frequency=_binned(tested.frequency, _FREQUENCIES, correct, zero="unseen"),
        by_length=_binned(length, _LENGTHS, correct),
        by_tag=tuple(by_tag),
        confusions=_confusions(tested, answers),
        curves=tuple(tuple(runs[0].epochs) for runs in answers.runs if runs[0].epochs),
    )


def _pairs(
    tested: _Tested, systems: Sequence[SystemResult], answers: Mapping[str, _Answers]
) -> tuple[PairResult, ...]:
    sizes = _unit_sizes(tested)
    counts = {name: _by_unit(tested, found.correct) for name, found in answers.items()}
    ranked = sorted(systems, key=lambda system: -system.accuracy.mean)
    pairs = []
    for first, second in itertools.combinations(ranked, 2):
        one, other = answers[first.name], answers[second.name]
        difference = first.accuracy.mean - second.accuracy.mean
        errors = 1 - second.accuracy.mean
        pairs.append(
            PairResult(
                first=first.name,
                second=second.name,
                difference=difference,
                interval=difference_interval(counts[first.name], counts[second.name], sizes),
                p=randomisation_test(counts[first.name].mean(axis=0) - counts[second.name].mean(axis=0)),
                p_adjusted=1.0,
                mcnemar=mcnemar(one.correct[one.representative], other.correct[other.representative]),
                error_reduction=difference / errors if errors else 0.0,
                beyond_chance=False,
                sentence="",
                disagreements=_disagreements(tested, one, other),
            )
        )
    judged = [
        _judge(pair, adjusted, len(pairs))
        for pair, adjusted in zip(pairs, holm([pair.p for pair in pairs]), strict=True)
    ]
    return tuple(sorted(judged, key=lambda pair: -pair.difference))


def _judge(pair: PairResult, adjusted: float, pairs: int) -> PairResult:
    """The same with its verdict, and the verdict in plain words."""
    low, high = pair.interval
    beyond = adjusted < _SIGNIFICANT and (low > 0 or high < 0)
    points = f"{100 * pair.difference:.2f} points (95 % interval {100 * low:+.2f} to {100 * high:+.2f})"
    p = "p < 0.001" if adjusted < 0.001 else f"p = {adjusted:.3f}"
    if pairs > 1:
        p += f" after correction for {pairs} pairs"
    verdict = "more than chance" if beyond else "within chance"
    if pair.difference == 0:
        sentence = f"{pair.first} and {pair.second} are level to the token, {p}"
    else:
        sentence = (
            f"{pair.first} is ahead of {pair.second} by {points}; with these data that is {verdict}, {p}"
        )
    return replace(pair, p_adjusted=adjusted, beyond_chance=beyond, sentence=sentence + ".")


def _disagreements(tested: _Tested, one: _Answers, other: _Answers) -> tuple[Disagreement, ...]:
    """Tokens spread evenly over the text, half of them where the first is right, half where the second is."""
    first, second = one.representative, other.representative
    found = []
    for right, wrong in (
        (one.correct[first], other.correct[second]),
        (other.correct[second], one.correct[first]),
    ):
        places = np.flatnonzero(right & ~wrong)
        chosen = np.linspace(0, len(places) - 1, min(len(places), _EXAMPLES // 2)).astype(int)
        found += places[chosen].tolist()
    return tuple(_shown(tested, place, one.tags[first], other.tags[second]) for place in found)


def _shown(
    tested: _Tested, place: int, first: NDArray[np.object_], second: NDArray[np.object_]
) -> Disagreement:
    sentence = tested.sentence[place]
    start = int(np.searchsorted(tested.sentence, sentence))
    end = start + int(tested.lengths[sentence])
    return Disagreement(
        tested.documents[sentence],
        " ".join(tested.words[max(start, place - _CONTEXT) : place]),
        tested.words[place],
        " ".join(tested.words[place + 1 : min(end, place + 1 + _CONTEXT)]),
        tested.gold[place],
        first[place],
        second[place],
    )


def _origin(plan: Plan, tested: _Tested) -> Origin:
    corpus = plan.corpora[0]
    devices = sorted({*plan.devices.values(), "cpu"})
    return Origin(
        corpus=corpus.name,
        tested=f"{plan.folds}-fold cross-validation by document" if plan.folds else "test part",
        unit="document" if tested.by_document else "sentence",
        units=len(_unit_sizes(tested)),
        train_tokens=sum(map(len, corpus.train)),
        dev_tokens=sum(map(len, corpus.dev)),
        tokens=len(tested.gold),
        sentences=len(tested.lengths),
        unknown_tokens=int((tested.frequency == 0).sum()),
        traces=corpus.traces,
        seeds=plan.seeds,
        folds=plan.folds,
        clock="seconds of one CPU core"
        if devices == ["cpu"]
        else "seconds of a CPU core, or of the GPU's clock",
        versions=plan.versions,
    )


def _binned(
    values: NDArray[np.int64], highest: Sequence[int], correct: NDArray[np.bool_], zero: str | None = None
) -> tuple[Group, ...]:
    """The accuracy where a value is in each range; the ranges end at `highest`, and one more is open."""
    groups = []
    low = 0 if zero else 1
    for high in highest:
        label = zero if zero and high == 0 else f"{high:,}" if low == high else f"{low:,}-{high:,}"
        groups.append(_group(label, (values >= low) & (values <= high), correct))
        low = high + 1
    groups.append(_group(f"over {low - 1:,}", values >= low, correct))
    return tuple(groups)


def _group(label: str, members: NDArray[np.bool_], correct: NDArray[np.bool_]) -> Group:
    tokens = int(members.sum())
    return Group(label, tokens, _spread(correct[:, members].mean(axis=1)) if tokens else None)


def _confusions(tested: _Tested, answers: _Answers) -> tuple[Confusion, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for tags, correct in zip(answers.tags, answers.correct, strict=True):
        counts.update(zip(tested.gold[~correct], tags[~correct], strict=True))
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(Confusion(gold, tag, count / len(answers.tags)) for (gold, tag), count in ranked)


def _by_unit(tested: _Tested, correct: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Right tokens of each seed in each unit: ``(seeds, units)``."""
    return np.array([np.bincount(tested.unit[row], minlength=tested.unit.max() + 1) for row in correct])


def _unit_sizes(tested: _Tested) -> NDArray[np.int64]:
    return np.bincount(tested.unit)


def _spread(values: NDArray[np.float64]) -> Spread:
    return Spread(tuple(values.tolist()))


def _mean_dev(runs: Sequence[Run]) -> float | None:
    scores = [run.dev_accuracy for run in runs if run.dev_accuracy is not None]
    return statistics.fmean(scores) if len(scores) == len(runs) else None
