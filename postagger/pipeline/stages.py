"""The training stages of a plan, and the loop that runs them."""

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
        teachers: loaded taggers, or names of stages that train them.
        left_out: numbers of sentences left out of further corpora and texts, for the training record.
        file: where its result is cached; None saves nothing.
        score_test: whether to record the accuracy on the corpus's test part.
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
    """Stages in the order in which they run; the last one trains the tagger."""

    stages: tuple[Stage, ...]


def run_plan(plan: Plan, reporter: Reporter | None = None) -> Checkpoint:
    """Runs the stages of a plan in order and returns the result of the last one.

    Raises:
        ConfigError: training diverged.
        DeviceError: the device that a config names is not available.
        ModelFileError: a cached file is damaged, or the cache can't be written.
    """
    reporter = reporter or Reporter()
    done: dict[str, Checkpoint] = {}
    for stage in plan.stages:
        done[stage.name] = cached_or_trained(stage.file, _Training(stage, done, reporter))
    return done[plan.stages[-1].name]


@dataclass(frozen=True)
class _Training:
    """A stage that is ready to run; `done` has the results of the stages before it."""

    stage: Stage
    done: Mapping[str, Checkpoint]
    reporter: Reporter

    def __call__(self) -> Checkpoint:
        stage, material = self.stage, self.stage.material
        if material is None:
            raise ConfigError(
                f"the cached model {stage.file} was deleted meanwhile: run the same command again"
            )
        if stage.starts_from is not None:
            material = replace(material, backbone=self.done[stage.starts_from], vectors=None)
        teachers = [each if isinstance(each, Checkpoint) else self.done[each] for each in stage.teachers]
        if stage.text is not None:
            material = _with_text(material, teachers, stage.text)
        checkpoint = fit(material, replace(self.reporter, stage=stage.name))
        facts = {**self._corpus_facts(checkpoint), **self._teacher_facts(teachers)}
        return replace(checkpoint, record=checkpoint.record.model_copy(update=facts))

    def _corpus_facts(self, checkpoint: Checkpoint) -> dict[str, Any]:
        """The training record's fields about the main corpus."""
        corpus = self.stage.corpus
        if corpus is None:
            assert self.stage.material is not None
            return {"corpus": ", ".join(each.head for each in self.stage.material.datasets)}
        facts: dict[str, Any] = {"corpus": corpus.name, "traces_dropped": corpus.traces}
        if self.stage.score_test:
            network = checkpoint.main.network
            test = EncodedCorpus.encode(corpus.test, checkpoint.encoding, checkpoint.main.tagset)
            facts["test_accuracy"] = accuracy_on(network, test.to(next(network.parameters()).device))
        return facts

    def _teacher_facts(self, teachers: Iterable[Checkpoint]) -> dict[str, Any]:
        """The training record's fields about the teachers and the sentences left out."""
        left_out: dict[str, int] = {}
        for teacher in teachers:
            left_out |= teacher.record.left_out
        return {
            "left_out": left_out | dict(self.stage.left_out or {}),
            "teachers": tuple(dict.fromkeys(teacher.record.corpus for teacher in teachers)),
        }


def _with_text(material: Material, teachers: Sequence[Checkpoint], text: PlainText) -> Material:
    """The material with one more data set: plain text tagged by the teachers."""
    main = material.datasets[0].head
    tagset = head_tagsets(material.datasets, kept_head(material.config, main, material.backbone))[main]
    tagged = distil(teachers, text.sentences, main, tagset, text.weight)
    return replace(material, datasets=(*material.datasets, tagged))
