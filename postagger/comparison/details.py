"""Parts of the results of a comparison: where they come from, tags, and confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postagger.evaluation import Coverage, ReliabilityBin

if TYPE_CHECKING:
    from postagger.comparison.results import Spread


@dataclass(frozen=True)
class Origin:
    """Where the figures come from.

    Attributes:
        corpus: the name of the corpus.
        tested: what was tested, in words: ``test part`` or ``10-fold cross-validation by document``.
        unit: what is resampled: ``document``, or ``sentence`` where the corpus has too few documents.
        units: number of tested units.
        train_tokens, dev_tokens: tokens of one run (the first fold).
        tokens, sentences, unknown_tokens: how many were tested.
        traces: number of trace tokens dropped from the whole corpus.
        seeds: number of seeds.
        folds: number of folds; 0 for the corpus's own split.
        clock: what the times measure, in words: ``seconds of one CPU core``, for example.
        versions: the versions of Python and the packages.
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
        """What was tested, and with which versions, in one line."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        traces = f", {self.traces:,} traces dropped" if self.traces else ""
        return (
            f"{self.corpus}, {self.tested}: {self.tokens:,} tokens, {self.unknown_tokens:,} of them unknown"
            f"{traces}; {self.seeds} seed{'s' if self.seeds > 1 else ''}; {versions}"
        )


@dataclass(frozen=True)
class TagResult:
    """How well one gold tag is found; rates in 0..1.

    Attributes:
        tag: its name.
        tokens: how many have it.
        precision: the fraction of the tokens predicted to have it that do; None if a seed predicts none.
        recall: the fraction of the tokens that have it for which it is predicted.
        f1: the harmonic mean of the two.
    """

    tag: str
    tokens: int
    precision: Spread | None
    recall: Spread
    f1: Spread


@dataclass(frozen=True)
class ConfidenceResult:
    """How far the probabilities of predicted tags can be believed.

    Attributes:
        expected_error: the expected calibration error, in 0..1 (`postagger.evaluation.Calibration`).
        untempered_error: the same without the temperature that is fitted on dev.
        reliability: the accuracy of tokens with similar probabilities, all seeds together.
        coverage: the tokens with at least some probability, all seeds together.
    """

    expected_error: Spread
    untempered_error: Spread
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[Coverage, ...]
