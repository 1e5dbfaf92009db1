"""From corpora to a tagger's parts: all that a config asks to be learned, in its order.

1. **Everything is read**, so that nothing is trained in vain.
2. **Teachers**, where configs of others are named, are trained for what they make of plain text.
3. **A body** to start with, where one is asked for, is learned from other corpora and plain text, or is
   another tagger's (transfer learning).
4. **Lessons**: the main corpus, further corpora with heads of their own (multi-task learning), and
   plain text with what teachers make of it (self-training, distillation).
5. **Training** on all lessons at the same time, chosen on the main corpus's dev part.

What repeats a sentence of the main corpus's dev or test part is left out of everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from postagger.checkpoint.checkpoint import TaggerParts
from postagger.config import Config, PretrainingConfig, TransferConfig, UnlabelledConfig
from postagger.corpora import UNTAGGED, Corpus
from postagger.errors import ConfigError, DataError
from postagger.features import KeyedVectors, WordVectors, choose_vectors
from postagger.features.normalise import straight_quotes
from postagger.pipeline.cache import file_digests, kept_or_trained, place_for
from postagger.pipeline.datasets import Lesson, Sources
from postagger.pipeline.distillation import check_tags, distributions, read_teachers, teacher_configs
from postagger.pipeline.fit import OnEpoch, assemble, check_kept_tags, head_tagsets, kept_head
from postagger.pipeline.pretraining import check_fit, pretrain, pretraining_lessons, read_body
from postagger.training import EpochRecord


@dataclass(frozen=True)
class _Material:
    """All that a run reads.

    Attributes:
        lessons: the main corpus's first.
        text: what is to be taught.
        body: to start with, where it is there already.
        first: the lessons of a body that is to be learned.
        vectors: pretrained word vectors; a body brings its own.
    """

    corpus: Corpus
    sources: Sources
    lessons: list[Lesson]
    text: list[list[str]]
    body: TaggerParts | None
    first: list[Lesson]
    vectors: WordVectors | None

    @property
    def tags(self) -> set[str]:
        """All that may come to be tags of the main corpus's head."""
        main = self.lessons[0].head
        tags = {tag for lesson in self.lessons if lesson.head == main for tag in lesson.tags}
        tags.update(*(lesson.tags for lesson in self.first))
        return tags.union(*([] if self.body is None else (head.tagset for head in self.body.heads.values())))


