"""The training stages of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from postagger.corpora import Corpus
from postagger.pipeline.material import Material
from postagger.pipeline.teachers import Teacher

PRETRAINING = "pretraining"
"""The name of the stage that pretrains the tagger's backbone."""


@dataclass(frozen=True)
class PlainText:
    """Text for teachers to tag; `weight` as in `DataSet`."""

    sentences: Sequence[list[str]]
    weight: float

    def __repr__(self) -> str:
        return f"<PlainText: {len(self.sentences):,} sentences>"


@dataclass(frozen=True)
class Stage:
    """One training of a plan.

    Attributes:
        name: its name in the epoch records; empty for the tagger itself.
        material: what it is trained with; None if `file` already has its result.
        corpus: the main corpus, for the training record; None for pretraining.
        starts_from: the stage whose network it starts from, if the material has no backbone.
        text: plain text for its teachers to tag.
        teachers: ready ones, or names of stages that train them.
        left_out: numbers of sentences left out of further corpora and texts, for the training record.
        file: where its result is cached; None saves nothing.
        cache: the folder for what the teachers make of the text; None saves nothing.
        score_test: whether to record the accuracy on the corpus's test part.
    """

    name: str
    material: Material | None
    corpus: Corpus | None = None
    starts_from: str | None = None
    text: PlainText | None = None
    teachers: tuple[Teacher | str, ...] = ()
    left_out: Mapping[str, int] | None = None
    file: Path | None = None
    cache: Path | None = None
    score_test: bool = False

    def __repr__(self) -> str:
        teachers = f", {len(self.teachers)} teachers" if self.teachers else ""
        what = "done before" if self.material is None else f"{self.material.config.model.kind}{teachers}"
        return f"<Stage {self.name or 'training'}: {what}>"


@dataclass(frozen=True)
class Plan:
    """Stages in the order in which they run; the last one trains the tagger."""

    stages: tuple[Stage, ...]
