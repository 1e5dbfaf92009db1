"""Transfer learning: the body that a tagger starts with, from a model file or learned first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from postagger.checkpoint.checkpoint import TaggerParts, read_parts
from postagger.config import Config, CorpusConfig
from postagger.errors import ConfigError
from postagger.features import WordVectors
from postagger.pipeline.cache import kept_or_trained, place_for
from postagger.pipeline.datasets import Lesson, Sources, guessing
from postagger.pipeline.fit import OnEpoch, assemble

STAGE = "pretraining"

_FREE = {
    "words": {"min_count", "feature_min_count", "word_dropout", "dropout", "vectors_limit"},
    "model": {"output", "dropout", "variational"},
}
"""Settings in which a body may differ from the config that takes it over."""


def read_body(config: Config) -> TaggerParts | None:
    """The tagger whose body ``transfer.model`` takes over; None if it names none.

    Raises:
        ConfigError: the body doesn't fit the config.
        ModelFileError: the file can't be read.
    """
    if config.transfer.model is None:
        return None
    body = read_parts(config.transfer.model)
    check_fit(body.config, config, config.transfer.model)
    return body


def pretraining_lessons(config: Config, sources: Sources) -> list[Lesson]:
    """What ``[pretraining]`` names: a lesson for each corpus, and one for all plain text.

    Raises:
        DataError: a corpus or text can't be read.
    """
    first = config.pretraining
    column, nltk_data = config.corpus.column, config.corpus.nltk_data
    corpora = (CorpusConfig(name=name, column=column, nltk_data=nltk_data) for name in first.corpora)
    lessons = [Lesson(each.head_name, sources.tagged(each)) for each in corpora]
    if first.text:
        text = sources.text(first.text, nltk_data)
        lessons.append(guessing(text, first.guessed_words, first.hidden_words))
    return lessons


def pretrain(
    config: Config,
    lessons: Sequence[Lesson],
    *,
    vectors: WordVectors | None = None,
    folder: Path | None = None,
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> TaggerParts:
    """Trains a tagger for the sake of its body; every sentence of every lesson has its turn in an epoch.

    Args:
        lessons: those of `pretraining_lessons`.
        vectors: pretrained word vectors.
        folder: where bodies are kept, to be taken again for the same settings, texts, seed and versions;
            None keeps none.

    Raises:
        ConfigError: there is no lesson.
    """
    if not lessons:
        raise ConfigError(
            "there is nothing to pretrain on: name plain text (pretraining.text), or tagged corpora, as in "
            "--set 'pretraining.corpora=[\"brown\"]'"
        )
    run = _run(config, lessons[0].head)
    basis: list[Any] = [run.model_dump(mode="json", include={"words", "model", "training", "pretraining"})]
    basis += [[lesson.head, lesson.sentences] for lesson in lessons]
    if vectors is not None:
        basis += [vectors.words, vectors.vectors.tobytes()]
    file = None if folder is None else place_for(folder, basis)
    return kept_or_trained(file, lambda: _pretrain(run, lessons, vectors, on_epoch, progress))


def _pretrain(
    run: Config, lessons: Sequence[Lesson], vectors: WordVectors | None, on_epoch: OnEpoch, progress: bool
) -> TaggerParts:
    main, *others = lessons
    even = [
        main,
        *(replace(lesson, weight=len(lesson.sentences) / len(main.sentences)) for lesson in others),
    ]
    body = assemble(run, even, vectors=vectors, stage=STAGE, on_epoch=on_epoch, progress=progress)
    names = ", ".join(lesson.head for lesson in lessons)
    return replace(body, history={"corpus": names, "guesses_words": main.blanks > 0, **body.history})


def _run(config: Config, head: str) -> Config:
    """Pretraining as a run of its own, whose main head has this name."""
    first = config.pretraining
    training = config.training.model_copy(
        update={
            "epochs": first.epochs,
            "batch_size": first.batch_size,
            "learning_rate": first.learning_rate,
            "label_smoothing": 0.0,
            "consistency": 0.0,
        }
    )
    model = config.model.model_copy(update={"output": "softmax"})
    return Config(
        corpus=config.corpus.model_copy(update={"head": head}),
        words=config.words,
        model=model,
        training=training,
        pretraining=first,
    )


def check_fit(body: Config, config: Config, source: str) -> None:
    """Sees to it that a body's sizes are those of a config.

    Raises:
        ConfigError: they are not; the settings that differ are named. With ``transfer.keep_head`` the
            output is one of them.
    """
    there, here = (_sizes(each, with_head=config.transfer.keep_head) for each in (body, config))
    if there["words.vectors"] is not None:  # it brings them along, wherever the file is by now
        here["words.vectors"] = there["words.vectors"]
    names = [name for name in there | here if there.get(name) != here.get(name)]
    if "model.kind" in names:  # another kind has other settings, which say nothing more
        names = [name for name in names if not name.startswith("model.") or name == "model.kind"]
    if names:
        told = ", ".join(f"{name} is {there.get(name)} there and {here.get(name)} here" for name in names)
        raise ConfigError(f"the body of {source} does not fit the config: {told}")


def _sizes(config: Config, *, with_head: bool) -> dict[str, Any]:
    sizes = {
        f"{section}.{name}": value
        for section, free in _FREE.items()
        for name, value in getattr(config, section).model_dump(mode="json").items()
        if name not in free
    }
    return sizes | {"model.output": config.model.output} if with_head else sizes
