"""Lessons to the parts of a tagger: encoding, networks on one body, training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import torch

from postagger.batches import EncodedCorpus
from postagger.checkpoint.checkpoint import Head, TaggerParts, add_head
from postagger.config import Config
from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError
from postagger.features import UNKNOWN, Lexicon, TagSet, WordEncoding, WordVectors
from postagger.features.normalise import straight_quotes
from postagger.models import TaggingNetwork, build_network, copy_body, copy_head
from postagger.pipeline.datasets import Lesson
from postagger.training import EpochRecord, Freeze, Task, choose_device, train
from postagger.training.device import reproducible
from postagger.version import __version__

OnEpoch = Callable[[EpochRecord], None]


def assemble(
    config: Config,
    lessons: Sequence[Lesson],
    *,
    dev: Sequence[TaggedSentence] = (),
    body: TaggerParts | None = None,
    vectors: WordVectors | None = None,
    stage: str = "",
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> TaggerParts:
    """Trains a network on all lessons at the same time.

    Args:
        config: words, model, training and transfer are read.
        lessons: the first one is the main one.
        dev: sentences for the main head, on which the best epoch is chosen.
        body: where the network starts; None for fresh weights.
        vectors: pretrained ones; None with a body, which has its own or none.
        stage: what to call this in the epochs' records.

    Raises:
        DeviceError: the device that the config names is not there.
        DataError: there is no tag to learn.
        ConfigError: the head that is to be kept is not there.
    """
    device = choose_device(config.training.device)
    main, *others = lessons
    kept = kept_head(config, body)
    tagsets = head_tagsets(lessons, kept)
    words = (word for lesson in lessons for sentence in lesson.sentences for word in _words(sentence))
    if body is None:
        table = None if vectors is None else vectors.table(tuned=config.words.vectors_tuned)
        encoding = WordEncoding.fit(words, config.words, vectors=vectors)
    else:
        theirs = body.main.network.words.vectors
        table = None if theirs is None else theirs.weight.detach()
        encoding = WordEncoding.fit(words, config.words, body.encoding)
    data = [encode(lesson, encoding, tagsets[lesson.head], config).to(device) for lesson in lessons]
    dev_data = EncodedCorpus.encode(dev, encoding, tagsets[main.head]).to(device)
    with reproducible(config.training.seed, device):
        network = build_network(config, encoding, tagsets[main.head], table)
        heads = {main.head: Head(network, tagsets[main.head])}
        for name in tagsets:
            heads.setdefault(name, add_head(config, network, tagsets[name]))
        if body is not None:
            copy_body(body.main.network, network)
        if kept is not None:
            copy_head(kept.network, network)
        for head in heads.values():
            head.network.to(device)
        records = train(
            network,
            data[0],
            dev_data,
            config.training,
            word_dropout=config.words.word_dropout,
            blanks=main.blanks,
            others=[
                Task(heads[lesson.head].network, each, lesson.weight, lesson.blanks)
                for lesson, each in zip(others, data[1:], strict=True)
            ],
            freeze=None if body is None else _freeze(config, network),
            on_epoch=lambda record: on_epoch(replace(record, stage=stage)),
            progress=progress,
        )
    history: dict[str, Any] = {
        "train_sentences": len(data[0]),
        "train_tokens": len(data[0].tokens),
        "dev_tokens": len(dev_data.tokens),
        **_best(records),
        "versions": {"postagger": __version__, "torch": torch.__version__},
    }
    if table is not None:
        covered = data[0].types.columns[data[0].tokens, -1].ne(UNKNOWN).double().mean()
        history["vectors"] = {"words": len(table) - 1, "dim": table.size(1), "covered": float(covered)}
    if others:
        also: Counter[str] = Counter()
        for lesson, each in zip(others, data[1:], strict=True):
            also[lesson.head] += len(each)
        history["also"] = dict(also)
    return TaggerParts(config, encoding, Lexicon.from_sentences(main.sentences), heads, history)


def encode(lesson: Lesson, encoding: WordEncoding, tagset: TagSet, config: Config) -> EncodedCorpus:
    if lesson.distributions is None:
        return EncodedCorpus.encode(lesson.sentences, encoding, tagset)
    tags = lesson.distributions
    if config.model.output == "crf":  # it learns sequences: the most probable tags
        tags = tags.argmax(dim=1)
    words = ([word for word, _ in sentence] for sentence in lesson.sentences)
    return EncodedCorpus.encode_words(words, tags, encoding)


def _words(sentence: TaggedSentence) -> list[str]:
    return straight_quotes([word for word, _ in sentence])


def kept_head(config: Config, body: TaggerParts | None) -> Head | None:
    """The head of the body that the main corpus goes on with, if it does: the one with its name.

    Raises:
        ConfigError: the body has no such head.
    """
    if body is None or not config.transfer.keep_head:
        return None
    name = config.corpus.head_name
    if name not in body.heads:
        raise ConfigError(
            f"transfer.keep_head has no head {name!r} to go on with: the body has {', '.join(body.heads)}. "
            "Set corpus.head to the one that is meant"
        )
    return body.heads[name]


def check_kept_tags(kept: Head | None, tags: set[str]) -> None:
    """Sees to it that a head that goes on has anything to do with what it is to learn.

    Raises:
        ConfigError: it knows none of the tags.
    """
    if kept is not None and tags and tags.isdisjoint(kept.tagset):
        raise ConfigError(
            f"transfer.keep_head goes on with a head that knows none of the corpus's tags ({_some(tags)}; it "
            f"has {_some(kept.tagset)}): choose the tags with corpus.column or corpus.tagset, or leave it out"
        )


def _some(tags: Iterable[str]) -> str:
    return ", ".join(sorted(tags)[:8])


def head_tagsets(lessons: Iterable[Lesson], kept: Head | None) -> dict[str, TagSet]:
    """The tag set of each head, by its name; the tags `kept` are the main one's first."""
    tags: dict[str, list[str]] = {}
    for lesson in lessons:
        known = tags.setdefault(lesson.head, [] if kept is None or tags else list(kept.tagset))
        known += sorted(lesson.tags.difference(known))
    return {name: TagSet(each) for name, each in tags.items()}


def _freeze(config: Config, network: TaggingNetwork) -> Freeze | None:
    body = [network.words, network.context]
    modules = body[: {"nothing": 0, "words": 1, "body": 2}[config.transfer.frozen]]
    return Freeze(modules, config.transfer.frozen_epochs) if modules else None


def _best(records: Sequence[EpochRecord]) -> dict[str, float | None]:
    scores = [record.dev_accuracy for record in records]
    best = max(scores, key=lambda score: -1.0 if score is None else score)
    return {
        "epochs": len(records),
        "best_epoch": len(records) if best is None else 1 + scores.index(best),
        "dev_accuracy": best,
    }