def learn(
    corpus: Corpus,
    config: Config,
    *,
    body: TaggerParts | None = None,
    bodies: Path | None = None,
    vectors: WordVectors | KeyedVectors | None = None,
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> TaggerParts:
    """Trains on a corpus as a config says; see `Tagger.train`."""
    material = _gather(corpus, config, body, vectors)
    teachers = read_teachers(config.unlabelled.teachers)
    check_tags(teachers, material.tags)
    runs = teacher_configs(config)
    open_runs = [run for run in runs if bodies is None or not teacher_file(corpus, run, bodies).is_file()]
    for run in {_but_for_the_seed(run): run for run in open_runs}.values():
        _gather(corpus, run)  # what can't be read of it is found out now
    left_out: dict[str, int] = {}
    for number, run in enumerate(runs, 1):
        tell = _told_as(f"teacher {number}", on_epoch)
        teacher = learn_teacher(corpus, run, bodies=bodies, on_epoch=tell, progress=progress)
        left_out |= teacher.history.get("left_out", {})
        teachers.append(teacher)
    material.sources.left_out = left_out | material.sources.left_out
    return _learn(material, config, teachers, bodies, on_epoch, progress)


def learn_teacher(
    corpus: Corpus,
    config: Config,
    *,
    bodies: Path | None = None,
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> TaggerParts:
    """Trains one of `teacher_configs` on a corpus, or takes it from a folder where it is kept."""
    return kept_or_trained(
        None if bodies is None else teacher_file(corpus, config, bodies),
        lambda: learn(corpus, config, bodies=bodies, on_epoch=on_epoch, progress=progress),
    )


def teacher_file(corpus: Corpus, config: Config, bodies: Path) -> Path:
    """Where in a folder `learn_teacher` keeps one of `teacher_configs`."""
    settings = config.model_dump(mode="json", exclude={"corpus"})
    parts = (corpus.name, corpus.train, corpus.dev, corpus.test)
    return place_for(bodies, [settings, config.corpus.head_name, file_digests(config), *parts])


def _but_for_the_seed(config: Config) -> str:
    return config.model_dump_json(exclude={"training": {"seed"}})


def _gather(
    corpus: Corpus,
    config: Config,
    body: TaggerParts | None = None,
    vectors: WordVectors | KeyedVectors | None = None,
) -> _Material:
    if not any(corpus.train):
        raise DataError(f"there is nothing to learn: the training set of {corpus.name!r} holds no sentence")
    sources = Sources(corpus)
    main = Lesson(config.corpus.head_name, corpus.train)
    lessons = [main, *(Lesson(task.head_name, sources.tagged(task), task.weight) for task in config.tasks)]
    text = sources.text(config.unlabelled.text, config.corpus.nltk_data) if config.unlabelled.text else []
    first = pretraining_lessons(config, sources)
    if body is None:
        body = read_body(config)
    elif first or config.transfer.model is not None:
        raise ConfigError(
            "a tagger is given whose body is taken over, and the config names another "
            "(transfer.model, or what [pretraining] learns first): choose one of them"
        )
    else:
        check_fit(body.config, config, "the given tagger")
    check_kept_tags(kept_head(config, body), main.tags)
    if body is None and not first and config.transfer != TransferConfig():
        raise ConfigError(
            "[transfer] says how a body is taken over, and there is none: name a model with --from "
            "(transfer.model), or what to learn first in [pretraining]"
        )
    pretrained = None
    if body is None:
        words = (word for s in corpus.train for word in straight_quotes([word for word, _ in s]))
        pretrained = choose_vectors(vectors, config.words, words)
    elif vectors is not None:
        raise ConfigError("a tagger that starts with another's body has its word vectors: give no others")
    return _Material(corpus, sources, lessons, text, body, first, pretrained)


def _learn(
    material: _Material,
    config: Config,
    teachers: list[TaggerParts],
    bodies: Path | None,
    on_epoch: OnEpoch,
    progress: bool,
) -> TaggerParts:
    corpus, body, vectors = material.corpus, material.body, material.vectors
    how: dict[str, Any] = {"on_epoch": on_epoch, "progress": progress}
    if material.first:
        body = pretrain(config, material.first, vectors=vectors, folder=bodies, **how)
    if body is not None:
        vectors = None  # it has them
    lessons = list(material.lessons)
    if material.text:
        main = lessons[0].head
        tagset = head_tagsets(lessons, kept_head(config, body))[main]
        teachers = teachers or _own_teachers(corpus, config, body, vectors, on_epoch, progress)
        lessons.append(
            Lesson(
                main,
                [[(word, UNTAGGED) for word in sentence] for sentence in material.text],
                config.unlabelled.weight,
                distributions=distributions(teachers, material.text, tagset),
            )
        )
    parts = assemble(config, lessons, dev=corpus.dev, body=body, vectors=vectors, **how)
    history = {"corpus": corpus.name, **parts.history, "traces_dropped": corpus.traces}
    if body is not None:
        history["body"] = body.history["corpus"]
    if material.sources.left_out:
        history["left_out"] = material.sources.left_out
    return replace(parts, history=history)


def _own_teachers(
    corpus: Corpus,
    config: Config,
    body: TaggerParts | None,
    vectors: WordVectors | None,
    on_epoch: OnEpoch,
    progress: bool,
) -> list[TaggerParts]:
    """Teachers of the student's own kind, where no others are named."""
    return [
        learn(
            corpus,
            _own_teacher_config(config, number),
            body=body,
            vectors=vectors,
            on_epoch=_told_as(f"teacher {number}", on_epoch),
            progress=progress,
        )
        for number in range(1, config.unlabelled.seeds + 1)
    ]


def _own_teacher_config(config: Config, number: int) -> Config:
    """The config without its plain text, and with another seed; it starts from the same body."""
    seed = (1000 * config.training.seed + number) % 2**63
    return config.model_copy(
        update={
            "training": config.training.model_copy(update={"seed": seed}),
            "pretraining": PretrainingConfig(),
            "transfer": config.transfer.model_copy(update={"model": None}),
            "unlabelled": UnlabelledConfig(),
        }
    )


def _told_as(stage: str, on_epoch: OnEpoch) -> OnEpoch:
    def tell(record: EpochRecord) -> None:
        on_epoch(replace(record, stage=", ".join(filter(None, [stage, record.stage]))))

    return tell
