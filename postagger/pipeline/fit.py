"""Lessons to the parts of a tagger: encoding, networks on one backbone, training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import torch

from postagger.batches import EncodedCorpus
from postagger.checkpoint.checkpoint import Checkpoint, Head, add_head
from postagger.config import Config
from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError
from postagger.features import UNKNOWN, Lexicon, TagSet, WordEncoding, WordVectors
from postagger.features.normalise import straight_quotes
from postagger.models import TaggingNetwork, build_network, copy_backbone, copy_head
from postagger.pipeline.datasets import DataSet
from postagger.training import EpochRecord, Freeze, TrainingSet, choose_device, train
from postagger.training.device import reproducible
from postagger.version import __version__

OnEpoch = Callable[[EpochRecord], None]


def assemble(
    config: Config,
    datasets: Sequence[DataSet],
    *,
    dev: Sequence[TaggedSentence] = (),
    backbone: Checkpoint | None = None,
    vectors: WordVectors | None = None,
    stage: str = "",
    on_epoch: OnEpoch = lambda _: None,
    progress: bool = False,
) -> Checkpoint:
    """Trains a network on all data sets at the same time.

    Args:
        config: words, model, training and transfer are read.
        data sets: the first one is the main one.
        dev: sentences for the main head, on which the best epoch is chosen.
        backbone: where the network starts; None for fresh weights.
        vectors: pretrained ones; None with a backbone, which has its own or none.
        stage: what to call this in the epochs' records.

    Raises:
        DeviceError: the device that the config names is not there.
        DataError: there is no tag to learn.
        ConfigError: the head that is to be kept is not there.
    """
    device = choose_device(config.training.device)
    main, *others = datasets
    kept = kept_head(config, backbone)
    tagsets = head_tagsets(datasets, kept)
    words = (word for dataset in datasets for sentence in dataset.sentences for word in _words(sentence))
    if backbone is None:
        table = None if vectors is None else vectors.table(tuned=config.words.vectors_tuned)
        encoding = WordEncoding.fit(words, config.words, vectors=vectors)
    else:
        theirs = backbone.main.network.words.vectors
        table = None if theirs is None else theirs.weight.detach()
        encoding = WordEncoding.fit(words, config.words, backbone.encoding)
    data = [encode(dataset, encoding, tagsets[dataset.head], config).to(device) for dataset in datasets]
    dev_data = EncodedCorpus.encode(dev, encoding, tagsets[main.head]).to(device)
    with reproducible(config.training.seed, device):
        network = build_network(config, encoding, tagsets[main.head], table)
        heads = {main.head: Head(network, tagsets[main.head])}
        for name in tagsets:
            heads.setdefault(name, add_head(config, network, tagsets[name]))
        if backbone is not None:
            copy_backbone(backbone.main.network, network)
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
            mask_rate=main.mask_rate,
            others=[
                TrainingSet(heads[dataset.head].network, each, dataset.weight, dataset.mask_rate)
                for dataset, each in zip(others, data[1:], strict=True)
            ],
            freeze=None if backbone is None else _freeze(config, network),
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
        for dataset, each in zip(others, data[1:], strict=True):
            also[dataset.head] += len(each)
        history["also"] = dict(also)
    return Checkpoint(config, encoding, Lexicon.from_sentences(main.sentences), heads, history)


def encode(dataset: DataSet, encoding: WordEncoding, tagset: TagSet, config: Config) -> EncodedCorpus:
    if dataset.distributions is None:
        return EncodedCorpus.encode(dataset.sentences, encoding, tagset)
    tags = dataset.distributions
    if config.model.output == "crf":  # it learns sequences: the most probable tags
        tags = tags.argmax(dim=1)
    words = ([word for word, _ in sentence] for sentence in dataset.sentences)
    return EncodedCorpus.encode_words(words, tags, encoding)


def _words(sentence: TaggedSentence) -> list[str]:
    return straight_quotes([word for word, _ in sentence])


def kept_head(config: Config, backbone: Checkpoint | None) -> Head | None:
    """The head of the backbone that the main corpus goes on with, if it does: the one with its name.

    Raises:
        ConfigError: the backbone has no such head.
    """
    if backbone is None or not config.transfer.keep_head:
        return None
    name = config.corpus.head_name
    if name not in backbone.heads:
        raise ConfigError(
            f"transfer.keep_head has no head {name!r} to go on with: the backbone has {', '.join(backbone.heads)}. "
            "Set corpus.head to the one that is meant"
        )
    return backbone.heads[name]


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


def head_tagsets(datasets: Iterable[DataSet], kept: Head | None) -> dict[str, TagSet]:
    """The tag set of each head, by its name; the tags `kept` are the main one's first."""
    tags: dict[str, list[str]] = {}
    for dataset in datasets:
        known = tags.setdefault(dataset.head, [] if kept is None or tags else list(kept.tagset))
        known += sorted(dataset.tags.difference(known))
    return {name: TagSet(each) for name, each in tags.items()}


def _freeze(config: Config, network: TaggingNetwork) -> Freeze | None:
    backbone = [network.words, network.context]
    modules = backbone[: {"nothing": 0, "words": 1, "backbone": 2}[config.transfer.frozen]]
    return Freeze(modules, config.transfer.frozen_epochs) if modules else None


def _best(records: Sequence[EpochRecord]) -> dict[str, float | None]:
    scores = [record.dev_accuracy for record in records]
    best = max(scores, key=lambda score: -1.0 if score is None else score)
    return {
        "epochs": len(records),
        "best_epoch": len(records) if best is None else 1 + scores.index(best),
        "dev_accuracy": best,
    }
