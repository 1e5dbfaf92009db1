"""Turns the predictions of every run into the results of a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.challenge import challenge_result
from postagger.comparison.plan import Job, Plan
from postagger.comparison.predictions import Predictions, Tested, gather, mean_dev, read_predictions
from postagger.comparison.results import Bin, Confusion, Origin, Results, Spread, SystemResult
from postagger.comparison.runs import Run
from postagger.comparison.system_pairs import compare_pairs
from postagger.errors import PostaggerError
from postagger.evaluation.significance import accuracy_interval
from postagger.training import EpochRecord

_FREQUENCIES = (0, 1, 2, 5, 10, 30, 100)
_LENGTHS = (5, 10, 15, 20, 25, 30, 40)
"""The upper bound of each bin; one more bin holds everything above the last."""


def analyse(plan: Plan, folder: Path, failures: Mapping[Job, str] | None = None) -> Results:
    """Analyses the runs saved in a folder.

    A seed with a missing fold is left out, and so is a system without a complete seed.

    Raises:
        PostaggerError: fewer than two systems have a complete seed.
    """
    failures = failures or {}
    tested = gather(plan)
    predictions = {
        system.name: found
        for system in plan.systems
        if (found := read_predictions(plan, folder, system.name))
    }
    if len(predictions) < 2:
        raise PostaggerError(
            "fewer than two systems have results to compare: "
            + (
                "; ".join(f"{job} failed: {reason}" for job, reason in failures.items())
                or "no run is complete"
            )
        )
    systems = tuple(_system(plan, tested, name, found) for name, found in predictions.items())
    return Results(
        _origin(plan, tested),
        systems,
        compare_pairs(tested, systems, predictions),
        tuple(f"{job}: {reason}" for job, reason in failures.items()),
        challenge_result(
            plan.challenge,
            systems,
            {name: [[run.challenge for run in runs] for runs in p.runs] for name, p in predictions.items()},
        ),
    )


def _system(plan: Plan, tested: Tested, name: str, predictions: Predictions) -> SystemResult:
    correct = predictions.correct
    devs = [mean_dev(runs) for runs in predictions.runs]
    sentences = np.minimum.reduceat(correct, np.unique(tested.sentence, return_index=True)[1], axis=1)
    tokens = sum(len(sentence) for corpus in plan.corpora for sentence in corpus.test)
    length = np.array([len(sentence) for sentence in tested.sentences])[tested.sentence]
    by_tag = [
        _bin(tag, tested.gold == tag, correct)
        for tag, _ in sorted(Counter(tested.gold).items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    return SystemResult(
        name=name,
        description=plan.system(name).description,
        seeds=tuple(runs[0].basis["seed"] for runs in predictions.runs),
        parameters=predictions.runs[0][0].parameters,
        accuracy=_spread(correct.mean(axis=1)),
        interval=accuracy_interval(tested.right_by_unit(correct), tested.unit_sizes),
        dev=None if None in devs else Spread(tuple(dev for dev in devs if dev is not None)),
        known=_bin("", tested.frequency > 0, correct).accuracy,
        unknown=_bin("", tested.frequency == 0, correct).accuracy,
        ambiguous=_bin("", tested.ambiguous, correct).accuracy,
        sentences=_spread(sentences.mean(axis=1)),
        train_seconds=Spread(tuple(sum(run.train_seconds for run in runs) for runs in predictions.runs)),
        tokens_per_second=Spread(
            tuple(tokens / max(sum(run.tag_seconds for run in runs), 1e-9) for runs in predictions.runs)
        ),
        by_frequency=_binned(tested.frequency, _FREQUENCIES, correct, zero="unseen"),
        by_length=_binned(length, _LENGTHS, correct),
        by_tag=tuple(by_tag),
        confusions=_confusions(tested, predictions),
        curves=tuple(_curve(runs[0]) for runs in predictions.runs if runs[0].epochs),
    )


def _curve(run: Run) -> tuple[EpochRecord, ...]:
    """The epochs of the final training, without those of pretraining and teachers."""
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
) -> tuple[Bin, ...]:
    """The accuracy for each range of values; `highest` gives their upper bounds, and the last one is open."""
    bins = []
    low = 0 if zero else 1
    for high in highest:
        label = zero if zero and high == 0 else f"{high:,}" if low == high else f"{low:,}-{high:,}"
        bins.append(_bin(label, (values >= low) & (values <= high), correct))
        low = high + 1
    bins.append(_bin(f"over {low - 1:,}", values >= low, correct))
    return tuple(bins)


def _bin(label: str, members: NDArray[np.bool_], correct: NDArray[np.bool_]) -> Bin:
    tokens = int(members.sum())
    return Bin(label, tokens, _spread(correct[:, members].mean(axis=1)) if tokens else None)


def _confusions(tested: Tested, predictions: Predictions) -> tuple[Confusion, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for tags, correct in zip(predictions.tags, predictions.correct, strict=True):
        counts.update(zip(tested.gold[~correct], tags[~correct], strict=True))
    by_frequency = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(Confusion(gold, tag, count / len(predictions.tags)) for (gold, tag), count in by_frequency)


def _spread(values: NDArray[np.float64]) -> Spread:
    return Spread(tuple(values.tolist()))
