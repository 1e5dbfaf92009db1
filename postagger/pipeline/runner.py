"""Runs the training stages of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.models import TrainedModel
from postagger.pipeline.cache import cached_or_trained
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.distillation import distil
from postagger.pipeline.fit import encode, fit
from postagger.pipeline.following import followed
from postagger.pipeline.heads import head_tagsets, kept_heads
from postagger.pipeline.material import Material, Reporter
from postagger.pipeline.run_folder import RunFolder, run_identity
from postagger.pipeline.stages import PlainText, Plan, Stage
from postagger.pipeline.teachers import ModelTeacher, Teacher, left_out_of, name_of
from postagger.training.checkpoints import TrainingCheckpoint
from postagger.training.distributed import world
from postagger.training.progress import Progress
from postagger.training.trainer import accuracies_on


def run_plan(plan: Plan, reporter: Reporter | None = None, folder: RunFolder | None = None) -> TrainedModel:
    """Runs the stages of a plan in order and returns the result of the last one.

    Args:
        folder: where what is done is kept; what it has already is not done again.

    Raises:
        ConfigError: training diverged, or other processes have another plan.
        DeviceError: the device that a config names is not available.
        ModelFileError: a cached file is damaged, or the cache can't be written.
        KeyboardInterrupt, SystemExit: with a folder: the run was stopped by a signal.
    """
    reporter = reporter or Reporter()
    done: dict[str, TrainedModel] = {}
    place = None if folder is None else folder.path
    with _opened(plan, folder), followed(plan, reporter, place) as run:
        for number, stage in enumerate(plan.stages, 1):
            training = _Training(stage, done, run.reporter)
            if folder is not None:
                training = replace(training, checkpoint=folder.checkpoint(number), cache=folder.path)
            file = stage.file or (None if folder is None else folder.model_file(number))
            done[stage.name] = cached_or_trained(file, training)
            if training.checkpoint is not None:
                training.checkpoint.remove()
        run.finished(done[plan.stages[-1].name].record)
    return done[plan.stages[-1].name]


def _opened(plan: Plan, folder: RunFolder | None) -> AbstractContextManager[None]:
    """See `RunFolder.opened`; without a folder, only other processes' plans are compared."""
    if folder is not None:
        return folder.opened(plan)
    if world().size > 1:
        world().check_same(run_identity(plan))
    return nullcontext()


@dataclass(frozen=True)
class _Training:
    """A stage that is ready to run.

    Attributes:
        done: the results of the stages before it.
        cache: the folder for what the teachers make of the text, if the stage names none.
    """

    stage: Stage
    done: Mapping[str, TrainedModel]
    reporter: Reporter
    checkpoint: TrainingCheckpoint | None = None
    cache: Path | None = None

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
        trained = fit(material, replace(self.reporter, stage=stage.name), self.checkpoint)
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
        cache = self.stage.cache or self.cache
        tagged = distil(teachers, text.sentences, main, tagsets, text.weight, cache, progress)
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
    tokens = None if scores[0] is None else sum(map(len, test.sentences))
    return {"test_accuracy": scores[0], "test_accuracies": by_head, "test_tokens": tokens}
