"""From corpora to a tagger's parts: all that a config asks to be learned, in its order.

1. **A body** to start with, where one is asked for: from a model file, or learned first from other
   corpora and plain text (transfer learning).
2. **Lessons**: the main corpus, further corpora with heads of their own (multi-task learning), and
   plain text with what teachers make of it (self-training, distillation).
3. **Training** on all lessons at the same time, chosen on the main corpus's dev part.

What repeats a sentence of the main corpus's dev or test part is left out of everything.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from postagger.config import Config, PretrainingConfig, TransferConfig, UnlabelledConfig
from postagger.corpora import UNTAGGED, Corpus
from postagger.encoding import KeyedVectors, WordVectors, choose_vectors
from postagger.encoding.normalise import straight_quotes
from postagger.errors import ConfigError, DataError
from postagger.tagger.assembly import OnEpoch, assemble, head_tagsets, kept_head
from postagger.tagger.bodies import check_fit, find_body
from postagger.tagger.lessons import Lesson, Sources
from postagger.tagger.parts import TaggerParts
from postagger.tagger.teaching import distributions, read_teachers
from postagger.training import EpochRecord


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
    if not any(corpus.train):
        raise DataError(f"there is nothing to learn: the training set of {corpus.name!r} holds no sentence")
    sources = Sources(corpus)
    # What can't be read is to be found out before anything is trained.
    main = Lesson(config.corpus.head_name, corpus.train)
    lessons = [main, *(Lesson(task.head_name, sources.tagged(task), task.weight) for task in config.tasks)]
    text = sources.text(config.unlabelled.text, config.corpus.nltk_data) if config.unlabelled.text else []
    teachers = read_teachers(config.unlabelled.teachers)
    pretrained = None
    if body is None and config.transfer.model is None:
        words = (word for s in corpus.train for word in straight_quotes([word for word, _ in s]))
        pretrained = choose_vectors(vectors, config.words, words)
    elif vectors is not None:
        raise ConfigError("a tagger that starts with another's body has its word vectors: give no others")
    if body is None:
        body = find_body(
            config, sources, vectors=pretrained, folder=bodies, on_epoch=on_epoch, progress=progress
        )
    else:
        check_fit(body.config, config, "the given tagger")
    if body is not None:
        pretrained = None  # it has them
    elif config.transfer != TransferConfig():
        raise ConfigError(
            "[transfer] says how a body is taken over, and there is none: name a model with --from "
            "(transfer.model), or what to learn first in [pretraining]"
        )
    if text:
        tagset = head_tagsets(lessons, kept_head(config, body))[main.head]
        teachers = teachers or _teachers(corpus, config, body, pretrained, on_epoch, progress)
        lessons.append(
            Lesson(
                main.head,
                [[(word, UNTAGGED) for word in sentence] for sentence in text],
                config.unlabelled.weight,
                distributions=distributions(teachers, text, tagset),
            )
        )
    parts = assemble(
        config,
        lessons,
        dev=corpus.dev,
        body=body,
        vectors=pretrained,
        on_epoch=on_epoch,
        progress=progress,
    )
    history = {"corpus": corpus.name, **parts.history, "traces_dropped": corpus.traces}
    if body is not None:
        history["body"] = body.history["corpus"]
    if sources.left_out:
        history["left_out"] = sources.left_out
    return replace(parts, history=history)


def _teachers(
    corpus: Corpus,
    config: Config,
    body: TaggerParts | None,
    vectors: WordVectors | None,
    on_epoch: OnEpoch,
    progress: bool,
) -> list[TaggerParts]:
    """Taggers that are trained for the sake of what they make of plain text."""
    teachers = []
    for number in range(1, config.unlabelled.seeds + 1):

        def tell(record: EpochRecord, stage: str = f"teacher {number}") -> None:
            on_epoch(replace(record, stage=stage))

        plain = _teacher_config(config, number)
        teachers.append(learn(corpus, plain, body=body, vectors=vectors, on_epoch=tell, progress=progress))
    return teachers


def _teacher_config(config: Config, number: int) -> Config:
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
