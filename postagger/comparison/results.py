"""The results of a comparison, as plain values that the report and its pictures are made from."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postagger.comparison.details import ConfidenceResult, Origin, TagResult
from postagger.errors import short
from postagger.evaluation.significance import McNemar

if TYPE_CHECKING:  # not imported otherwise: it loads torch
    from postagger.training import EpochRecord

_SHOWN = 4
"""Systems in a `repr`."""


@dataclass(frozen=True)
class Spread:
    """One figure, with a value for each seed."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.values)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def deviation(self) -> float | None:
        """Standard deviation over seeds; None for a single seed."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    def __str__(self) -> str:
        """Mean and standard deviation in per cent."""
        deviation = "" if self.deviation is None else f" ± {100 * self.deviation:.2f}"
        return f"{100 * self.mean:.2f}{deviation} %"


@dataclass(frozen=True)
class Bin:
    """The accuracy on a subset of the tokens, in 0..1; None if the subset is empty."""

    label: str
    tokens: int
    accuracy: Spread | None


@dataclass(frozen=True)
class Confusion:
    """How many tokens of one gold tag were predicted as another, the mean over seeds."""

    gold: str
    prediction: str
    tokens: float


@dataclass(frozen=True)
class SystemResult:
    """The results of one system. Rates are in 0..1, or None if there is nothing to count.

    Attributes:
        name: its name in the plan.
        description: a short description of it.
        seeds: the seeds it was trained with; only one for a deterministic system.
        parameters: number of trained parameters.
        accuracy: on all tested tokens.
        interval: 95 % bootstrap interval of the mean accuracy, over seeds and documents.
        dev: accuracy on the held-out part that the epoch was selected on.
        known, unknown, ambiguous: accuracy on tokens whose word occurs in training, does not, or has several
            tags there.
        sentences: rate of sentences without an error.
        train_seconds: CPU seconds of one core, or wall-clock seconds on a GPU; the sum over folds.
        tokens_per_second: tagging speed on the same clock, all sentences in one call.
        by_frequency: accuracy by how often the word occurs in training.
        by_length: accuracy by sentence length.
        by_tag: precision, recall and F1 of each gold tag, the most frequent tag first.
        confusions: wrong predictions, the most frequent first.
        curves: the epochs of each seed (of its first fold); empty for a system without epochs.
        confidence: None for a system without probabilities.
    """

    name: str
    description: str
    seeds: tuple[int, ...]
    parameters: int
    accuracy: Spread
    interval: tuple[float, float]
    dev: Spread | None
    known: Spread | None
    unknown: Spread | None
    ambiguous: Spread | None
    sentences: Spread
    train_seconds: Spread
    tokens_per_second: Spread
    by_frequency: tuple[Bin, ...]
    by_length: tuple[Bin, ...]
    by_tag: tuple[TagResult, ...]
    confusions: tuple[Confusion, ...]
    curves: tuple[tuple[EpochRecord, ...], ...]
    confidence: ConfidenceResult | None = None

    def __repr__(self) -> str:
        return f"<SystemResult {short(self.name)}: {self.accuracy}, {self.parameters:,} parameters>"


@dataclass(frozen=True)
class Disagreement:
    """A token that only one of two systems tagged correctly, with the words around it."""

    document: str
    before: str
    word: str
    after: str
    gold: str
    first: str
    second: str


@dataclass(frozen=True)
class PairResult:
    """A comparison of two systems; `first` is the one with the higher mean accuracy.

    Attributes:
        difference: of the mean accuracies, in 0..1, at least 0.
        interval: of the difference, over seeds and documents, at the level `confidence`; see
            `postagger.evaluation.paired`.
        confidence: in 0..1: 0.95 if there is one pair; of several, the level at which Holm's correction tests
            this one.
        p: two-sided, over documents and seeds; see `postagger.evaluation.paired`.
        p_adjusted: the same, after Holm's correction for the number of pairs.
        mcnemar: the exact test over tokens, for the runs with the median dev accuracy of each system.
        error_reduction: the fraction of the second system's errors that the first one avoids.
        beyond_chance: whether `p_adjusted` is below 0.05; exactly then, the interval excludes 0.
        sentence: the finding in words.
        disagreements: some tokens that only one of those two runs tagged correctly.
    """

    first: str
    second: str
    difference: float
    interval: tuple[float, float]
    confidence: float
    p: float
    p_adjusted: float
    mcnemar: McNemar
    error_reduction: float
    beyond_chance: bool
    sentence: str
    disagreements: tuple[Disagreement, ...]

    def __repr__(self) -> str:
        points = f"{100 * self.difference:.2f} points"
        p = f"corrected p {self.p_adjusted:.3f}"
        return f"<PairResult: {short(self.first)} is {points} ahead of {short(self.second)}, {p}>"


@dataclass(frozen=True)
class ChallengeRow:
    """A group of the challenge set's minimal pairs, with the rates of each system in 0..1, by its name.

    Attributes:
        kind: what its pairs have in common: ``phenomenon``, ``distance``, or ``all`` for every pair.
        name: which phenomenon or distance.
        pairs: the number of pairs.
        words_right: words with the right tag, of the two in each pair.
        pairs_right: pairs of which both words have the right tag.
        leaning: pairs in which the probabilities favour the right tags (`ChallengeGroup.leaning`); None for a
            system without probabilities.
    """

    kind: str
    name: str
    pairs: int
    words_right: dict[str, Spread | None]
    pairs_right: dict[str, Spread | None]
    leaning: dict[str, Spread | None]

    def __repr__(self) -> str:
        rates = _listed(f"{short(name)} {rate or '-'}" for name, rate in self.pairs_right.items())
        return f"<ChallengeRow {self.kind} {self.name}, {self.pairs} pairs: right by {rates}>"


@dataclass(frozen=True)
class ChallengeResult:
    """How the systems do on the challenge set.

    Attributes:
        tags: which tags were compared, in words.
        rows: by phenomenon, by distance, and all.
        sentence: on what the two most accurate systems differ most.
    """

    tags: str
    rows: tuple[ChallengeRow, ...]
    sentence: str

    def __repr__(self) -> str:
        return f"<ChallengeResult by {self.tags}: {len(self.rows)} rows>"


@dataclass(frozen=True)
class Results:
    """The results of a whole comparison.

    Attributes:
        systems: in the plan's order.
        pairs: each system with each other one, the largest difference first.
        failures: runs that failed, each with its reason.
        challenge: None if the corpus's tags are not those of the challenge set, or it is not English.
    """

    origin: Origin
    systems: tuple[SystemResult, ...]
    pairs: tuple[PairResult, ...]
    failures: tuple[str, ...]
    challenge: ChallengeResult | None = None

    def __repr__(self) -> str:
        best = sorted(self.systems, key=lambda system: -system.accuracy.mean)
        rates = _listed(f"{short(system.name)} {system.accuracy}" for system in best)
        failed = f"; {len(self.failures)} runs failed" if self.failures else ""
        what = f"{short(self.origin.corpus)}, {self.origin.tested}, {self.origin.seeds} seeds"
        return f"<Results of {len(self.systems)} systems on {what}{failed}:\n {rates}>"

    def _repr_html_(self) -> str:
        from postagger.comparison.notebook import results_html

        return results_html(self)

    def system(self, name: str) -> SystemResult:
        return next(system for system in self.systems if system.name == name)

    def as_json(self) -> dict[str, Any]:
        """Plain data for JSON; each `Spread` includes its mean and deviation."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _listed(texts: Iterable[str]) -> str:
    """The first texts of several, with commas between them."""
    every = list(texts)
    return ", ".join([*every[:_SHOWN], *(["..."] if len(every) > _SHOWN else [])])


def _plain(value: Any) -> Any:
    if isinstance(value, Spread):
        return {"mean": value.mean, "deviation": value.deviation, "values": list(value.values)}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return value
