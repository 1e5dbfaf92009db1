"""The stages of a plan, one training each, and how they are run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from postagger.batches import EncodedCorpus
from postagger.checkpoint import Checkpoint
from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.pipeline.cache import cached_or_trained
from postagger.pipeline.distillation import distil
from postagger.pipeline.fit import Material, Reporter, fit, head_tagsets, kept_head
from postagger.training.trainer import accuracy_on

PRETRAINING = "pretraining"
"""What that stage is called."""


@dataclass(frozen=True)
class PlainText:
    """Text for teachers to tag; `weight` as in `DataSet`."""

    sentences: Sequence[list[str]]
    weight: float


@dataclass(frozen=True)
class Stage:
    """One training of a plan.

    Attributes:
        name: what it is called in the epochs' records; empty for the tagger itself.
        material: what it is trained with; None where `file` holds its result already.
        corpus: the main corpus, of which its record tells; None for pretraining.
        starts_from: the stage whose network it starts from, where the material has no backbone.
        text: what its teachers tag for it.
        teachers: taggers that are there, and names of stages that train some.
        left_out: sentences left out of further corpora and texts, for its record.
        file: where its result is kept for the next time; None keeps nothing.
        score_test: whether its record has the accuracy on the corpus's test part.
    """

    name: str
    material: Material | None
    corpus: Corpus | None = None
    starts_from: str | None = None
    text: PlainText | None = None
    teachers: tuple[Checkpoint | str, ...] = ()
    left_out: Mapping[str, int] | None = None
    file: Path | None = None
    score_test: bool = False


@dataclass(frozen=True)
class Plan:
    """Stages in the order in which they are run; the last one makes the tagger."""

    stages: tuple[Stage, ...]


def run_plan(plan: Plan, reporter: Reporter | None = None) -> Checkpoint:
    """Runs the stages of a plan one after another, and gives what the last one made.

    Raises:
        ConfigError: training diverged.
        DeviceError: the device that a config names is not there.
        ModelFileError: the cache is damaged, or can't be written.
    """
    reporter = reporter or Reporter()
    done: dict[str, Checkpoint] = {}
    for stage in plan.stages:
        done[stage.name] = cached_or_trained(stage.file, _Training(stage, done, reporter))
    return done[plan.stages[-1].name]


@dataclass(frozen=True)
class _Training:
    """A stage that is about to be run, after those before it."""

    stage: Stage
    done: Mapping[str, Checkpoint]
    reporter: Reporter

    def __call__(self) -> Checkpoint:
        stage, material = self.stage, self.stage.material
        if material is None:
            raise ConfigError(f"{stage.file} was there and is gone: run the same command again")
        if stage.starts_from is not None:
            material = replace(material, backbone=self.done[stage.starts_from], vectors=None)
        teachers = [each if isinstance(each, Checkpoint) else self.done[each] for each in stage.teachers]
        if stage.text is not None:
            material = _with_text(material, teachers, stage.text)
        made = fit(material, replace(self.reporter, stage=stage.name))
        told = {**self._of_corpus(made), **self._of_teachers(teachers)}
        return replace(made, record=made.record.model_copy(update=told))

    def _of_corpus(self, made: Checkpoint) -> dict[str, Any]:
        """What the record says of the main corpus."""
        corpus = self.stage.corpus
        if corpus is None:
            assert self.stage.material is not None
            return {"corpus": ", ".join(each.head for each in self.stage.material.datasets)}
        told: dict[str, Any] = {"corpus": corpus.name, "traces_dropped": corpus.traces}
        if self.stage.score_test:
            network = made.main.network
            test = EncodedCorpus.encode(corpus.test, made.encoding, made.main.tagset)
            told["test_accuracy"] = accuracy_on(network, test.to(next(network.parameters()).device))
        return told

    def _of_teachers(self, teachers: Iterable[Checkpoint]) -> dict[str, Any]:
        """What the record says of the teachers, and of what they and the stage itself left out."""
        left_out: dict[str, int] = {}
        for teacher in teachers:
            left_out |= teacher.record.left_out
        return {
            "left_out": left_out | dict(self.stage.left_out or {}),
            "teachers": tuple(dict.fromkeys(teacher.record.corpus for teacher in teachers)),
        }


def _with_text(material: Material, teachers: Sequence[Checkpoint], text: PlainText) -> Material:
    """The material with one more data set: plain text, as the teachers tag it."""
    main = material.datasets[0].head
    tagset = head_tagsets(material.datasets, kept_head(material.config, main, material.backbone))[main]
    tagged = distil(teachers, text.sentences, main, tagset, text.weight)
    return replace(material, datasets=(*material.datasets, tagged))
