"""The training stages of a plan, and the loop that runs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.models import TrainedModel
from postagger.pipeline.cache import cached_or_trained
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.distillation import distil
from postagger.pipeline.fit import Material, Reporter, encode, fit
from postagger.pipeline.heads import head_tagsets, kept_heads
from postagger.pipeline.teachers import ModelTeacher, Teacher, left_out_of, name_of
from postagger.training.progress import Progress
from postagger.training.trainer import accuracies_on

PRETRAINING = "pretraining"
"""The name of the stage that pretrains the tagger's backbone."""


@dataclass(frozen=True)
class PlainText:
    """Text for teachers to tag; `weight` as in `DataSet`."""

    sentences: Sequence[list[str]]
    weight: float


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


@dataclass(frozen=True)
class Plan:
    """Stages in the order in which they run; the last one trains the tagger."""

    stages: tuple[Stage, ...]


def run_plan(plan: Plan, reporter: Reporter | None = None) -> TrainedModel:
    """Runs the stages of a plan in order and returns the result of the last one.

    Raises:
        ConfigError: training diverged.
        DeviceError: the device that a config names is not available.
        ModelFileError: a cached file is damaged, or the cache can't be written.
    """
    reporter = reporter or Reporter()
    done: dict[str, TrainedModel] = {}
    for stage in plan.stages:
        done[stage.name] = cached_or_trained(stage.file, _Training(stage, done, reporter))
    return done[plan.stages[-1].name]


@dataclass(frozen=True)
class _Training:
    """A stage that is ready to run; `done` has the results of the stages before it."""

    stage: Stage
    done: Mapping[str, TrainedModel]
    reporter: Reporter

    def __call__(self) -> TrainedModel:
        stage, material = self.stage, self.stage.material
        if material is None:
            raise ConfigError(
                f"the cached model {stage.file} was deleted meanwhile: run the same command again"
            )
        if stage.starts_from is not None:
            backbone = self.done[stage.starts_from]
            material = replace(material, backbone=backbone, vectors=None, classes=None, subwords=None)
        teachers = [
            ModelTeacher.of(self.done[each]) if isinstance(each, str) else each for each in stage.teachers
        ]
        if stage.text is not None:
            material = self._with_text(material, teachers, stage.text)
        trained = fit(material, replace(self.reporter, stage=stage.name))
        if trained.record.problem is not None and (stage.name or stage.file is not None):
            raise ConfigError(trained.record.problem)  # what is left is no teacher and no backbone
        facts = {**self._corpus_facts(trained), **self._teacher_facts(teachers)}
        return replace(trained, record=trained.record.model_copy(update=facts))

    def _corpus_facts(self, trained: TrainedModel) -> dict[str, Any]:
        """The training record's fields about the main corpus."""
        corpus = self.stage.corpus
        if corpus is None:
            assert self.stage.material is not None
            return {"corpus": ", ".join(each.head for each in self.stage.material.datasets)}
        facts: dict[str, Any] = {"corpus": corpus.name, "traces_dropped": corpus.traces}
        if self.stage.score_test:
            facts |= _test_accuracies(trained, corpus)
        return facts

    def _with_text(self, material: Material, teachers: Sequence[Teacher], text: PlainText) -> Material:
        """The material with one more data set: plain text tagged by the teachers."""
        main = material.datasets[0]
        tagsets = head_tagsets(material.datasets, kept_heads(material.config, main, material.backbone))
        progress = Progress(self.stage.name, show=self.reporter.progress)
        tagged = distil(teachers, text.sentences, main, tagsets, text.weight, self.stage.cache, progress)
        return replace(material, datasets=(*material.datasets, tagged))

    def _teacher_facts(self, teachers: Iterable[Teacher]) -> dict[str, Any]:
        """The training record's fields about the teachers and the sentences left out."""
        left_out: dict[str, int] = {}
        for teacher in teachers:
            left_out |= left_out_of(teacher)
        return {
            "left_out": left_out | dict(self.stage.left_out or {}),
            "teachers": tuple(dict.fromkeys(map(name_of, teachers))),
        }


def _test_accuracies(trained: TrainedModel, corpus: Corpus) -> dict[str, Any]:
    """The training record's fields about the test part: accuracies of the main head, and of each."""
    columns = corpus.by_head if corpus.others else {trained.config.corpus.head_name: corpus}
    test = DataSet.of_columns({name: each.test for name, each in columns.items()})
    tagsets = {name: head.tagset for name, head in trained.heads.items()}
    networks = [trained.heads[name].network for name in columns]
    device = next(networks[0].parameters()).device
    scores = accuracies_on(networks, encode(test, trained.encoding, tagsets, trained.config).to(device))
    by_head = dict(zip(columns, scores, strict=True)) if corpus.others else {}
    return {"test_accuracy": scores[0], "test_accuracies": by_head}
