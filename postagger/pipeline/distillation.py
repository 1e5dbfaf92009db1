"""Self-training and distillation: teachers, and their distributions over plain text (Hinton et al. 2015)."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from postagger.checkpoint import model_files
from postagger.config import (
    Config,
    DistillationConfig,
    PretrainingConfig,
    is_config,
    load_config,
    parse_config,
)
from postagger.corpora import UNTAGGED, Corpus
from postagger.errors import ConfigError
from postagger.features import TagSet
from postagger.inference import ReferencePredictor
from postagger.models import TrainedModel
from postagger.pipeline.cache import file_digests, place_for
from postagger.pipeline.datasets import DataSet

_CHUNK = 256
"""Sentences per forward pass of a teacher."""


def read_teachers(names: Sequence[str]) -> list[TrainedModel]:
    """Reads taggers from model files and from folders of them; skips the names of configs.

    Raises:
        ModelFileError: a file can't be read, or a folder contains none.
    """
    return [TrainedModel.load(file) for name in names if not is_config(name) for file in model_files(name)]


def for_column(teacher: TrainedModel, column: str) -> TrainedModel:
    """The teacher, whose main head is that of the column if it was trained on several."""
    columns = teacher.config.corpus.by_head
    if len(columns) == 1 or column not in columns:
        return teacher
    return replace(teacher, heads={column: teacher.heads[column], **teacher.heads})


def teacher_configs(config: Config) -> list[Config]:
    """The configs of the teachers to train first: one per seed for each config in ``distillation.teachers``.

    Teachers train on the student's corpus and device. Their seeds start at 1 whatever the student's seed is,
    so students with different seeds or models can share them.

    Raises:
        ConfigError: a config can't be read, does not fit the student's corpus, or has teachers itself.
    """
    return [
        run
        for name in filter(is_config, config.distillation.teachers)
        for run in _with_seeds(_for_student(load_config(name), config, name), config.distillation.seeds)
    ]


def own_teacher_configs(config: Config) -> list[Config]:
    """The configs of teachers like the student, but trained without plain text and with other seeds.

    They start from the student's backbone.
    """
    seeds = range(1, config.distillation.seeds + 1)
    return [_own_teacher_config(config, number) for number in seeds]


def _own_teacher_config(config: Config, number: int) -> Config:
    seed = (1000 * config.training.seed + number) % 2**63
    return config.model_copy(
        update={
            "training": config.training.model_copy(update={"seed": seed}),
            "pretraining": PretrainingConfig(),
            "transfer": config.transfer.model_copy(update={"model": None}),
            "distillation": DistillationConfig(),
        }
    )


def teacher_file(corpus: Corpus, config: Config, cache: Path) -> Path:
    """The cache file of a teacher, given one of `teacher_configs`."""
    settings = config.model_dump(mode="json", exclude={"corpus"})
    parts = [part for each in (corpus, *corpus.others) for part in (each.train, each.dev, each.test)]
    names = [config.corpus.head_name, *(each.head for each in corpus.others)]
    return place_for(cache, [settings, *names, file_digests(config), corpus.name, *parts])


def _for_student(teacher: Config, student: Config, name: str) -> Config:
    """The teacher's config with the student's corpus; data sets that share its head still do."""
    if teacher.distillation.text:
        raise ConfigError(
            f"{name} is the config of a teacher, so it can't have [distillation]: remove that section"
        )
    data = teacher.model_dump(mode="json")
    data["corpus"] = student.corpus.model_dump(mode="json")
    data["training"]["device"] = student.training.device
    for dataset in data["datasets"]:
        if dataset["head"] == teacher.corpus.head_name:
            dataset["head"] = student.corpus.head_name
    return parse_config(data, source=f"{name}, with the corpus of the student")


def _with_seeds(config: Config, seeds: int) -> list[Config]:
    return [
        config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})
        for seed in range(1, seeds + 1)
    ]


def further_basis(config: Config) -> dict[str, Any]:
    """What a run depends on besides its own settings and corpus, as plain data; empty entries are omitted.

    Returns:
        ``teachers``: a digest of the settings of each of `teacher_configs`; ``files``: the digests of the
        files that the config or a teacher's config names.
    """
    teachers = teacher_configs(config)
    settings = [each.model_dump_json(exclude={"corpus"}) for each in teachers]
    files = {name: digest for run in (config, *teachers) for name, digest in file_digests(run).items()}
    basis = {"teachers": [hashlib.sha256(each.encode()).hexdigest() for each in settings], "files": files}
    return {name: value for name, value in basis.items() if value}


def check_tags(teachers: Sequence[TrainedModel], tags: Container[str]) -> None:
    """Checks that every teacher's tags are among `tags`.

    Raises:
        ConfigError: a teacher has other tags; the first few are named.
    """
    for teacher in teachers:
        foreign = [tag for tag in teacher.main.tagset if tag not in tags]
        if foreign:
            raise ConfigError(
                f"a teacher trained on {teacher.record.corpus} predicts tags that the corpus does not have "
                f"({', '.join(foreign[:5])}): choose one with the corpus's tag set"
            )


def teachers_of(main: DataSet, head: str, teachers: Sequence[TrainedModel]) -> list[TrainedModel]:
    """The teachers with the head that a student's head learns from as their main one.

    That is their main head, unless the student has several columns: then it is the one of the same name.

    Args:
        main: the student's main data set, with all its heads.
        head: one of them.
    """
    if not main.others:
        return list(teachers)
    return [
        replace(each, heads={head: each.heads[head], **each.heads}) if head in each.heads else each
        for each in teachers
    ]


def distil(
    teachers: Sequence[TrainedModel],
    text: Sequence[list[str]],
    main: DataSet,
    tagsets: Mapping[str, TagSet],
    weight: float,
) -> DataSet:
    """Plain text as a data set whose targets are the mean of the teachers' distributions.

    Args:
        main: the student's main data set; of its further heads, those learn that all teachers have.
        tagsets: the student's, by the name of the head.

    Raises:
        ConfigError: a teacher has a tag that is not in the tag set.
    """
    sentences = [[(word, UNTAGGED) for word in sentence] for sentence in text]

    def tagged(head: str) -> DataSet:
        soft = distributions(teachers_of(main, head, teachers), text, tagsets[head])
        return DataSet(head, sentences, weight, distributions=soft)

    others = (each.head for each in main.others if all(each.head in teacher.heads for teacher in teachers))
    return replace(tagged(main.head), others=tuple(map(tagged, others)))


def distributions(teachers: Sequence[TrainedModel], sentences: Sequence[list[str]], tagset: TagSet) -> Tensor:
    """The mean of the teachers' distributions for each token, over the tags of `tagset`.

    Returns:
        ``(tokens, tags)`` in float16; each row sums to 1 up to rounding.

    Raises:
        ConfigError: a teacher has a tag that is not in `tagset`.
    """
    check_tags(teachers, tagset)
    columns = [torch.tensor([tagset[tag] for tag in teacher.main.tagset]) for teacher in teachers]
    predictors = [ReferencePredictor(teacher.main.network, teacher.encoding) for teacher in teachers]
    chunks = []
    for chunk in _chunks(sentences):
        mean = torch.zeros(sum(map(len, chunk)), len(tagset))
        for predictor, places in zip(predictors, columns, strict=True):
            mean[:, places] += predictor.probabilities(chunk).cpu() / len(predictors)
        chunks.append(mean.half())
    return torch.cat(chunks)


def _chunks(sentences: Sequence[list[str]]) -> Iterator[Sequence[list[str]]]:
    for start in range(0, len(sentences), _CHUNK):
        yield sentences[start : start + _CHUNK]
