"""Plans the training stages of a config; all input is read and checked before the first stage runs.

1. **Teachers** that the config names by their configs: one stage each, after a stage for its pretraining.
2. **Pretraining**, if configured: it trains the backbone that the tagger starts from.
3. **Teachers like the tagger itself**, if there is plain text and no other teachers are named.
4. **The tagger**: trained at the same time on the main corpus, on further corpora with heads of their own
   (multi-task learning) and on plain text tagged by the teachers (self-training, distillation).

No stage trains on sentences that repeat the main corpus's dev or test part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from postagger.config import Config, TransferConfig
from postagger.corpora import Corpus
from postagger.corpora.learnable import check_dev_tags, check_not_empty
from postagger.errors import ConfigError
from postagger.features import KeyedVectors, WordVectors, choose_classes, choose_vectors
from postagger.features.normalise import straight_quotes
from postagger.models import TrainedModel
from postagger.pipeline.datasets import DataSet, Sources
from postagger.pipeline.distillation import (
    check_tags,
    own_teacher_configs,
    teacher_configs,
    teacher_file,
    teachers_of,
)
from postagger.pipeline.heads import check_kept_tags, kept_heads
from postagger.pipeline.material import Material
from postagger.pipeline.pretraining import (
    check_fit,
    pretraining_datasets,
    pretraining_file,
    pretraining_material,
    read_backbone,
    read_encoder,
)
from postagger.pipeline.stages import PRETRAINING, PlainText, Plan, Stage
from postagger.pipeline.teachers import Teacher, for_head, read_teachers


def plan_training(
    corpus: Corpus,
    config: Config,
    *,
    backbone: TrainedModel | None = None,
    cache: Path | None = None,
    vectors: WordVectors | KeyedVectors | None = None,
    score_test: bool = True,
    teachers: Iterable[Teacher] = (),
) -> Plan:
    """Reads and checks all input of a training, so that mistakes show up before anything is trained.

    (Its length is that of its options.)

    Args:
        backbone: the tagger that the new one starts from, as with ``transfer.model``.
        cache: a folder for pretrained backbones and teachers; None saves none.
        vectors: pretrained word vectors that replace those of the config.
        score_test: whether to record the test accuracy.
        teachers: further ones, besides those of the config.

    Raises:
        DataError, ConfigError, ModelFileError: see `Tagger.train`.
    """
    sources = Sources(corpus)
    run = _read_run(corpus, config.with_corpus(corpus.settings), sources, backbone, vectors)
    given = _ready_teachers(run, [*teachers, *read_teachers(config.distillation.teachers)])
    stages: list[Stage] = []
    names: list[str] = []
    for number, teacher in enumerate(teacher_configs(run.config), 1):
        names.append(f"teacher {number}")
        stages += _teacher_stages(names[-1], corpus, teacher, sources, cache)
    *first, last = run.stages("", cache)
    stages += first
    # What teachers like the tagger itself make of the text is no use to any other tagger.
    kept = cache
    if last.text is not None and not (given or names):
        kept = None
        for number, own in enumerate(own_teacher_configs(run.config), 1):
            names.append(f"teacher {number}")
            material = replace(run.material, config=own)
            stages.append(replace(last, name=names[-1], material=material, text=None))
    stages.append(replace(last, teachers=(*given, *names), score_test=score_test, cache=kept))
    return Plan(tuple(stages))


def _ready_teachers(run: _Run, teachers: Iterable[Teacher]) -> list[Teacher]:
    """The teachers with the head for the main column selected.

    Raises:
        ConfigError: they have no text to tag, or tags that the corpus does not have.
    """
    found = [for_head(each, run.config.corpus.columns[0]) for each in teachers]
    if found and run.text is None:
        raise ConfigError("teachers have no text to tag: set distillation.text (--unlabelled) too")
    check_tags(teachers_of(run.material.datasets[0], run.corpus.head, found), run.tags)
    return found


def plan_teacher(corpus: Corpus, config: Config, cache: Path) -> Plan:
    """Plans the training of one teacher, given one of `teacher_configs`; its model is saved in the cache."""
    return Plan(tuple(_teacher_stages("", corpus, config, Sources(corpus), cache)))


def plan_pretraining(
    config: Config, corpus: Corpus | None, vectors: WordVectors | KeyedVectors | None = None
) -> Plan:
    """Plans pretraining alone; the corpus's dev and test parts are held out.

    Raises:
        ConfigError: the section names neither corpora nor text.
        DataError: a corpus or text can't be read.
    """
    sources = Sources(corpus)
    datasets = pretraining_datasets(config, sources)
    words = {word for dataset in datasets for sentence in dataset.sentences for word, _ in sentence}
    chosen = choose_vectors(vectors, config.words, words), choose_classes(config.words, words)
    config, subwords = read_encoder(config, None)
    material = pretraining_material(config, datasets, *chosen, subwords)
    return Plan((Stage(PRETRAINING, material, left_out=sources.left_out),))


def _teacher_stages(
    name: str, corpus: Corpus, config: Config, sources: Sources, cache: Path | None
) -> list[Stage]:
    """The stages that train one teacher, pretraining included; without material if the teacher is cached."""
    file = None if cache is None else teacher_file(corpus, config, cache)
    if file is not None and file.is_file():
        return [Stage(name, None, file=file)]
    *first, last = _read_run(corpus, config, sources.again()).stages(name, cache)
    return [*first, replace(last, file=file)]


@dataclass(frozen=True)
class _Run:
    """All data that one config names, loaded.

    Attributes:
        config: its ``[corpus]`` section describes `corpus`.
        material: what the last stage is trained with.
        text: plain text for the teachers to tag.
        pretraining: what the backbone is trained with; None without pretraining.
    """

    corpus: Corpus
    config: Config
    material: Material
    text: PlainText | None
    pretraining: Material | None
    left_out: Mapping[str, int]

    @property
    def tags(self) -> set[str]:
        """All tags that the main head may have."""
        main, backbone = self.material.datasets[0].head, self.material.backbone
        tags = {tag for each in self.material.datasets if each.head == main for tag in each.tags}
        if self.pretraining is not None:
            tags.update(*(each.tags for each in self.pretraining.datasets))
        return tags.union(*([] if backbone is None else (head.tagset for head in backbone.heads.values())))

    def stages(self, name: str, cache: Path | None) -> list[Stage]:
        """The stage that trains the tagger, after that of its backbone if there is one."""
        last = Stage(name, self.material, self.corpus, text=self.text, left_out=self.left_out)
        if self.pretraining is None:
            return [last]
        first = ", ".join(filter(None, [name, PRETRAINING]))
        file = None if cache is None else pretraining_file(self.pretraining, cache)
        return [Stage(first, self.pretraining, file=file), replace(last, starts_from=first)]


def _read_run(
    corpus: Corpus,
    config: Config,
    sources: Sources,
    backbone: TrainedModel | None = None,
    vectors: WordVectors | KeyedVectors | None = None,
) -> _Run:
    """Loads all data that a config names, and checks that they fit together.

    (Its length is that of the sections.)
    """
    check_not_empty(corpus)
    if not config.transfer.keep_head:
        check_dev_tags(corpus)
    columns = corpus.by_head if corpus.others else {config.corpus.head_name: corpus}
    main = DataSet.of_columns({name: each.train for name, each in columns.items()})
    dev = DataSet.of_columns({name: each.dev for name, each in columns.items()})
    more = (DataSet(each.head_name, sources.tagged(each), each.weight) for each in config.datasets)
    datasets, plain = (main, *more), config.distillation
    nltk_data, rules = config.corpus.nltk_data, config.text.tokens
    text = sources.text(plain.text, nltk_data, rules) if plain.text else None
    first = pretraining_datasets(config, sources)
    backbone = _backbone(config, backbone, pretrained=bool(first))
    check_kept_tags(kept_heads(config, main, backbone), main)
    if backbone is not None and vectors is not None:
        raise ConfigError("a tagger that starts from a backbone uses its word vectors: leave out vectors=")
    normalise = config.words.normalise
    words = {
        word for s in corpus.train for word in straight_quotes([word for word, _ in s], normalise=normalise)
    }
    given = (
        (None, None)
        if backbone is not None
        else (choose_vectors(vectors, config.words, words), choose_classes(config.words, words))
    )
    config, subwords = read_encoder(config, backbone)
    return _Run(
        corpus,
        config,
        Material(config, datasets, dev, backbone, *given, subwords),
        None if text is None else PlainText(text, plain.weight),
        pretraining_material(config, first, *given, subwords) if first else None,
        sources.left_out,
    )


def _backbone(config: Config, given: TrainedModel | None, *, pretrained: bool) -> TrainedModel | None:
    """The tagger that a run starts from: the one given, or that of ``transfer.model``.

    Args:
        pretrained: whether the config has pretraining.

    Raises:
        ConfigError: the backbone does not fit the config, there are two, or there is none although
            ``[transfer]`` has settings.
        ModelFileError: the file can't be read.
    """
    if given is not None:
        if pretrained or config.transfer.model is not None:
            raise ConfigError(
                "two backbones: backbone= gives one, and the config has another (transfer.model or "
                "[pretraining]): choose one of them"
            )
        check_fit(given.config, config, "the given tagger")
        return given
    found = read_backbone(config)
    if found is None and not pretrained and config.transfer != TransferConfig():
        raise ConfigError(
            "[transfer] has settings but no backbone: name a model with --from (transfer.model) or "
            "configure [pretraining]"
        )
    return found
