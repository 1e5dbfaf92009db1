"""From corpora to a tagger's parts: all that a config asks to be learned, in its order.

1. **Teachers**, where configs of others are named: trained first, for what they make of plain text.
2. **A body** to start with, where one is asked for: from a model file, or learned first from other
   corpora and plain text (transfer learning).
3. **Lessons**: the main corpus, further corpora with heads of their own (multi-task learning), and
   plain text with what teachers make of it (self-training, distillation).
4. **Training** on all lessons at the same time, chosen on the main corpus's dev part.

What repeats a sentence of the main corpus's dev or test part is left out of everything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from postagger.config import Config, PretrainingConfig, TransferConfig, UnlabelledConfig
from postagger.corpora import UNTAGGED, Corpus
from postagger.encoding import KeyedVectors, WordVectors, choose_vectors
from postagger.encoding.normalise import straight_quotes
from postagger.errors import ConfigError, DataError
from postagger.tagger.assembly import OnEpoch, assemble, head_tagsets, kept_head
from postagger.tagger.bodies import check_fit, find_body
from postagger.tagger.keeping import kept_or_trained
from postagger.tagger.lessons import Lesson, Sources
from postagger.tagger.parts import TaggerParts
from postagger.tagger.teaching import distributions, read_teachers, teacher_configs
from postagger.training import EpochRecord


@dataclass(frozen=True)
class _Material:
    """All that a run reads before anything is trained, but for its body.

    Attributes:
        lessons: the main corpus's first.
        text: what is to be taught.
        vectors: pretrained ones, as far as the words to come are known.
    """

    corpus: Corpus
    sources: Sources
    lessons: list[Lesson]
    text: list[list[str]]
    vectors: WordVectors | None


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
    material = _gather(corpus, config, vectors, with_body=body is not None)
    teachers = read_teachers(config.unlabelled.teachers)
    for number, teacher in enumerate(teacher_configs(config), 1):
        tell = _told_as(f"teacher {number}", on_epoch)
        teachers.append(learn_teacher(corpus, teacher, bodies=bodies, on_epoch=tell, progress=progress))
    return _learn(material, config, teachers, body=body, bodies=bodies, on_epoch=on_epoch, progress=progress)


def learn_teacher(
    corpus: Corpus,
    config: Config,
    *,
    bodies: Path | None = None,
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> TaggerParts:
    """Trains one of `teacher_configs` on a corpus, or takes it from a folder where it is kept."""
    material = _gather(corpus, config, None, with_body=False)
    settings = config.model_dump(mode="json", exclude={"corpus"})
    settings["head"] = config.corpus.head_name
    if config.transfer.model is not None and Path(config.transfer.model).is_file():
        settings["body"] = hashlib.sha256(Path(config.transfer.model).read_bytes()).hexdigest()
    return kept_or_trained(
        lambda: _learn(material, config, [], bodies=bodies, on_epoch=on_epoch, progress=progress),
        bodies,
        settings,
        [*material.lessons, Lesson("dev", corpus.dev)],
        material.vectors,
    )


def _gather(
    corpus: Corpus, config: Config, vectors: WordVectors | KeyedVectors | None, *, with_body: bool
) -> _Material:
    if not any(corpus.train):
        raise DataError(f"there is nothing to learn: the training set of {corpus.name!r} holds no sentence")
    sources = Sources(corpus)
    main = Lesson(config.corpus.head_name, corpus.train)
    lessons = [main, *(Lesson(task.head_name, sources.tagged(task), task.weight) for task in config.tasks)]
    text = sources.text(config.unlabelled.text, config.corpus.nltk_data) if config.unlabelled.text else []
    pretrained = None
    if not with_body and config.transfer.model is None:
        words = (word for s in corpus.train for word in straight_quotes([word for word, _ in s]))
        pretrained = choose_vectors(vectors, config.words, words)
    elif vectors is not None:
        raise ConfigError("a tagger that starts with another's body has its word vectors: give no others")
    return _Material(corpus, sources, lessons, text, pretrained)


def _learn(
    material: _Material,
    config: Config,
    teachers: list[TaggerParts],
    *,
    body: TaggerParts | None = None,
    bodies: Path | None = None,
    on_epoch: OnEpoch,
    progress: bool,
) -> TaggerParts:
    corpus, sources, vectors = material.corpus, material.sources, material.vectors
    if body is None:
        body = find_body(
            config, sources, vectors=vectors, folder=bodies, on_epoch=on_epoch, progress=progress
        )
    else:
        check_fit(body.config, config, "the given tagger")
    if body is not None:
        vectors = None  # it has them
    elif config.transfer != TransferConfig():
        raise ConfigError(
            "[transfer] says how a body is taken over, and there is none: name a model with --from "
            "(transfer.model), or what to learn first in [pretraining]"
        )
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
    parts = assemble(
        config, lessons, dev=corpus.dev, body=body, vectors=vectors, on_epoch=on_epoch, progress=progress
    )
    history = {"corpus": corpus.name, **parts.history, "traces_dropped": corpus.traces}
    if body is not None:
        history["body"] = body.history["corpus"]
    if sources.left_out:
        history["left_out"] = sources.left_out
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
