"""Self-training and distillation: teachers, and their distributions over plain text (Hinton et al. 2015)."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from postagger.config import (
    Config,
    DistillationConfig,
    PretrainingConfig,
    is_config,
    load_config,
    parse_config,
)
from postagger.corpora import UNTAGGED, Corpus
from postagger.errors import ConfigError, ModelFileError, one_line
from postagger.features import TagSet
from postagger.io import locked, write_whole
from postagger.pipeline.cache import file_digests, place_for
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.teachers import (
    ModelTeacher,
    Teacher,
    for_head,
    heads_of,
    name_of,
    probabilities_of,
)
from postagger.training.progress import Progress

_CHUNK = 256
"""Sentences that a teacher tags at a time."""


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


def check_tags(teachers: Iterable[Teacher], tags: Container[str]) -> None:
    """Checks that every teacher's tags are among `tags`.

    Raises:
        ConfigError: a teacher has other tags; the first few are named.
    """
    for teacher in teachers:
        foreign = [tag for tag in teacher.tagset if tag not in tags]
        if foreign:
            raise ConfigError(
                f"a teacher trained on {name_of(teacher)} predicts tags that the corpus does not have "
                f"({', '.join(foreign[:5])}): choose one with the corpus's tag set"
            )


def teachers_of(main: DataSet, head: str, teachers: Iterable[Teacher]) -> list[Teacher]:
    """The teachers with the head that a student's head learns from selected.

    That is their main head, unless the student has several columns: then it is the one of the same name.

    Args:
        main: the student's main data set, with all its heads.
        head: one of them.
    """
    return [for_head(each, head) if main.others else each for each in teachers]


def distil(
    teachers: Sequence[Teacher],
    text: Sequence[list[str]],
    main: DataSet,
    tagsets: Mapping[str, TagSet],
    weight: float,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> DataSet:
    """Plain text as a data set whose targets are the mean of the teachers' distributions.

    Args:
        main: the student's main data set; of its further heads, those learn that all teachers have.
        tagsets: the student's, by the name of the head.
        cache: a folder for the distributions of teachers of this package.
        progress: shows how far the teachers are.

    Raises:
        ConfigError: a teacher has a tag that is not in the tag set, or gives no distributions.
    """
    sentences = [[(word, UNTAGGED) for word in sentence] for sentence in text]

    def tagged(head: str) -> DataSet:
        own = teachers_of(main, head, teachers)
        return DataSet(
            head,
            sentences,
            weight,
            distributions=distributions(own, text, tagsets[head], cache, progress),
        )

    others = (each.head for each in main.others if all(each.head in heads_of(one) for one in teachers))
    return replace(tagged(main.head), others=tuple(map(tagged, others)))


def distributions(
    teachers: Sequence[Teacher],
    sentences: Sequence[list[str]],
    tagset: TagSet,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Tensor:
    """The mean of the teachers' distributions for each token, over the tags of `tagset`.

    Args:
        cache, progress: see `distil`.

    Returns:
        ``(tokens, tags)`` in float16; each row sums to 1 up to rounding.

    Raises:
        ConfigError: a teacher has a tag that is not in `tagset`, or gives no distributions.
    """
    check_tags(teachers, tagset)
    mean = torch.zeros(sum(map(len, sentences)), len(tagset))
    for number, teacher in enumerate(teachers, 1):
        places = torch.tensor([tagset[tag] for tag in teacher.tagset])
        title = f"teacher {number} of {len(teachers)}"
        soft = _cached(teacher, sentences, title, cache, progress or Progress(show=False))
        mean.index_add_(1, places, torch.from_numpy(soft).float(), alpha=1 / len(teachers))
    return mean.half()


def _cached(
    teacher: Teacher, sentences: Sequence[list[str]], title: str, cache: Path | None, progress: Progress
) -> NDArray[np.float16]:
    """A teacher's distributions, from the cache if they are there.

    Raises:
        ModelFileError: the cache can't be read or written.
    """
    if cache is None or not isinstance(teacher, ModelTeacher):
        return _tag(teacher, sentences, title, progress)
    file = place_for(cache, [teacher.identity(), sentences]).with_suffix(".npy")
    try:
        with locked(file):  # a student that is trained at the same time would do the same work
            if not file.is_file():
                content = BytesIO()
                np.save(content, _tag(teacher, sentences, title, progress), allow_pickle=False)
                write_whole(file, content.getvalue())
    except OSError as error:
        raise ModelFileError(f"cannot write the cache {file}: {error.strerror or error}") from None
    try:
        soft: NDArray[np.float16] = np.load(file, allow_pickle=False)
        if soft.shape != (sum(map(len, sentences)), len(teacher.tagset)) or soft.dtype != np.float16:
            raise ValueError("it is of another shape")
    except (OSError, ValueError, EOFError) as error:
        raise ModelFileError(f"{file} is damaged ({one_line(error)}): delete it") from None
    return soft


def _tag(
    teacher: Teacher, sentences: Sequence[list[str]], title: str, progress: Progress
) -> NDArray[np.float16]:
    chunks = [sentences[start : start + _CHUNK] for start in range(0, len(sentences), _CHUNK)]
    tagged = progress.count(chunks, f"{title} tags plain text")
    return np.concatenate([probabilities_of(teacher, chunk).astype(np.float16) for chunk in tagged])
