"""Transfer learning: what a tagger starts with: a backbone from a file, a pretrained one, or an encoder."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from postagger.config import OPTIMISERS, Config, CorpusConfig, EncoderConfig
from postagger.encoder import read_pretrained, refit
from postagger.errors import ConfigError
from postagger.features import Subwords, WordClasses, WordVectors
from postagger.models import ContextModel, TrainedModel
from postagger.pipeline.cache import encoder_digests, place_for
from postagger.pipeline.datasets import DataSet, Sources, masked_words
from postagger.pipeline.material import Material
from postagger.training.schedule import count_epochs

_FREE = {
    "words": {
        *("min_count", "feature_min_count", "word_dropout", "dropout", "case_noise"),
        *("vectors_limit", "classes_limit"),
    },
    "model": {
        *("output", "dropout", "variational"),
        *(
            "encoder",
            "learning_rate",
            "layer_decay",
            "trained_layers",
            "trained_embeddings",
            "longest",
            "stored",
            "pretrained",
        ),
    },
}
"""Settings in which a backbone may differ from the config that uses it."""


def read_backbone(config: Config) -> TrainedModel | None:
    """Reads the tagger that ``transfer.model`` names; None if the setting is empty.

    Raises:
        ConfigError: the backbone doesn't fit the config.
        ModelFileError: the file can't be read.
    """
    if config.transfer.model is None:
        return None
    backbone = TrainedModel.load(config.transfer.model)
    check_fit(backbone.config, config, config.transfer.model)
    return backbone


def read_encoder(config: Config, backbone: TrainedModel | None) -> tuple[Config, Subwords | None]:
    """The config with what is to be known of the pretrained encoder that it names, and its sub-words.

    A backbone has the encoder in it: then that is the one described, and there are no sub-words to read.

    Raises:
        ConfigError: the encoder can't be read, or does not fit the config.
    """
    model = config.model
    if not isinstance(model, EncoderConfig):
        return config, None
    if backbone is None:
        read = read_pretrained(model)
        return config.model_copy(update={"model": read.config}), read.subwords
    same = backbone.config.model
    assert isinstance(same, EncoderConfig)  # a backbone has the same kind of model
    return config.model_copy(update={"model": refit(model, same)}), None


def pretraining_datasets(config: Config, sources: Sources) -> list[DataSet]:
    """The data sets of ``[pretraining]``: one for each corpus, and one for all plain text.

    Raises:
        DataError: a corpus or text can't be read.
    """
    first = config.pretraining
    column, nltk_data = config.corpus.columns[0], config.corpus.nltk_data
    corpora = (CorpusConfig(name=name, column=column, nltk_data=nltk_data) for name in first.corpora)
    datasets = [DataSet(each.head_name, sources.tagged(each)) for each in corpora]
    if first.text:
        text = sources.text(first.text, nltk_data, config.text.tokens)
        size, rate, normalise = first.vocabulary_size, first.mask_rate, config.words.normalise
        datasets.append(masked_words(text, size, rate, normalise=normalise))
    return datasets


def pretraining_material(
    config: Config,
    datasets: Sequence[DataSet],
    vectors: WordVectors | None,
    classes: WordClasses | None = None,
    subwords: Subwords | None = None,
) -> Material:
    """What a backbone is trained with; an epoch covers every sentence of every data set.

    Args:
        datasets: as `pretraining_datasets` returns them.

    Raises:
        ConfigError: there are none.
    """
    if not datasets:
        raise ConfigError(
            "there is nothing to pretrain on: name plain text (pretraining.text) or tagged corpora, as in "
            "--set 'pretraining.corpora=[\"brown\"]'"
        )
    main, *others = datasets
    weights = (len(each.sentences) / len(main.sentences) for each in others)
    even = [main, *(replace(each, weight=weight) for each, weight in zip(others, weights, strict=True))]
    sentences = sum(len(each.sentences) for each in datasets)
    settings = _pretraining_config(config, main.head, sentences)
    return Material(settings, even, vectors=vectors, classes=classes, subwords=subwords)


def pretraining_file(material: Material, cache: Path) -> Path:
    """The cache file of the backbone; it depends on settings, sentences, seed and versions."""
    settings = material.config.model_dump(mode="json", include={"words", "model", "training", "pretraining"})
    basis: list[Any] = [settings, *([each.head, each.sentences] for each in material.datasets)]
    if material.vectors is not None:
        basis += [material.vectors.words, material.vectors.vectors.tobytes()]
    if material.classes is not None:
        basis.append(material.classes.strings)
    basis += encoder_digests(material.config).items()
    return place_for(cache, basis)


_USUAL_EPOCHS = 2
"""Passes over large corpora; small ones need more."""


def _pretraining_config(config: Config, head: str, sentences: int) -> Config:
    """The config of pretraining as a run of its own.

    Args:
        head: the main head.
        sentences: in all data sets, which are read in every epoch.
    """
    first = config.pretraining
    defaults = OPTIMISERS.find(config.training.optimiser).defaults(first.batch_size)
    training = config.training.model_copy(update={"epochs": first.epochs, "batch_size": first.batch_size})
    training = training.model_copy(
        update={
            "epochs": count_epochs(training, sentences, _USUAL_EPOCHS, ContextModel.fewest_updates),
            "learning_rate": first.learning_rate
            or defaults.get("learning_rate", config.training.learning_rate),
            "label_smoothing": 0.0,
            "rdrop_weight": 0.0,
        }
    )
    return Config(
        corpus=config.corpus.model_copy(update={"head": head, "column": config.corpus.columns[0]}),
        words=config.words,
        model=config.model.model_copy(update={"output": "softmax"}),
        training=training,
        pretraining=first,
    )


def check_fit(backbone: Config, config: Config, source: str) -> None:
    """Checks that a backbone's settings that fix sizes are those of a config.

    With ``transfer.keep_head``, ``model.output`` is one of them.

    Raises:
        ConfigError: they differ; the settings are named.
    """
    there, here = (_sizes(each, with_head=config.transfer.keep_head) for each in (backbone, config))
    for name in ("words.vectors", "words.classes"):
        if there[name] is not None:  # the model file contains them, wherever their own file is now
            here[name] = there[name]
    names = [name for name in there | here if there.get(name) != here.get(name)]
    if "model.kind" in names:  # other kinds have other settings: listing them all would not help
        names = [name for name in names if not name.startswith("model.") or name == "model.kind"]
    if names:
        differences = ", ".join(
            f"{name} is {there.get(name)} there and {here.get(name)} here" for name in names
        )
        raise ConfigError(
            f"the backbone of {source} does not fit the config: {differences}; {_way_out(there, names)}"
        )


def _way_out(there: Mapping[str, Any], names: Sequence[str]) -> str:
    """How to make a config fit a backbone.

    Args:
        there: the backbone's settings.
        names: those in which the config differs.
    """
    if "model.kind" in names:
        return f"choose a config of the kind {there['model.kind']}"
    if any(there.get(name) is None for name in names):
        return "leave out the settings that the backbone does not have"
    settings = (shlex.quote(f"{name}={json.dumps(there[name], ensure_ascii=False)}") for name in names)
    return f"take its sizes, as in --set {' '.join(settings)}"


def _sizes(config: Config, *, with_head: bool) -> dict[str, Any]:
    sizes = {
        f"{section}.{name}": value
        for section, free in _FREE.items()
        for name, value in getattr(config, section).model_dump(mode="json").items()
        if name not in free
    }
    return sizes | {"model.output": config.model.output} if with_head else sizes
