"""From corpora to a tagger's parts: all that a config asks to be learned, in its order.

1. **Everything is read**, so that nothing is trained in vain.
2. **Teachers**, where configs of others are named, are trained for what they make of plain text.
3. **A backbone** to start with, where one is asked for, is learned from other corpora and plain text, or is
   another tagger's (transfer learning).
4. **Lessons**: the main corpus, further corpora with heads of their own (multi-task learning), and
   plain text with what teachers make of it (self-training, distillation).
5. **Training** on all data sets at the same time, chosen on the main corpus's dev part.

What repeats a sentence of the main corpus's dev or test part is left out of everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from postagger.checkpoint.checkpoint import Checkpoint
from postagger.config import Config, DistillationConfig, PretrainingConfig, TransferConfig
from postagger.corpora import UNTAGGED, Corpus
from postagger.errors import ConfigError, DataError
from postagger.features import KeyedVectors, WordVectors, choose_vectors
from postagger.features.normalise import straight_quotes
from postagger.pipeline.cache import file_digests, kept_or_trained, place_for
from postagger.pipeline.datasets import DataSet, Sources
from postagger.pipeline.distillation import check_tags, distributions, read_teachers, teacher_configs
from postagger.pipeline.fit import OnEpoch, assemble, check_kept_tags, head_tagsets, kept_head
from postagger.pipeline.pretraining import check_fit, pretrain, pretraining_datasets, read_backbone
from postagger.training import EpochRecord


@dataclass(frozen=True)
class _Material:
    """All that a run reads.

    Attributes:
        data sets: the main corpus's first.
        text: what is to be taught.
        backbone: to start with, where it is there already.
        first: the data sets of a backbone that is to be learned.
        vectors: pretrained word vectors; a backbone brings its own.
    """

    corpus: Corpus
    sources: Sources
    datasets: list[DataSet]
    text: list[list[str]]
    backbone: Checkpoint | None
    first: list[DataSet]
    vectors: WordVectors | None

    @property
    def tags(self) -> set[str]:
        """All that may come to be tags of the main corpus's head."""
        main = self.datasets[0].head
        tags = {tag for dataset in self.datasets if dataset.head == main for tag in dataset.tags}
        tags.update(*(dataset.tags for dataset in self.first))
        return tags.union(
            *([] if self.backbone is None else (head.tagset for head in self.backbone.heads.values()))
        )


