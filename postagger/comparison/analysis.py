"""Turns the predictions of every run into the results of a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from postagger.comparison.challenge import challenge_result
from postagger.comparison.details import ConfidenceResult, Origin, TagResult
from postagger.comparison.plan import Job, Plan
from postagger.comparison.predictions import Predictions, Tested, gather, mean_dev, read_predictions
from postagger.comparison.results import Bin, Confusion, Results, Spread, SystemResult
from postagger.comparison.runs import Run
from postagger.comparison.system_pairs import compare_pairs
from postagger.errors import PostaggerError
from postagger.evaluation import Calibration
from postagger.evaluation.bins import FREQUENCIES, LENGTHS, Bins
from postagger.evaluation.significance import accuracy_interval
from postagger.training import EpochRecord


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
        by_frequency=_binned(tested.frequency, FREQUENCIES, correct),
        by_length=_binned(length, LENGTHS, correct),
        by_tag=_by_tag(tested, predictions),
        confusions=_confusions(tested, predictions),
        curves=tuple(_curve(runs[0]) for runs in predictions.runs if runs[0].epochs),
        confidence=_confidence(predictions),
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


def _binned(values: NDArray[np.int64], bins: Bins, correct: NDArray[np.bool_]) -> tuple[Bin, ...]:
    numbers = np.searchsorted(bins.highest, values)
    return tuple(_bin(label, numbers == number, correct) for number, label in enumerate(bins.labels))


def _bin(label: str, members: NDArray[np.bool_], correct: NDArray[np.bool_]) -> Bin:
    tokens = int(members.sum())
    return Bin(label, tokens, _spread(correct[:, members].mean(axis=1)) if tokens else None)


def _by_tag(tested: Tested, predictions: Predictions) -> tuple[TagResult, ...]:
    results = []
    for tag, tokens in sorted(Counter(tested.gold).items(), key=lambda entry: (-entry[1], entry[0])):
        predicted = (predictions.tags == tag).sum(axis=1)  # (seeds,)
        hits = (predictions.correct & (tested.gold == tag)).sum(axis=1)
        precision = _spread(hits / predicted) if predicted.all() else None
        results.append(
            TagResult(
                tag, tokens, precision, _spread(hits / tokens), _spread(2 * hits / (tokens + predicted))
            )
        )
    return tuple(results)


def _confidence(predictions: Predictions) -> ConfidenceResult | None:
    tempered, untempered, correct = predictions.confidences, predictions.untempered, predictions.correct
    if tempered is None or untempered is None:
        return None
    together = Calibration(tempered.ravel(), correct.ravel())
    return ConfidenceResult(
        _expected_error(tempered, correct),
        _expected_error(untempered, correct),
        tuple(together.reliability()),
        tuple(together.coverage()),
    )


def _expected_error(confidences: NDArray[np.float64], correct: NDArray[np.bool_]) -> Spread:
    each = (Calibration(*seed) for seed in zip(confidences, correct, strict=True))
    return Spread(tuple(calibration.expected_error for calibration in each))


def _confusions(tested: Tested, predictions: Predictions) -> tuple[Confusion, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for tags, correct in zip(predictions.tags, predictions.correct, strict=True):
        counts.update(zip(tested.gold[~correct], tags[~correct], strict=True))
    by_frequency = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(Confusion(gold, tag, count / len(predictions.tags)) for (gold, tag), count in by_frequency)


def _spread(values: NDArray[np.float64]) -> Spread:
    return Spread(tuple(values.tolist()))
