"""What a comparison found: plain values, from which the report and its pictures are made."""

from __future__ import annotations

import dataclasses
import statistics
from dataclasses import dataclass
from typing import Any

from postagger.evaluation.significance import McNemar
from postagger.training import EpochRecord


@dataclass(frozen=True)
class Spread:
    """One figure, once for each seed."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.values)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def deviation(self) -> float | None:
        """Standard deviation over seeds; None of a single one."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None


@dataclass(frozen=True)
class Bin:
    """The accuracy on some of the tokens, in 0..1; None where there are none."""

    label: str
    tokens: int
    accuracy: Spread | None


@dataclass(frozen=True)
class Confusion:
    """How many tokens of one gold tag were answered with another, the mean over seeds."""

    gold: str
    prediction: str
    tokens: float


@dataclass(frozen=True)
class SystemResult:
    """How one system fared. Rates are in 0..1, and None of nothing.

    Attributes:
        name: as the plan calls it.
        description: what it is, in a few words.
        seeds: which seeds were trained; one number alone for a system that uses no chance.
        parameters: numbers that training set.
        accuracy: of all tested tokens.
        interval: 95 % bootstrap interval of the mean accuracy, seeds and documents drawn anew.
        dev: accuracy on the held-out part that the epoch was chosen on.
        known, unknown, ambiguous: tokens whose word training saw, did not see, saw with several tags.
        sentences: sentences without an error.
        train_seconds: of one core (CPU time), or of the clock on a GPU; all folds together.
        tokens_per_second: tagged, by the same clock, one sentence list at once.
        by_frequency: tokens by how often training saw the word.
        by_length: tokens by the length of their sentence.
        by_tag: tokens by gold tag, the most frequent tag first.
        confusions: wrong answers, the most frequent first.
        curves: the epochs of each seed (of its first fold); empty where there are none.
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
    by_tag: tuple[Bin, ...]
    confusions: tuple[Confusion, ...]
    curves: tuple[tuple[EpochRecord, ...], ...]


@dataclass(frozen=True)
class Disagreement:
    """A token that one system got right and another wrong, with the words around it."""

    document: str
    before: str
    word: str
    after: str
    gold: str
    first: str
    second: str


@dataclass(frozen=True)
class PairResult:
    """Two systems side by side; `first` is the one with the higher mean accuracy.

    Attributes:
        difference: of the mean accuracies, in 0..1, at least 0.
        interval: its 95 % bootstrap interval, seeds and documents drawn anew.
        p: of the approximate randomisation test over documents, both sides, on the means over seeds.
        p_adjusted: the same, after Holm's correction for the number of pairs.
        mcnemar: exact, over tokens, of the two runs that are the median of their system on dev.
        error_reduction: the share of the second one's errors that the first one avoids.
        beyond_chance: whether `p_adjusted` is below 0.05 and the interval leaves 0 out.
        sentence: all that in plain words.
        disagreements: some tokens where exactly one of those two runs is right.
    """

    first: str
    second: str
    difference: float
    interval: tuple[float, float]
    p: float
    p_adjusted: float
    mcnemar: McNemar
    error_reduction: float
    beyond_chance: bool
    sentence: str
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True)
class Origin:
    """Where the figures come from.

    Attributes:
        corpus: its name.
        tested: what was tested, in words: ``test part`` or ``10-fold cross-validation by document``.
        unit: what is resampled: ``document``, or ``sentence`` where the corpus names no documents.
        units: how many there are of them among what was tested.
        train_tokens, dev_tokens: of one run (the first fold).
        tokens, sentences, unknown_tokens: tested.
        traces: dropped from the whole corpus.
        seeds: how many.
        folds: how many; 0 for the corpus's own split.
        clock: what seconds are, in words: ``seconds of one CPU core`` or ``seconds on cuda``.
        versions: of Python and packages.
    """

    corpus: str
    tested: str
    unit: str
    units: int
    train_tokens: int
    dev_tokens: int
    tokens: int
    sentences: int
    unknown_tokens: int
    traces: int
    seeds: int
    folds: int
    clock: str
    versions: dict[str, str]

    @property
    def line(self) -> str:
        """One line that every table and picture carries."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        traces = f", {self.traces:,} traces dropped" if self.traces else ""
        return (
            f"{self.corpus}, {self.tested}: {self.tokens:,} tokens, {self.unknown_tokens:,} of them unknown"
            f"{traces}; {self.seeds} seed{'s' if self.seeds > 1 else ''}; {versions}"
        )


@dataclass(frozen=True)
class Results:
    """A whole comparison.

    Attributes:
        systems: in the plan's order.
        pairs: every two systems, the largest difference first.
        failures: runs that failed, each with its reason.
    """

    origin: Origin
    systems: tuple[SystemResult, ...]
    pairs: tuple[PairResult, ...]
    failures: tuple[str, ...]

    def system(self, name: str) -> SystemResult:
        return next(system for system in self.systems if system.name == name)

    def as_json(self) -> dict[str, Any]:
        """Plain data; each `Spread` comes with its mean and deviation."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Spread):
        return {"mean": value.mean, "deviation": value.deviation, "values": list(value.values)}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