def learn(
    corpus: Corpus,
    config: Config,
    *,
    backbone: Checkpoint | None = None,
    cache: Path | None = None,
    vectors: WordVectors | KeyedVectors | None = None,
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> Checkpoint:
    """Trains on a corpus as a config says; see `Tagger.train`."""
    material = _gather(corpus, config, backbone, vectors)
    teachers = read_teachers(config.distillation.teachers)
    check_tags(teachers, material.tags)
    runs = teacher_configs(config)
    open_runs = [run for run in runs if cache is None or not teacher_file(corpus, run, cache).is_file()]
    for run in {_but_for_the_seed(run): run for run in open_runs}.values():
        _gather(corpus, run)  # what can't be read of it is found out now
    left_out: dict[str, int] = {}
    for number, run in enumerate(runs, 1):
        tell = _told_as(f"teacher {number}", on_epoch)
        teacher = learn_teacher(corpus, run, cache=cache, on_epoch=tell, progress=progress)
        left_out |= teacher.history.get("left_out", {})
        teachers.append(teacher)
    material.sources.left_out = left_out | material.sources.left_out
    return _learn(material, config, teachers, cache, on_epoch, progress)


def learn_teacher(
    corpus: Corpus,
    config: Config,
    *,
    cache: Path | None = None,
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> Checkpoint:
    """Trains one of `teacher_configs` on a corpus, or takes it from a folder where it is kept."""
    return kept_or_trained(
        None if cache is None else teacher_file(corpus, config, cache),
        lambda: learn(corpus, config, cache=cache, on_epoch=on_epoch, progress=progress),
    )


def teacher_file(corpus: Corpus, config: Config, cache: Path) -> Path:
    """Where in a folder `learn_teacher` keeps one of `teacher_configs`."""
    settings = config.model_dump(mode="json", exclude={"corpus"})
    parts = (corpus.name, corpus.train, corpus.dev, corpus.test)
    return place_for(cache, [settings, config.corpus.head_name, file_digests(config), *parts])


def _but_for_the_seed(config: Config) -> str:
    return config.model_dump_json(exclude={"training": {"seed"}})


def _gather(
    corpus: Corpus,
    config: Config,
    backbone: Checkpoint | None = None,
    vectors: WordVectors | KeyedVectors | None = None,
) -> _Material:
    if not any(corpus.train):
        raise DataError(f"there is nothing to learn: the training set of {corpus.name!r} holds no sentence")
    sources = Sources(corpus)
    main = DataSet(config.corpus.head_name, corpus.train)
    datasets = [
        main,
        *(DataSet(dataset.head_name, sources.tagged(dataset), dataset.weight) for dataset in config.datasets),
    ]
    text = sources.text(config.distillation.text, config.corpus.nltk_data) if config.distillation.text else []
    first = pretraining_datasets(config, sources)
    if backbone is None:
        backbone = read_backbone(config)
    elif first or config.transfer.model is not None:
        raise ConfigError(
            "a tagger is given whose backbone is taken over, and the config names another "
            "(transfer.model, or what [pretraining] learns first): choose one of them"
        )
    else:
        check_fit(backbone.config, config, "the given tagger")
    check_kept_tags(kept_head(config, backbone), main.tags)
    if backbone is None and not first and config.transfer != TransferConfig():
        raise ConfigError(
            "[transfer] says how a backbone is taken over, and there is none: name a model with --from "
            "(transfer.model), or what to learn first in [pretraining]"
        )
    pretrained = None
    if backbone is None:
        words = (word for s in corpus.train for word in straight_quotes([word for word, _ in s]))
        pretrained = choose_vectors(vectors, config.words, words)
    elif vectors is not None:
        raise ConfigError("a tagger that starts with another's backbone has its word vectors: give no others")
    return _Material(corpus, sources, datasets, text, backbone, first, pretrained)


def _learn(
    material: _Material,
    config: Config,
    teachers: list[Checkpoint],
    cache: Path | None,
    on_epoch: OnEpoch,
    progress: bool,
) -> Checkpoint:
    corpus, backbone, vectors = material.corpus, material.backbone, material.vectors
    how: dict[str, Any] = {"on_epoch": on_epoch, "progress": progress}
    if material.first:
        backbone = pretrain(config, material.first, vectors=vectors, folder=cache, **how)
    if backbone is not None:
        vectors = None  # it has them
    datasets = list(material.datasets)
    if material.text:
        main = datasets[0].head
        tagset = head_tagsets(datasets, kept_head(config, backbone))[main]
        teachers = teachers or _own_teachers(corpus, config, backbone, vectors, on_epoch, progress)
        datasets.append(
            DataSet(
                main,
                [[(word, UNTAGGED) for word in sentence] for sentence in material.text],
                config.distillation.weight,
                distributions=distributions(teachers, material.text, tagset),
            )
        )
    parts = assemble(config, datasets, dev=corpus.dev, backbone=backbone, vectors=vectors, **how)
    history = {"corpus": corpus.name, **parts.history, "traces_dropped": corpus.traces}
    if backbone is not None:
        history["backbone"] = backbone.history["corpus"]
    if material.sources.left_out:
        history["left_out"] = material.sources.left_out
    return replace(parts, history=history)


def _own_teachers(
    corpus: Corpus,
    config: Config,
    backbone: Checkpoint | None,
    vectors: WordVectors | None,
    on_epoch: OnEpoch,
    progress: bool,
) -> list[Checkpoint]:
    """Teachers of the student's own kind, where no others are named."""
    return [
        learn(
            corpus,
            _own_teacher_config(config, number),
            backbone=backbone,
            vectors=vectors,
            on_epoch=_told_as(f"teacher {number}", on_epoch),
            progress=progress,
        )
        for number in range(1, config.distillation.seeds + 1)
    ]


def _own_teacher_config(config: Config, number: int) -> Config:
    """The config without its plain text, and with another seed; it starts from the same backbone."""
    seed = (1000 * config.training.seed + number) % 2**63
    return config.model_copy(
        update={
            "training": config.training.model_copy(update={"seed": seed}),
            "pretraining": PretrainingConfig(),
            "transfer": config.transfer.model_copy(update={"model": None}),
            "distillation": DistillationConfig(),
        }
    )


def _told_as(stage: str, on_epoch: OnEpoch) -> OnEpoch:
    def tell(record: EpochRecord) -> None:
        on_epoch(replace(record, stage=", ".join(filter(None, [stage, record.stage]))))

    return tell
