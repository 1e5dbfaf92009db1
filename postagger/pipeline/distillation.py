"""Self-training and distillation: teachers, and their distributions over plain text (Hinton et al. 2015)."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import nullcontext
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
from postagger.training.distributed import world
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
    others = [each.head for each in main.others if all(each.head in heads_of(one) for one in teachers)]
    heads = [main.head, *others]
    by_head = [teachers_of(main, head, teachers) for head in heads]
    soft = distributions(by_head, text, [tagsets[head] for head in heads], cache, progress)
    sentences = [[(word, UNTAGGED) for word in sentence] for sentence in text]
    first, *more = (
        DataSet(head, sentences, weight, distributions=each) for head, each in zip(heads, soft, strict=True)
    )
    return replace(first, others=tuple(more))


def distributions(
    teachers: Sequence[Sequence[Teacher]],
    sentences: Sequence[list[str]],
    tagsets: Sequence[TagSet],
    cache: Path | None = None,
    progress: Progress | None = None,
) -> list[Tensor]:
    """The mean of the teachers' distributions for each token, over the tags of each of several tag sets.

    Args:
        teachers: for each tag set, the same teachers, each with the head that teaches these tags.
        cache, progress: see `distil`.

    Returns:
        ``(tokens, tags)`` in float16 for each tag set; each row sums to 1 up to rounding.

    Raises:
        ConfigError: a teacher has a tag that is not in the tag set, or gives no distributions.
    """
    for own, tagset in zip(teachers, tagsets, strict=True):
        check_tags(own, tagset)
    means = [torch.zeros(sum(map(len, sentences)), len(tagset)) for tagset in tagsets]
    count = len(teachers[0])
    for number, views in enumerate(zip(*teachers, strict=True), 1):
        title = f"teacher {number} of {count}"
        soft = _cached(views, sentences, title, cache, progress or Progress(show=False))
        for mean, view, tagset, each in zip(means, views, tagsets, soft, strict=True):
            places = torch.tensor([tagset[tag] for tag in view.tagset])
            mean.index_add_(1, places, torch.from_numpy(each).float(), alpha=1 / count)
    return [mean.half() for mean in means]


def _cached(
    views: Sequence[Teacher],
    sentences: Sequence[list[str]],
    title: str,
    cache: Path | None,
    progress: Progress,
) -> list[NDArray[np.float16]]:
    """The distributions of a teacher's heads, from the cache if they are there.

    Of several processes, the first looks whether they are, and writes them there. The others tag as well, so
    that nobody has to wait long for it.

    Args:
        views: the teacher with one or more of its heads selected.

    Raises:
        ModelFileError: the cache can't be read or written.
    """
    if cache is None or not isinstance(views[0], ModelTeacher):
        return _tag(views, sentences, title, progress)
    identities = [each.identity() for each in views if isinstance(each, ModelTeacher)]
    files = [place_for(cache, [each, sentences]).with_suffix(".npy") for each in identities]
    try:
        # A student that is trained at the same time would do the same work.
        with locked(files[0]) if world().is_first else nullcontext():
            lacking = world().first(*(not file.is_file() for file in files))
            missing = [number for number, is_missing in enumerate(lacking) if is_missing]
            found = _tag([views[number] for number in missing], sentences, title, progress) if missing else []
            for number, soft in zip(missing, found, strict=True) if world().is_first else ():
                content = BytesIO()
                np.save(content, soft, allow_pickle=False)
                write_whole(files[number], content.getvalue())
        world().first(0)  # the others wait for the files
    except OSError as error:
        raise ModelFileError(f"cannot write the cache {cache}: {error.strerror or error}") from None
    size = sum(map(len, sentences))
    return [_read(file, (size, len(view.tagset))) for file, view in zip(files, views, strict=True)]


def _read(file: Path, shape: tuple[int, int]) -> NDArray[np.float16]:
    """
    Raises:
        ModelFileError: the file is damaged.
    """
    try:
        soft: NDArray[np.float16] = np.load(file, allow_pickle=False)
        if soft.shape != shape or soft.dtype != np.float16:
            raise ValueError("it is of another shape")
    except (OSError, ValueError, EOFError) as error:
        raise ModelFileError(f"{file} is damaged ({one_line(error)}): delete it") from None
    return soft


def _tag(
    views: Sequence[Teacher], sentences: Sequence[list[str]], title: str, progress: Progress
) -> list[NDArray[np.float16]]:
    chunks = [sentences[start : start + _CHUNK] for start in range(0, len(sentences), _CHUNK)]
    tagged = progress.count(chunks, f"{title} tags plain text")
    parts = [[each.astype(np.float16) for each in probabilities_of(views, chunk)] for chunk in tagged]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]
