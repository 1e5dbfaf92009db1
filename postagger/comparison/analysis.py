"""From answers to findings: the results of a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.pairs import compare_pairs
from postagger.comparison.plan import Plan, Task
from postagger.comparison.predictions import Answers, Tested, gather, mean_dev, read_answers
from postagger.comparison.results import Confusion, Group, Origin, Results, Spread, SystemResult
from postagger.comparison.runs import Run
from postagger.errors import PostaggerError
from postagger.evaluation.significance import accuracy_interval
from postagger.training import EpochRecord

_FREQUENCIES = (0, 1, 2, 5, 10, 30, 100)
_LENGTHS = (5, 10, 15, 20, 25, 30, 40)
"""The highest of each group; one more group has all beyond."""


def analyse(plan: Plan, folder: Path, failures: Mapping[Task, str] | None = None) -> Results:
    """Reads the runs of a folder, and finds what they say.

    A seed of which a fold is missing is left out, and a system without a whole seed too.

    Raises:
        PostaggerError: fewer than two systems have a whole seed.
    """
    failures = failures or {}
    tested = gather(plan)
    answers = {
        system.name: found for system in plan.systems if (found := read_answers(plan, folder, system.name))
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
        compare_pairs(tested, systems, answers),
        tuple(f"{task}: {reason}" for task, reason in failures.items()),
    )


def _system(plan: Plan, tested: Tested, name: str, answers: Answers) -> SystemResult:
    correct = answers.correct
    devs = [mean_dev(runs) for runs in answers.runs]
    sentences = np.minimum.reduceat(correct, np.unique(tested.sentence, return_index=True)[1], axis=1)
    tokens = sum(len(sentence) for corpus in plan.corpora for sentence in corpus.test)
    length = np.array([len(sentence) for sentence in tested.sentences])[tested.sentence]
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
        interval=accuracy_interval(tested.right_by_unit(correct), tested.unit_sizes),
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
        curves=tuple(_curve(runs[0]) for runs in answers.runs if runs[0].epochs),
    )


def _curve(run: Run) -> tuple[EpochRecord, ...]:
    """The epochs of the training proper, without those of bodies and teachers that came before."""
    return tuple(record for record in run.epochs if not record.stage)


def _origin(plan: Plan, tested: Tested) -> Origin:
    corpus = plan.corpora[0]
    devices = sorted({*plan.devices.values(), "cpu"})
    return Origin(
        corpus=corpus.name,
        tested=f"{plan.folds}-fold cross-validation by document" if plan.folds else "test part",
        unit="document" if tested.by_document else "sentence",
        units=len(tested.unit_sizes),
        train_tokens=sum(map(len, corpus.train)),
        dev_tokens=sum(map(len, corpus.dev)),
        tokens=len(tested.gold),
        sentences=len(tested.sentences),
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


def _confusions(tested: Tested, answers: Answers) -> tuple[Confusion, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for tags, correct in zip(answers.tags, answers.correct, strict=True):
        counts.update(zip(tested.gold[~correct], tags[~correct], strict=True))
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(Confusion(gold, tag, count / len(answers.tags)) for (gold, tag), count in ranked)


def _spread(values: NDArray[np.float64]) -> Spread:
    return Spread(tuple(values.tolist()))
