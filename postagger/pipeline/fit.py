"""One training: from data sets to vocabularies, networks with shared layers and a training record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from postagger.batches import EncodedCorpus
from postagger.checkpoint import TrainingRecord, VectorsRecord
from postagger.config import Config, EncoderConfig
from postagger.encoder.library import library_version
from postagger.errors import DataError
from postagger.features import (
    UNKNOWN,
    Lexicon,
    TagSet,
    WordEncoding,
    WordVectors,
)
from postagger.features.normalise import straight_quotes
from postagger.models import (
    TaggingNetwork,
    TrainedHead,
    TrainedModel,
    add_head,
    build_network,
    copy_backbone,
    copy_head,
)
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.heads import head_tagsets, kept_heads
from postagger.pipeline.material import Material, Reporter
from postagger.random_numbers import redirected
from postagger.training import EpochRecord, Freeze, TrainingSet, choose_device, train
from postagger.training.checkpoints import TrainingCheckpoint
from postagger.training.device import reproducible
from postagger.training.distributed import world
from postagger.training.progress import Progress
from postagger.version import __version__


def fit(
    material: Material, reporter: Reporter | None = None, checkpoint: TrainingCheckpoint | None = None
) -> TrainedModel:
    """Trains a network on all data sets at the same time.

    (Its length is that of the arguments of `train`.)

    Args:
        checkpoint: see `train`.

    Raises:
        DeviceError: the device that the config names is not there.
        DataError: the main data set has no tags, or another has no sentences or no tags.
        ConfigError: the head to keep does not exist, or training diverged.
    """
    reporter = reporter or Reporter()
    config, datasets = material.config, material.datasets
    main, *others = datasets
    _check_not_empty(others)
    device = choose_device(config.training.device)
    kept = kept_heads(config, main, material.backbone)
    tagsets = head_tagsets(datasets, kept)
    encoding, vectors = _encoding(material)
    data = [encode(each, encoding, tagsets, config, training=True).to(device) for each in datasets]
    dev_set = material.dev or DataSet.of_columns(dict.fromkeys(main.by_head, ()))
    dev = encode(dev_set, encoding, tagsets, config).to(device)
    with reproducible(config.training.seed, device):
        with redirected():  # the initial weights
            heads = _heads(material, encoding, tagsets, vectors, kept, device)
        networks = {name: head.network for name, head in heads.items()}
        network = networks[main.head]
        further = zip(others, data[1:], strict=True)
        records = train(
            network,
            data[0],
            dev,
            config.training,
            word_dropout=config.words.word_dropout,
            mask_rate=main.mask_rate,
            heads={name: networks[name] for name in main.by_head} if main.others else None,
            others=[_training_set(each, encoded, networks) for each, encoded in further],
            freeze=None if material.backbone is None else _freeze(config, network),
            on_epoch=reporter.epoch,
            progress=Progress(reporter.stage, show=reporter.progress),
            checkpoint=checkpoint,
        )
    network.load_state_dict(network.stored_weights())  # rounded as in the model file
    lexicon, record = Lexicon.from_sentences(main.sentences), _record(material, records, data, dev, vectors)
    licence = "" if material.backbone is None else material.backbone.licence
    return TrainedModel(config, encoding, lexicon, heads, record, licence=licence)


def _training_set(
    dataset: DataSet, data: EncodedCorpus, networks: Mapping[str, TaggingNetwork]
) -> TrainingSet:
    first, *others = (networks[name] for name in dataset.by_head)
    return TrainingSet(first, data, dataset.weight, dataset.mask_rate, tuple(others))


def _check_not_empty(datasets: Iterable[DataSet]) -> None:
    """
    Raises:
        DataError: a data set has no sentences or no tags; its head is named.
    """
    for dataset in datasets:
        has_targets = dataset.distributions is not None or bool(dataset.tags)
        if not (has_targets and any(dataset.sentences)):
            lacks = "tag" if any(dataset.sentences) else "sentence"
            raise DataError(
                f"there is nothing to learn: the data set of the head {dataset.head!r} contains no {lacks}"
            )


def encode(
    dataset: DataSet,
    encoding: WordEncoding,
    tagsets: Mapping[str, TagSet],
    config: Config,
    *,
    training: bool = False,
) -> EncodedCorpus:
    """Encodes a data set as tensors, with the tags of all its heads.

    Args:
        tagsets: by the name of the head.
        training: whether it is trained on: then there is case noise (``words.case_noise``), except where
            masked words are predicted.
    """
    first, *others = (_targets(each, tagsets[name], config) for name, each in dataset.by_head.items())
    words = ([word for word, _ in sentence] for sentence in dataset.sentences)
    noisy = training and not dataset.mask_rate
    case_noise = config.words.case_noise_of(len(dataset.sentences)) if noisy else 0.0
    return EncodedCorpus.encode_words(words, first, encoding, others, case_noise=case_noise)


def _targets(dataset: DataSet, tagset: TagSet, config: Config) -> Tensor:
    """The tags of all tokens as numbers, or their distributions; for a CRF, the most probable tags.

    Shape:
        ``(tokens,)`` or ``(tokens, tags)``.
    """
    if dataset.distributions is not None:
        crf = config.model.output == "crf"
        return dataset.distributions.argmax(dim=1) if crf else dataset.distributions
    tags = [tagset[tag] for sentence in dataset.sentences for _, tag in sentence]
    return torch.tensor(tags, dtype=torch.long)


def _encoding(material: Material) -> tuple[WordEncoding, Tensor | None]:
    """The vocabularies, and the table of pretrained vectors or None; a backbone brings its own.

    Shape:
        table: (vectors, dim).
    """
    words = material.config.words
    tokens = (
        word
        for dataset in material.datasets
        for sentence in dataset.sentences
        for word in straight_quotes([word for word, _ in sentence], normalise=words.normalise)
    )
    if material.backbone is None:
        vectors = material.vectors
        table = None if vectors is None else torch.from_numpy(vectors.table(tuned=words.vectors_tuned))
        encoding = WordEncoding.fit(
            tokens, words, vectors=vectors, classes=material.classes, subwords=material.subwords
        )
        return encoding, table
    layer = material.backbone.main.network.words.vectors
    table = None if layer is None else layer.weight.detach()
    return WordEncoding.fit(tokens, words, material.backbone.encoding), table


def _heads(
    material: Material,
    encoding: WordEncoding,
    tagsets: Mapping[str, TagSet],
    vectors: Tensor | None,
    kept: Mapping[str, TrainedHead],
    device: torch.device,
) -> dict[str, TrainedHead]:
    """A head for each tag set, on shared layers with random weights or the backbone's.

    Shape:
        vectors: (vectors, dim).
    """
    config = material.config
    first, tagset = next(iter(tagsets.items()))
    network = build_network(config, encoding, tagset, vectors)
    # The main head is created twice, and the copy replaced: otherwise the random weights, and with them the
    # published figures, would change.
    heads = {name: add_head(config, network, tags) for name, tags in tagsets.items()}
    heads[first] = TrainedHead(network, tagset)
    if material.backbone is not None:
        copy_backbone(material.backbone.main.network, network)
    else:
        network.context.read_pretrained(config.training.dtype)
    for name, head in kept.items():
        copy_head(head.network, heads[name].network)
    for head in heads.values():
        head.network.to(device)
    return heads


def _freeze(config: Config, network: TaggingNetwork) -> Freeze | None:
    layers = [network.words, network.context]
    modules = layers[: {"nothing": 0, "words": 1, "backbone": 2}[config.transfer.frozen]]
    return Freeze(modules, config.transfer.frozen_epochs) if modules else None


def _record(
    material: Material,
    epochs: Sequence[EpochRecord],
    data: Sequence[EncodedCorpus],
    dev: EncodedCorpus,
    vectors: Tensor | None,
) -> TrainingRecord:
    """The training record, without what only the pipeline's stages know (corpus, teachers, test accuracy)."""
    main, *others = material.datasets
    sentences: Counter[str] = Counter()
    for dataset, encoded in zip(others, data[1:], strict=True):
        sentences[dataset.head] += len(encoded)
    scores = [record.dev_accuracy for record in epochs]
    best = max(scores, key=lambda score: -1.0 if score is None else score)
    best_epoch = len(epochs) if best is None else 1 + scores.index(best)
    by_head = epochs[best_epoch - 1].dev_accuracies
    return TrainingRecord(
        corpus=main.head,
        train_sentences=len(data[0]),
        train_tokens=len(data[0].tokens),
        dev_tokens=len(dev.tokens),
        epochs=len(epochs),
        best_epoch=best_epoch,
        dev_accuracy=by_head.get(main.head, best),
        dev_accuracies=dict(by_head),
        datasets=dict(sentences),
        masked_words=main.mask_rate > 0,
        vectors=None if vectors is None else _vectors_record(vectors, data[0], material.vectors),
        problem=epochs[-1].problem or None,
        threads=torch.get_num_threads(),
        processes=world().size,
        backbone=None if material.backbone is None else material.backbone.record.corpus,
        versions={"postagger": __version__, "torch": torch.__version__, **_more_versions(material.config)},
    )


def _more_versions(config: Config) -> dict[str, str]:
    encoder = isinstance(config.model, EncoderConfig)
    return {"transformers": library_version()} if encoder else {}


def _vectors_record(vectors: Tensor, data: EncodedCorpus, source: WordVectors | None) -> VectorsRecord:
    covered = data.types.columns[data.tokens, -1].ne(UNKNOWN).double().mean()
    blank = 0 if source is None else source.blank_words
    return VectorsRecord(
        words=len(vectors) - 1, dim=vectors.size(1), covered=float(covered), blank_words=blank
    )
